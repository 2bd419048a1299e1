"""Reading the datasets: the accepted parts of a business date, columns as needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from exchange.home import Home
from exchange.site import Site
from interfaces.errors import OutsideFailure
from interfaces.model import Interface, Kind
from interfaces.names import read_name
from ledger.files import FileStanding, files_of_interface
from ledger.landing import FileState
from ledger.listing import accepted_part_uris, latest_accepted_date

PICTURES = (Kind.EXTRACT, Kind.REGISTER)
"""Kinds of files of which each is a whole picture."""


class NotArrivedError(OutsideFailure):
    """A file that a step needs has not been accepted for the business date."""


def is_accepted(standing: FileStanding) -> bool:
    """Whether the file's rows count, whatever happened to it since: a refused file that was
    answered is still a refused one."""
    return standing.result is not None and standing.result.state is FileState.ACCEPTED


def accepted_files(site: Site, interface: Interface, business_date: date) -> list[FileStanding]:
    """Files of an interface whose rows count on a business date, by name.

    An extract or a register is a whole picture: of several, the one with the highest sequence
    replaces the others. Filings and returns add up.
    """
    found = [
        standing
        for standing in files_of_interface(site.ledger, interface.name, business_date)
        if is_accepted(standing)
    ]
    if interface.kind in PICTURES and found:
        return [max(found, key=lambda standing: _sequence(interface, standing))]
    return found


def scan(site: Site, interface: Interface, business_date: date, *, suffix: str = "") -> ds.Dataset:
    """The accepted rows of a business date as an Arrow dataset (lazy, projectable).

    ``suffix`` names a sibling dataset (``.headers``). NotArrivedError when nothing was accepted.
    """
    uris = _parts(site, interface, business_date)
    if not uris:
        raise NotArrivedError(
            f"{interface.name} of {business_date} has not been received and accepted; "
            f"see `prakan status --date {business_date}`, drop the file and run again"
        )
    paths = {_sibling(site.home, interface, uri, suffix) for uri in uris}
    gone = [path for path in sorted(paths) if not Path(path).is_file()]
    if gone:
        raise OutsideFailure(
            f"{gone[0]} is gone, which the ledger says holds accepted records; restore the "
            "datasets folder from backup, then run again"
        )
    return ds.dataset(sorted(paths), format="parquet")


def latest(site: Site, interface_name: str, on_or_before: date) -> tuple[Interface, date] | None:
    """The newest business date, not after the given one, with an accepted file."""
    found = latest_accepted_date(site.ledger, interface_name, on_or_before)
    if found is None:
        return None
    return site.registry.get(interface_name, on=found), found


def read(site: Site, interface: Interface, business_date: date, columns: Sequence[str]) -> pa.Table:
    """Columns of the accepted rows, in file order."""
    return scan(site, interface, business_date).to_table(columns=list(columns))


def _parts(site: Site, interface: Interface, business_date: date) -> set[str]:
    """Addresses of the parts whose rows count; hundreds of thousands of filings share a few."""
    if interface.kind not in PICTURES:
        return accepted_part_uris(site.ledger, interface.name, business_date)
    return {
        standing.result.part_uri
        for standing in accepted_files(site, interface, business_date)
        if standing.result is not None and standing.result.part_uri is not None
    }


def _sequence(interface: Interface, standing: FileStanding) -> tuple[int, str]:
    parts = read_name(interface.file, standing.file.name)
    return (parts.sequence or 0 if parts else 0, standing.file.file_id)


def _sibling(home: Home, interface: Interface, part_uri: str, suffix: str) -> str:
    path = home.root / part_uri
    if suffix:
        folder = path.parent.parent.with_name(interface.name + suffix)
        path = folder / path.parent.name / path.name
    return str(path)
