"""A credit that the bank has stated before: an advice that states it again is refused whole.

A bank that sends the same credits in a second file, under another number, would be entered twice:
the files differ, so their hashes do, and each of them adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa
import pyarrow.dataset as ds

from exchange.inbound.arrival import Arrival
from exchange.inbound.complaints import Complaint
from exchange.site import Site
from interfaces.model import Interface, Role
from ledger.landing import FileState
from ledger.listing import files_in_state
from ledger.settlements import entered_credits
from parsers.decode import decode_whole

FILE_CREDIT_REPEATED = "FILE_CREDIT_REPEATED"

_REFERENCE, _NUMBER = "bank_reference", "_record_number"

Places = dict[str, str]
"""The bank's name of a credit, and the record that stated it (``FILE:RECORD``)."""


class Credits:
    """What banks have credited: in the ledger, or accepted and not entered yet."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._accepted: dict[str, Places] = {}  # by bank

    def complaint(self, arrival: Arrival, interface: Interface) -> Complaint | None:
        """What is to be said of an advice that is right otherwise; from then on its own credits
        are known, unless it repeats others."""
        bank = arrival.file.partner or interface.partner or ""
        if bank not in self._accepted:
            self._accepted[bank] = self._waiting(bank, interface)
        decoded = decode_whole(arrival.path, interface, file_id=arrival.file.file_id)
        details = decoded.tables[interface.record(Role.DETAIL).record]
        own = _places(arrival.file.file_id, [details.select([_NUMBER, _REFERENCE])])
        known = {
            credit.bank_reference: _place(credit.file_id, credit.record_number)
            for credit in entered_credits(self._site.ledger, bank, list(own))
        } | {name: at for name, at in self._accepted[bank].items() if name in own}
        if not known:
            self._accepted[bank] |= own
            return None
        first = min(known)
        said = f"repeated={len(known)} of={len(own)} first={own[first]} stated={known[first]}"
        return Complaint(FILE_CREDIT_REPEATED, said)

    def _waiting(self, bank: str, interface: Interface) -> Places:
        """Credits of advices that an earlier run accepted and did not enter."""
        found: Places = {}
        accepted = {FileState.ACCEPTED}
        for standing in files_in_state(
            self._site.ledger, {interface.name}, accepted, up_to=date.max, partner=bank
        ):
            if standing.result is None or standing.result.part_uri is None:
                continue
            part = ds.dataset(str(self._site.home.root / standing.result.part_uri))
            file_id = standing.file.file_id
            rows = part.to_table(
                columns=[_NUMBER, _REFERENCE], filter=ds.field("_file_id") == file_id
            )
            found |= _places(file_id, [rows])
        return found


def _places(file_id: str, tables: Iterable[pa.Table]) -> Places:
    return {
        row[_REFERENCE]: _place(file_id, row[_NUMBER])
        for table in tables
        for row in table.to_pylist()
    }


def _place(file_id: str, record_number: int) -> str:
    return f"{file_id[:12]}:{record_number}"
