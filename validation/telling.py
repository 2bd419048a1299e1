"""Faults of a batch become reasons of its rows and findings of the file, both at once."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from interfaces.model import Interface
from parsers.codepages import code_page
from parsers.findings import empty_findings
from validation.bitmask import ReasonMask
from validation.faults import Fault, as_findings


class Teller:
    """Enters faults in the reason mask and writes them down; never one without the other."""

    def __init__(self, interface: Interface, *, file_id: str) -> None:
        self._page = code_page(interface.file.encoding)
        self._rules = interface.fields
        self._file_id = file_id

    def tell(
        self, faults: Iterable[Fault], batch: pa.RecordBatch, record: str, mask: ReasonMask
    ) -> pa.Table:
        """Findings of ``faults`` in rows of ``batch``, whose ``mask`` is marked."""
        told = list(faults)
        if not told:
            return empty_findings()
        for fault in told:
            mask.mark(fault.code, fault.rows)
        return as_findings(
            told, batch, record=record, file_id=self._file_id, page=self._page, rules=self._rules
        )
