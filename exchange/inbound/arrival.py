"""A file that came: what its name says, and how it relates to what came before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from exchange.inbound.complaints import Complaint
from exchange.inbound.recognising import says_the_same
from exporters.manifest import Manifest
from interfaces.model import Interface, Kind
from interfaces.names import NameParts
from ledger.files import FileStanding
from ledger.landing import FileRecord, FileState, LandingOutcome


@dataclass(frozen=True, slots=True)
class Arrival:
    """A landed file, what its name says, and whether its content or name was seen before.

    ``interface`` is None when no declaration knows the name (``file.interface`` may then be the
    filing that it was meant as). ``standing`` is what the ledger
    held of this content, the landing itself included. ``complaints`` were found before it was
    read and refuse it; ``manifest`` is what it is held against while it is read; ``largest`` is
    in bytes, also after unpacking. ``taken_by``: other content that had this further name before.
    """

    file: FileRecord
    path: Path
    interface: Interface | None
    name: NameParts
    outcome: LandingOutcome
    other: str | None
    standing: FileStanding
    complaints: tuple[Complaint, ...] = ()
    manifest: Manifest | None = None
    largest: int | None = None
    taken_by: str | None = None

    @property
    def is_finished(self) -> bool:
        """Whether an earlier run already came to a result on this content."""
        return self.standing.state is not FileState.LANDED

    @property
    def is_set_right(self) -> bool:
        """Whether it was refused before and came again with a manifest that is in order, under
        its own name or, as refused files are asked for, under the next number.

        The manifest may have been all that was wrong; if not, it is refused again.
        """
        refused = self.standing.result
        return (
            refused is not None
            and refused.state is FileState.QUARANTINED
            and self.manifest is not None
            and not self.complaints
        )

    @property
    def is_judged_again(self) -> bool:
        """Whether an employer's file that was refused came again under another name: what refused
        it may have been the name, or a register that has been mended since.

        A workbook is what its name says it is, so that of another employer or month is another.
        A name that other content had before is no name for it: nobody could tell the two apart.
        """
        refused = self.standing.result
        interface, first = self.interface, self.standing.file
        return (
            interface is not None
            and interface.kind is Kind.FILING
            and (interface.name, interface.version) == (first.interface, first.version)
            and refused is not None
            and refused.state is FileState.QUARANTINED
            and self.file.name != first.name
            and self.taken_by is None
            and self.file.size_bytes > 0
            and says_the_same(interface, self.name, first.name)
        )

    @property
    def is_duplicate(self) -> bool:
        """Known content that came under another name: recorded, never processed again.

        Empty files are no copies of each other, though they all have the same hash.
        """
        known = self.outcome is LandingOutcome.SAME_CONTENT and self.file.size_bytes > 0
        return known and not self.is_set_right and not self.is_judged_again

    @property
    def awaits_verdict(self) -> bool:
        """Whether it is an employer's copy of content that came beside it and has no result yet:
        what it is shows when that has one."""
        is_filing = self.interface is not None and self.interface.kind is Kind.FILING
        return is_filing and self.is_duplicate and not self.is_finished

    @property
    def is_empty_again(self) -> bool:
        """A further empty file: decided already, but this name was not yet told."""
        return (
            self.outcome is LandingOutcome.SAME_CONTENT
            and self.file.size_bytes == 0
            and self.is_finished
        )


def with_standing(arrival: Arrival, standing: FileStanding) -> Arrival:
    """The arrival with what the ledger holds of its content by now."""
    arrival = replace(arrival, standing=standing)
    if arrival.is_judged_again:
        # It stays a file of the day on which it came first: there the ledger looks for its rows.
        day = standing.file.business_date
        return replace(arrival, file=replace(arrival.file, business_date=day))
    return arrival
