"""Findings as people see them: severity and text from the catalogue, raw bytes
without an ID or a name in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchange.status.masking import shown_raw
from interfaces.catalogue import Catalogue, Language
from interfaces.model import Interface, Severity
from parsers.codepages import code_page
from parsers.copybook import load_layout
from prakan.answer import columns

WITHHOLDING = frozenset({Severity.REFUSE, Severity.REJECT})


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding, ready to be shown; no national ID is readable in ``raw``."""

    record_number: int
    byte_offset: int
    record_type: str | None
    field: str | None
    raw: str | None
    code: str
    severity: str
    text: str


class Describer:
    """Turns findings of one interface's files into text."""

    def __init__(self, interface: Interface, catalogue: Catalogue, language: Language) -> None:
        self._catalogue = catalogue
        self._language = language
        self._page = code_page(interface.file.encoding)
        self._fields = {
            (record.name, item.name): item
            for record in load_layout(interface)
            for item in record.walk()
        }
        self._rules = interface.fields

    def shown(self, findings: pa.Table) -> list[ShownFinding]:
        """The findings in their order; meant for the few that a person reads."""
        return [self._one(row) for row in findings.to_pylist()]

    def _one(self, row: Mapping[str, Any]) -> ShownFinding:
        code = row["code"]
        return ShownFinding(
            record_number=row["record_number"],
            byte_offset=row["byte_offset"],
            record_type=row["record_type"],
            field=row["field"],
            raw=self._raw(row),
            code=code,
            severity=str(self._catalogue.severity(code)),
            text=self._catalogue.text(code, self._language),
        )

    def _raw(self, row: Mapping[str, Any]) -> str | None:
        name = row["field"]
        item = self._fields.get((row["record_type"], name))
        return shown_raw(row["raw"], row["code"], item, self._rules.get(name), self._page)


@dataclass(slots=True)
class FindingCounts:
    """Findings counted by code as they stream past, and the first ``limit`` of them kept."""

    limit: int
    by_code: Counter[str] = field(default_factory=Counter)
    first: list[ShownFinding] = field(default_factory=list)

    def add(self, findings: pa.Table, describer: Describer) -> None:
        """Count a table of findings."""
        counted = pc.value_counts(findings["code"].combine_chunks())
        for entry in counted.to_pylist():
            self.by_code[entry["values"]] += entry["counts"]
        room = self.limit - len(self.first)
        if room > 0 and findings.num_rows:
            self.first += describer.shown(findings.slice(0, room))

    @property
    def total(self) -> int:
        """All findings."""
        return self.by_code.total()

    def withhold(self, catalogue: Catalogue) -> bool:
        """Whether any finding refuses the file or rejects a record."""
        return any(catalogue.severity(code) in WITHHOLDING for code in self.by_code)


def finding_lines(
    counts: FindingCounts,
    catalogue: Catalogue,
    language: Language,
    how: str = "--limit shows more of them",
) -> str:
    """Text of the findings: a line for each code with its wording, then the first ones; ``how``
    says how to see the others."""
    if not counts.total:
        return "no findings"
    codes = sorted(counts.by_code.items(), key=lambda item: (-item[1], item[0]))
    summary = columns(
        ["Count", "Severity", "Code", "Text"],
        [[n, str(catalogue.severity(c)), c, catalogue.text(c, language)] for c, n in codes],
    )
    rows = [_row(shown) for shown in counts.first]
    told = columns(["Record", "Byte", "Type", "Field", "Code", "Raw"], rows)
    more = counts.total - len(counts.first)
    tail = f"\n… and {more:,} more ({how})" if more else ""
    return f"{summary}\n\n{told}{tail}"


def _row(shown: ShownFinding) -> Sequence[Any]:
    raw = shown.raw if shown.raw is None or shown.raw == shown.raw.strip() else repr(shown.raw)
    values = (shown.record_type, shown.field, shown.code, raw)
    return [shown.record_number, shown.byte_offset, *values]
