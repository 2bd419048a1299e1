"""The night's findings: how many of each code, and the first of them ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from exchange.site import Site
from exchange.status.findings import count_findings, first_findings
from exchange.status.lines import DuplicateLine
from exchange.status.masking import hide_ids, shown_raw
from interfaces.model import Interface, Severity
from ledger.files import FileStanding
from ledger.listing import standings
from parsers.codepages import code_page
from parsers.copybook import load_layout
from parsers.layout import Field

DUPLICATE = "FILE_DUPLICATE"
OF_ONE_KIND = 5


@dataclass(frozen=True, slots=True)
class CodeCount:
    """Findings of one code over all files of the night, with the catalogue's wording."""

    code: str
    severity: str
    findings: int
    files: int
    en: str
    th: str


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding without personal data. ``record_number`` 0 is about the file as a whole."""

    file: str
    file_id: str
    record_number: int
    byte_offset: int
    record_type: str | None
    field: str | None
    raw: str | None
    code: str
    severity: str


def count_codes(site: Site, held: pa.Table, duplicates: Sequence[DuplicateLine]) -> list[CodeCount]:
    """Findings by code, the severest first, then the most frequent; ``held`` as in
    exchange.status.findings.HELD_SCHEMA."""
    counts = count_findings(site.home, held).group_by("code")
    rows = counts.aggregate([("findings", "sum"), ("file_id", "count")]).to_pylist()
    found = {row["code"]: (row["findings_sum"], row["file_id_count"]) for row in rows}
    if duplicates:
        # Told by the ledger: the part of a duplicate belongs to no result.
        found[DUPLICATE] = (len(duplicates), len(duplicates))
    counted = [
        CodeCount(
            code=code,
            severity=site.catalogue.severity(code).value,
            findings=findings,
            files=files,
            en=site.catalogue.text(code, "en"),
            th=site.catalogue.text(code, "th"),
        )
        for code, (findings, files) in found.items()
    ]
    rank = {severity.value: place for place, severity in enumerate(Severity)}
    return sorted(counted, key=lambda c: (rank[c.severity], -c.findings, c.code))


def show_first(site: Site, held: pa.Table, limit: int) -> list[ShownFinding]:
    """The first findings, severest first, at most OF_ONE_KIND of one code in one file."""
    codes = site.catalogue.codes(Severity.REFUSE, Severity.REJECT)
    codes = (*codes, *site.catalogue.codes(Severity.WARN))
    by_severity = sorted(
        codes, key=lambda code: list(Severity).index(site.catalogue[code].severity)
    )
    found = first_findings(site.home, held, by_severity, each=OF_ONE_KIND, limit=limit)
    files = standings(site.ledger, found["file_id"].unique().to_pylist())
    readers: dict[str, _Reader] = {}
    return [_shown(site, row, files[row["file_id"]], readers) for row in rows_of(found)]


def rows_of(found: pa.Table) -> list[dict[str, Any]]:
    """Rows of a small table as dictionaries."""
    return list(found.to_pylist())


class _Reader:
    """The fields of one interface, to tell what a finding's raw bytes are."""

    def __init__(self, interface: Interface) -> None:
        self.rules = interface.fields
        self.page = code_page(interface.file.encoding)
        self.fields: dict[tuple[str | None, str | None], Field] = {
            (record.name, item.name): item
            for record in load_layout(interface)
            for item in record.walk()
        }


def _shown(
    site: Site, row: dict[str, Any], standing: FileStanding, readers: dict[str, _Reader]
) -> ShownFinding:
    file, code = standing.file, row["code"]
    raw = None
    if file.interface is not None:
        interface_id = f"{file.interface}.{file.version}"
        if interface_id not in readers:
            readers[interface_id] = _Reader(site.registry.get(interface_id))
        reader = readers[interface_id]
        item = reader.fields.get((row["record_type"], row["field"]))
        raw = shown_raw(row["raw"], code, item, reader.rules.get(row["field"] or ""), reader.page)
    return ShownFinding(
        file=hide_ids(file.name),
        file_id=file.file_id,
        record_number=row["record_number"],
        byte_offset=row["byte_offset"],
        record_type=row["record_type"],
        field=row["field"],
        raw=raw,
        code=code,
        severity=site.catalogue.severity(code).value,
    )
