"""Interfaces made for one test: a copybook of its own and what a declaration says about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from interfaces.model import (
    AcceptRule,
    Era,
    FieldRule,
    FieldType,
    FileRule,
    Framing,
    Interface,
    Kind,
    LineEnd,
    RecordRule,
    Role,
)

Conditions = Mapping[str, tuple[str, ...]]


def dated(mask: str, era: Era, *, pivot_base: int | None = None, null: bool = False) -> FieldRule:
    """Rule of a date, or of a period when the mask has no day."""
    type_ = FieldType.DATE if "d" in mask else FieldType.PERIOD
    return FieldRule(type=type_, mask=mask, era=era, pivot_base=pivot_base, zero_is_null=null)


def declare(
    folder: Path,
    copybook: str,
    *,
    framing: Framing,
    encoding: str,
    records: Mapping[str, tuple[Role, Conditions]],
    redefines: Mapping[str, Conditions] | None = None,
    fields: Mapping[str, FieldRule] | None = None,
) -> Interface:
    """Interface ``sample.1`` whose copybook is written to ``folder``."""
    path = folder / "sample.1.cpy"
    path.write_text(copybook, "utf-8")
    return Interface(
        name="sample",
        version=1,
        title="Sample",
        title_th="ตัวอย่าง",
        kind=Kind.EXTRACT,
        source="made for a test",
        valid_from=date(2025, 1, 1),
        valid_until=None,
        copybook=path,
        declaration=path.with_suffix(".toml"),
        file=FileRule(
            framing=framing,
            encoding=encoding,
            name="SAMPLE",
            line_end=LineEnd.CRLF if framing is Framing.TEXT else None,
        ),
        records=tuple(RecordRule(name, role, when) for name, (role, when) in records.items()),
        redefines=redefines or {},
        fields=fields or {},
        controls=(),
        block_controls=False,
        accept=AcceptRule(),
        rules=(),
        partner=None,
        publish=None,
    )
