"""Answers to copies: contents that an employer sent before under another name.

A content is received once, whatever names it comes under. Whoever sent it under one more name is
told under that name what became of it, when it came first, and that it counts once, or that it
counts anew for the mark in its name. A copied workbook of another employer or month is refused:
nothing of the first one's is told. What was answered is noted in ``employer_copy_answers``, a row
for a content and name, and never made again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from exchange.employers.answer_files import ANSWERS_SCHEMA, AnswerFiles, answer_files
from exchange.employers.answer_text import AnswerWriter
from exchange.employers.entering import mark_number
from exchange.employers.filed_lines import Batch, filed_lines
from exchange.employers.outgoing import write_together
from exchange.employers.overlaps import overlaps
from exchange.employers.read_again import read_again
from exchange.employers.summaries import ALL_REFUSED, summarise
from exchange.inbound.before_reading import (
    FILE_EMPTY,
    FILE_NAME_REUSED,
    SHEET_COPIED,
    is_copied_sheet,
)
from exchange.inbound.nearly_named import nearly_named
from exchange.inbound.recognising import recognise
from exchange.parts import new_part, part_name
from exchange.site import Site
from interfaces.model import FilingSubject, Framing, Interface, Kind
from interfaces.names import read_name
from ledger.copied_files import copies_by_day, copies_of
from ledger.employer_months import months_filed_on
from ledger.judged_files import JUDGED_SCHEMA, RESULT_NUMBER
from ledger.landing import FileState
from parsers.findings import concat_findings, findings_table

DATASET = "employer_copy_answers"
COPY_ANSWERS_SCHEMA = ANSWERS_SCHEMA.append(pa.field("copy_name", pa.utf8(), nullable=False))
"""What was answered: one row a content and name."""

RECEIVED_BEFORE, FILED_AGAIN = "FILE_RECEIVED_BEFORE", "FORM_FILED_AGAIN"
BATCH_FILES = 2_048
_ONLY_ANSWER = 1
_MARK_LENGTH = 16

_Key = tuple[str, date, int]  # interface and version, day of the content, which of its copies


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy, the interface under which it is answered, and the code that says what it is."""

    row: Mapping[str, object]
    interface: Interface
    code: str

    @property
    def file_id(self) -> str:
        """SHA-256 of the content."""
        return str(self.row["file_id"])

    @property
    def name(self) -> str:
        """The name of the copy."""
        return str(self.row["name"])

    @property
    def shows_content(self) -> bool:
        """Whether what became of the content is the sender's to know."""
        return self.code in (RECEIVED_BEFORE, FILED_AGAIN)

    @property
    def has_others_name(self) -> bool:
        """Whether it was refused, and not judged again, because other content has its name."""
        is_refused = self.row["state"] == FileState.QUARANTINED.value
        return is_refused and self.code == RECEIVED_BEFORE and bool(self.row["is_name_taken"])

    @property
    def statement(self) -> str:
        """What its finding states: of which file it is a copy, and since when we have that."""
        if not self.shows_content:
            return self.name
        return f"received={self.row['first_business_date']} as={self.row['first_name']}"


def answer_copies(
    site: Site, business_date: date, interface: Interface, outbox: Path
) -> Mapping[str, int]:
    """Answer every copy of a business date that was not answered yet, below ``outbox``.

    Counts by ``answered``, ``refused``, ``already`` and ``waiting``: a copy waits until its content
    is entered, one that counts anew until it does.
    """
    filings = {i.name: i for i in site.registry.of_kind(Kind.FILING, on=business_date)}
    done = _answered(site, business_date)
    counts = Counter[str]()
    todo: list[_Copy] = []
    for row in copies_of(site.ledger, business_date, filings).to_pylist():
        if (row["file_id"], row["name"]) in done:
            counts["already"] += 1
            continue
        copy = _told_as(site, business_date, row)
        if copy is None:
            continue
        if _waits(copy):
            counts["waiting"] += 1
        else:
            todo.append(copy)
    writer = AnswerWriter(interface, site.catalogue)
    # Batches of a day follow each other, and one content may have very many names.
    months = lru_cache(maxsize=1)(partial(months_filed_on, site.ledger))
    for copies in _batches(todo):
        made = _made(site, business_date, interface, writer, copies, months)
        write_together(outbox, made.outgoing())
        _note(site, business_date, copies, made)
        counts["answered"] += len(copies)
        refused = pc.sum(pc.equal(made.rows["result"], ALL_REFUSED)).as_py()
        counts["refused"] += int(refused or 0)
    return counts


def days_with_open_copies(
    site: Site, interfaces: Sequence[str], *, since: date, before: date
) -> list[date]:
    """Business dates in that span with more copies than answers to copies."""
    came = copies_by_day(site.ledger, interfaces, since=since, before=before)
    return [
        day
        for day, count in came.items()
        if count > sum(pq.read_metadata(part).num_rows for part in _parts(site, day))
    ]


def copy_pages(site: Site, business_date: date, file_id: str) -> list[tuple[str, str]]:
    """Folder and page name of each answer to a copy of a content that came on that date."""
    parts = _parts(site, business_date)
    if not parts:
        return []
    found = ds.dataset(parts, schema=COPY_ANSWERS_SCHEMA).to_table(
        ["folder", "page_name"], filter=pc.field("file_id") == file_id
    )
    return sorted((row["folder"], row["page_name"]) for row in found.to_pylist())


def _parts(site: Site, business_date: date) -> list[Path]:
    folder = site.home.dataset(DATASET, business_date)
    return sorted(folder.glob("*.parquet")) if folder.is_dir() else []


def _answered(site: Site, business_date: date) -> set[tuple[str, str]]:
    """Contents and names of copies that were answered before."""
    parts = _parts(site, business_date)
    if not parts:
        return set()
    known = ds.dataset(parts, schema=COPY_ANSWERS_SCHEMA).to_table(["file_id", "copy_name"])
    return set(zip(known["file_id"].to_pylist(), known["copy_name"].to_pylist(), strict=True))


def _told_as(site: Site, business_date: date, row: Mapping[str, object]) -> _Copy | None:
    """What is said of a copy; None for an empty file that is no filing by its name."""
    name = str(row["name"])
    if row["size_bytes"] == 0:
        known, _ = recognise(site, name, business_date)
        meant = known or nearly_named(site, name, business_date)
        is_filing = meant is not None and meant.kind is Kind.FILING
        return _Copy(row, meant, FILE_EMPTY) if meant is not None and is_filing else None
    interface = site.registry.get(f"{row['interface']}.{row['version']}")
    parts = read_name(interface.file, name)
    if (
        interface.sheet is not None
        and parts is not None
        and is_copied_sheet(interface, parts, str(row["first_name"]))
    ):
        return _Copy(row, interface, SHEET_COPIED)
    return _Copy(row, interface, FILED_AGAIN if row["is_filed_again"] else RECEIVED_BEFORE)


def _waits(copy: _Copy) -> bool:
    rule = copy.interface.filing
    if not copy.shows_content or rule is None or rule.subject is not FilingSubject.CONTRIBUTIONS:
        return False
    if copy.row["state"] != FileState.ACCEPTED.value or copy.code == FILED_AGAIN:
        return False
    if not copy.row["is_entered"]:
        return True
    parts = read_name(copy.interface.file, copy.name)
    is_marked = parts is not None and parts.mark in rule.marks
    return is_marked and mark_number(copy.name) > 0


def _batches(copies: Sequence[_Copy]) -> Iterator[list[_Copy]]:
    """Copies of one version and day of their contents together, each content once."""
    groups: dict[_Key, list[_Copy]] = {}
    seen = Counter[str]()
    for copy in copies:
        day = copy.row["first_business_date"]
        if not isinstance(day, date):
            raise TypeError(f"first_business_date is {day!r}")
        key = (copy.interface.id, day, seen[copy.file_id])
        seen[copy.file_id] += 1
        groups.setdefault(key, []).append(copy)
    for key in sorted(groups):
        group = groups[key]
        for start in range(0, len(group), BATCH_FILES):
            yield group[start : start + BATCH_FILES]


def _made(
    site: Site,
    business_date: date,
    interface: Interface,
    writer: AnswerWriter,
    copies: Sequence[_Copy],
    months: Callable[[date], pa.Table],
) -> AnswerFiles:
    """The answers to copies of one version and day, each of another content; ``months`` gives
    what the books say of those that a day's filings are about."""
    first = copies[0]
    day = first.row["first_business_date"]
    if not isinstance(day, date):
        raise TypeError(f"first_business_date is {day!r}")
    files = pa.Table.from_pylist([_judged(copy) for copy in copies], schema=JUDGED_SCHEMA)
    files = files.append_column(RESULT_NUMBER, pa.repeat(pa.scalar(_ONLY_ANSWER), len(copies)))
    batch = Batch(first.interface, day, files, told_on=business_date)
    further = concat_findings([*_findings(copies), overlaps(site, batch)])
    again = read_again(site, batch)
    filed, found = filed_lines(site.home, batch, site.catalogue, further, again.lines)
    told = summarise(batch, filed, found, months(day), site.catalogue, again.accounts)
    codes = pa.array([copy.code for copy in copies], pa.utf8())
    told = replace(told, reason_code=pc.coalesce(told.reason_code, codes))
    return answer_files(
        interface,
        writer,
        site.catalogue,
        site.wages,
        batch,
        filed,
        found,
        told,
        marks=[_mark(copy) for copy in copies],
    )


def _judged(copy: _Copy) -> dict[str, object]:
    """The copy as a row of JUDGED_SCHEMA: its content's, or refused with nothing of it."""
    row = {name: copy.row[name] for name in JUDGED_SCHEMA.names}
    row |= {"interface": copy.interface.name, "version": copy.interface.version}
    if not copy.shows_content:
        row |= {name: 0 for name in row if name.startswith("records_")}
        row |= {"state": FileState.QUARANTINED.value, "part_uri": None, "findings_uri": None}
        row["is_entered"] = False
    return row


def _findings(copies: Sequence[_Copy]) -> Iterator[pa.Table]:
    """What is said of each file as a whole: what it is a copy of, and that a refused one was sent
    under a name that stands for something else."""
    for copy in copies:
        file = copy.interface.file
        page = "utf-8" if file.framing is Framing.XLSX else file.encoding
        told = {copy.code: copy.statement}
        if copy.has_others_name:
            told[FILE_NAME_REUSED] = copy.name
        for code, statement in told.items():
            yield findings_table(
                file_id=copy.file_id,
                code=code,
                record_number=[0],
                byte_offset=[0],
                raw=[statement.encode(page, "replace")],
            )


def _mark(copy: _Copy) -> str:
    """Tells the answers to copies of one content apart, however alike their names are."""
    return "_" + hashlib.sha256(copy.name.encode()).hexdigest()[:_MARK_LENGTH]


def _note(site: Site, business_date: date, copies: Sequence[_Copy], made: AnswerFiles) -> None:
    names = pa.array([copy.name for copy in copies], pa.utf8())
    rows = made.rows.append_column("copy_name", names).cast(COPY_ANSWERS_SCHEMA)
    keys = [f"{copy.file_id}-{copy.name}" for copy in copies]
    target = site.home.dataset(DATASET, business_date) / part_name(keys)
    with new_part(target, COPY_ANSWERS_SCHEMA) as part:
        for rows_of_part in rows.to_batches():
            part.write(rows_of_part)
