"""What is found about a file as a whole, before or beside its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from parsers.findings import concat_findings, findings_table


@dataclass(frozen=True, slots=True)
class Complaint:
    """A finding about a whole file: its code, a statement of our own such as ``says=3 is=2``,
    and what it is about (a key of the manifest)."""

    code: str
    said: str
    about: str | None = None


def complaint_findings(file_id: str, complaints: Sequence[Complaint]) -> pa.Table:
    """The complaints as findings of the file."""
    return concat_findings(
        findings_table(
            file_id=file_id,
            code=one.code,
            record_number=[0],
            byte_offset=[0],
            field=one.about,
            raw=[one.said.encode("utf-8", "replace")],
        )
        for one in complaints
    )
