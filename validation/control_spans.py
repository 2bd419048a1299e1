"""Control totals over the blocks of a file: which tally each control record is checked against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from interfaces.model import Interface, Role
from parsers.findings import concat_findings
from validation.block import BlockView, Numbers
from validation.controls import ControlTotals
from validation.places import Places
from validation.spans import HeaderSpans
from validation.tally import Tally, Tallying


class ControlSpans:
    """Tallies records and checks headers and trailers as soon as what they cover is complete.

    With ``block_controls`` a header is checked when the next one begins; otherwise header and
    trailer are checked at the end of the file against all of it.
    """

    def __init__(
        self,
        interface: Interface,
        places: Places,
        context: Mapping[str, object],
        *,
        file_id: str,
    ) -> None:
        self._totals = ControlTotals(interface, places, context, file_id=file_id)
        self._tallying = Tallying(interface, places)
        self._by_header = interface.block_controls
        self._header = _name(interface, Role.HEADER)
        self._trailer = _name(interface, Role.TRAILER)
        self._whole = Tally()
        self._open = Tally()
        self._open_header: pa.RecordBatch | None = None
        self._last_trailer: pa.RecordBatch | None = None
        self._headers_checked = 0

    @property
    def verified(self) -> dict[str, str]:
        """Declared value of each control field checked so far."""
        return self._totals.verified

    def block(self, view: BlockView, spans: HeaderSpans) -> pa.Table:
        """Add a block; findings of the headers whose details are complete."""
        tallies = [self._open, *(Tally() for _ in range(spans.count - 1))]
        self._tallying.add(view, spans.span_of, tallies)
        trailers = view.batches.get(self._trailer) if self._trailer else None
        if trailers is not None and trailers.num_rows:
            self._last_trailer = trailers.slice(trailers.num_rows - 1)
        rows = spans.header_row(np.arange(spans.count, dtype=np.int64))
        findings = []
        for span, tally in enumerate(tallies[:-1]):
            findings.append(self._check_header(_row(spans.headers, rows, span), tally))
            self._whole.merge(tally)
        self._open = tallies[-1]
        last = spans.count - 1
        self._open_header = (
            _row(spans.headers, rows, last) if self._by_header else _first(spans.headers)
        )
        return concat_findings(findings)

    def close(self) -> pa.Table:
        """Findings of the last header and of the trailer."""
        findings = [self._check_header(self._open_header, self._open)]
        self._whole.merge(self._open)
        if self._last_trailer is not None and self._trailer is not None:
            findings.append(self._totals.verify(self._last_trailer, self._trailer, self._whole))
        return concat_findings(findings)

    def _check_header(self, header: pa.RecordBatch | None, tally: Tally) -> pa.Table:
        if header is None or self._header is None:
            return concat_findings([])
        self._headers_checked += 1
        suffix = f"#{self._headers_checked}" if self._headers_checked > 1 else ""
        return self._totals.verify(header, self._header, tally, suffix)


def _name(interface: Interface, role: Role) -> str | None:
    """01 name of the (first) record of a role."""
    return next((rule.record for rule in interface.records if rule.role is role), None)


def _row(headers: pa.RecordBatch, rows: Numbers, span: int) -> pa.RecordBatch | None:
    row = int(rows[span])
    return headers.slice(row, 1) if row >= 0 else None


def _first(headers: pa.RecordBatch) -> pa.RecordBatch | None:
    return headers.slice(0, 1) if headers.num_rows else None
