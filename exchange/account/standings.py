"""How a person's standing changed from one business date to the next, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb

from exchange.outbound.standing import DATASET
from exchange.site import Site
from interfaces.dated import code_list

_DAY = "business_date="
_COLUMNS = """
SELECT filename, section_code, option_code, status_code, person_return_code, effective_date,
       last_period_paid, listed, payable_count
FROM read_parquet($parts, filename = true) WHERE national_id = $person
"""


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A person's standing in one section from a business date on.

    ``rule`` is the return code, ``rule_en`` and ``rule_th`` what it means. ``effective_date`` is
    the day on which status began, of an ended person that on which it ended. ``present`` is false
    from the day on which the person is no longer among those of the section. ``told_by`` are the
    deliveries of that business date whose files carried it.
    """

    business_date: date
    section_code: str
    present: bool
    option_code: str | None = None
    status_code: str | None = None
    rule: int | None = None
    rule_en: str | None = None
    rule_th: str | None = None
    effective_date: date | None = None
    last_period_paid: int | None = None
    listed: str | None = None
    payable_count: int | None = None
    part: str | None = None
    told_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    section: str
    told: tuple[object, ...]


def changes_of(site: Site, person: str, on_or_before: date) -> tuple[list[StandingLine], list[str]]:
    """Each change of standing up to a business date, by section and date, and the parts that
    could not be read.

    Of a business date with several parts (an extract that came again) each is looked at, in the
    order in which they were made.
    """
    parts = _parts(site, on_or_before)
    rows, gaps = _rows(parts, person)
    found: dict[str, dict[Path, tuple[object, ...]]] = {}
    for path, row in rows:
        found.setdefault(row.section, {})[path] = row.told
    lines: list[StandingLine] = []
    readable = [part for part in parts if part not in gaps]
    for section in sorted(found):
        lines += _changes(site, section, readable, found[section])
    return lines, [f"{site.home.relative(path)} cannot be read" for path in gaps]


def _parts(site: Site, on_or_before: date) -> list[Path]:
    root = site.home.dataset(DATASET, on_or_before).parent
    days = [
        (day, part)
        for day in root.glob(f"{_DAY}*")
        for part in day.glob("[!.]*.parquet")
        if _date_of(part) <= on_or_before
    ]
    return [p for _, p in sorted(days, key=lambda x: (x[0].name, x[1].stat().st_mtime_ns, x[1]))]


def _date_of(part: Path) -> date:
    return date.fromisoformat(part.parent.name.removeprefix(_DAY))


def _rows(parts: Sequence[Path], person: str) -> tuple[list[tuple[Path, _Row]], list[Path]]:
    """The person's rows; all parts at once, and one by one only to find the one at fault."""
    if not parts:
        return [], []
    with duckdb.connect() as engine:
        try:
            return list(_read(engine, parts, person)), []
        except duckdb.Error:
            found: list[tuple[Path, _Row]] = []
            gaps = []
            for part in parts:
                try:
                    found += _read(engine, [part], person)
                except duckdb.Error:
                    gaps.append(part)
            return found, gaps


def _read(
    engine: duckdb.DuckDBPyConnection, parts: Sequence[Path], person: str
) -> Iterator[tuple[Path, _Row]]:
    given = {"parts": [str(part) for part in parts], "person": person}
    for name, section, *told in engine.execute(_COLUMNS, given).fetchall():
        yield Path(name), _Row(section, tuple(told))


def _changes(
    site: Site, section: str, parts: Sequence[Path], found: dict[Path, tuple[object, ...]]
) -> Iterator[StandingLine]:
    states = [(part, found.get(part)) for part in parts]
    for told, same in groupby(states, key=lambda state: state[1]):
        part, _ = next(same)
        if told is not None:
            yield _line(site, section, part, told)
        elif part is not parts[0]:
            yield StandingLine(_date_of(part), section, present=False)


def _line(site: Site, section: str, part: Path, told: tuple[object, ...]) -> StandingLine:
    option, status, rule, effective, last, listed, count = told
    day = _date_of(part)
    codes = code_list("return_codes", day).to_pylist()
    meaning = next((one for one in codes if one["code"] == rule), None)
    return StandingLine(
        business_date=day,
        section_code=section,
        present=True,
        option_code=None if option is None else str(option),
        status_code=None if status is None else str(status),
        rule=rule if isinstance(rule, int) else None,
        rule_en=meaning["en"] if meaning else None,
        rule_th=meaning["th"] if meaning else None,
        effective_date=effective if isinstance(effective, date) else None,
        last_period_paid=last if isinstance(last, int) else None,
        listed=None if listed is None else str(listed),
        payable_count=count if isinstance(count, int) else None,
        part=site.home.relative(part),
    )
