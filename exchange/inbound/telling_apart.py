"""What is to be done with each file of a batch: new, begun or decided before, or one by itself.

Joined are only files of which nothing doubtful is known: a content and a name that nobody had
before, or a landing of ours that a crash left without its result. Copies, names that come again
and whatever else has a history go the usual way, where their history is weighed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.inbound.intake import recorded_name
from exchange.inbound.small_files import OtherFile, ReadFiles, SmallFile
from exchange.site import Site
from interfaces.model import Interface
from ledger.files import FileStanding
from ledger.landing import Direction, FileState
from ledger.listing import standings
from ledger.packs import known_names, packs_of


@dataclass(frozen=True, slots=True)
class Apart:
    """``new``: to be landed as a pack; ``begun``: landed before in the pack of that id, without a
    result; ``decided``: had their result before, under the same name; ``alone``: all others."""

    new: Sequence[SmallFile]
    begun: dict[str, list[SmallFile]]
    decided: dict[str, FileStanding]
    alone: list[OtherFile]


def told_apart(
    site: Site, business_date: date, interface: Interface | None, found: ReadFiles
) -> Apart:
    """Compare the files of a batch with each other and with the ledger.

    ``interface`` is that of the small files. ``decided`` is by name.
    """
    everything: list[SmallFile | OtherFile] = [*found.small, *found.others]
    packs = packs_of(site.ledger, [one.file_id for one in everything])
    known = standings(site.ledger, list(packs)) if packs else {}
    decided = {
        one.name: known[one.file_id]
        for one in everything
        if one.file_id in known and _is_decided(known[one.file_id], one.name)
    }
    alone = [one for one in found.others if one.name not in decided]
    first = _first_names(everything)
    new: list[SmallFile] = []
    begun: dict[str, list[SmallFile]] = {}
    for one in found.small:
        pack = packs.get(one.file_id)
        if one.name in decided:
            continue
        if one.file_id not in packs and first[one.file_id] == one.name:
            new.append(one)
        elif pack is not None and _is_begun(known[one.file_id], one, business_date, interface):
            begun.setdefault(pack, []).append(one)
        else:
            alone.append(_by_itself(one))
    had = known_names(site.ledger, [one.name for one in new]) if new else set()
    if had:
        alone += [_by_itself(one) for one in new if one.name in had]
        new = [one for one in new if one.name not in had]
    return Apart(new, begun, decided, alone)


def _is_decided(standing: FileStanding, name: str) -> bool:
    """Whether an earlier run came to a result on this content under this name."""
    file = standing.file
    return (
        file.name == recorded_name(name)
        and file.direction is Direction.INBOUND
        and file.partner is None
        and standing.state is not FileState.LANDED
    )


def _is_begun(
    standing: FileStanding, one: SmallFile, business_date: date, interface: Interface | None
) -> bool:
    """Whether an earlier run of the same day landed it in a pack and came no further."""
    file = standing.file
    return (
        interface is not None
        and file.name == one.name
        and file.business_date == business_date
        and (file.interface, file.version) == (interface.name, interface.version)
        and standing.state is FileState.LANDED
    )


def _first_names(files: Iterable[SmallFile | OtherFile]) -> dict[str, str]:
    """The first name of each content in this batch: the others are copies of it."""
    first: dict[str, str] = {}
    for one in files:
        first[one.file_id] = min(one.name, first.get(one.file_id, one.name))
    return first


def _by_itself(one: SmallFile) -> OtherFile:
    return OtherFile(one.name, one.file_id, one.look)
