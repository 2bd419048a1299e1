"""Answers: every filing that was received gets a file that says what became of each record, and a
page that a person can read, in ``outbox/employers/<business date>/<account or file id>/``.

Answers are made by the batches in which files were received. A batch's files are all on disk
before a part of the dataset ``employer_answers`` names them; what it names is never made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import sqlalchemy as sa

from exchange.employers.answer_files import ANSWERS_SCHEMA, AnswerFiles, answer_files
from exchange.employers.answer_text import AnswerWriter
from exchange.employers.copies import answer_copies, copy_pages, days_with_open_copies
from exchange.employers.entering import LOOKED_BACK
from exchange.employers.filed_lines import Batch, Bools, filed_lines
from exchange.employers.outgoing import write_together
from exchange.employers.overlaps import overlaps
from exchange.employers.read_again import read_again
from exchange.employers.summaries import ALL_REFUSED, summarise
from exchange.locks import exclusive
from exchange.parts import new_part, part_name
from exchange.site import Site
from interfaces.model import FilingSubject, Interface, Kind
from ledger import schema
from ledger.copied_files import days_of_copies
from ledger.database import reading
from ledger.employer_months import months_filed_on
from ledger.judged_files import RESULT_NUMBER, judged_files
from ledger.landing import Direction, FileState

INTERFACE = "form_1_10_answer"
DATASET = "employer_answers"
BATCH_FILES = 4_096
BATCH_RECORDS = 200_000


@dataclass(slots=True)
class _Counts:
    """What one run did."""

    answered: int = 0
    refused: int = 0
    already: int = 0
    waiting: int = 0

    def add(self, counts: Mapping[str, int]) -> None:
        """What became of copies."""
        self.answered += counts["answered"]
        self.refused += counts["refused"]
        self.already += counts["already"]
        self.waiting += counts["waiting"]


def answers_folder(site: Site, business_date: date) -> Path:
    """Where a business date's answers lie, a folder an employer account."""
    return site.home.root / "outbox" / "employers" / str(business_date)


def answer_pages(site: Site, business_date: date, file_id: str) -> list[str]:
    """Where the readable answers to a filing of a business date lie in the home, oldest first, then
    those to copies of it, whenever they came; each has a file for programs of the same name beside
    it."""
    outbox = answers_folder(site, business_date)
    told = [
        site.home.relative(answers_folder(site, day) / folder / page)
        for day in days_of_copies(site.ledger, file_id)
        for folder, page in copy_pages(site, day, file_id)
    ]
    parts = _parts(site, business_date)
    if not parts:
        return told
    found = ds.dataset(parts, schema=ANSWERS_SCHEMA).to_table(
        ["answer_number", "folder", "page_name"], filter=pc.field("file_id") == file_id
    )
    own = [
        site.home.relative(outbox / row["folder"] / row["page_name"])
        for row in sorted(found.to_pylist(), key=lambda row: int(row["answer_number"]))
    ]
    return own + told


def write_answers(site: Site, business_date: date) -> dict[str, object]:
    """Answer every filing of a business date that has a result and was not answered yet, every
    copy that came on it, and those of earlier dates that got theirs since; counts for the caller.

    ``waiting`` are accepted filings of contributions that are not in the books: they are answered
    when they are. A filing that was refused and later accepted by a replay gets a second answer
    beside the first. Answers lie under the business date of their filing. Nothing is written for
    a day on which no version of the answer's interface was in force. BusyError while another
    process answers the same day.
    """
    told = _Counts()
    for day in (*_days_behind(site, business_date), business_date):
        interface = _in_force(site, day)
        if interface is not None:
            with exclusive(site, f"answers.{day}"):
                _answer(site, day, interface, told)
                told.add(answer_copies(site, day, interface, answers_folder(site, day)))
    return {
        "answered": told.answered,
        "refused": told.refused,
        "already": told.already,
        "waiting": told.waiting,
    }


def _days_behind(site: Site, business_date: date) -> list[date]:
    """Earlier business dates with more results of filings than answers, or copies than answers to
    them: one was replayed, or its contributions were not in the books when the others were
    answered."""
    names = {i.name for i in site.registry.all() if i.kind is Kind.FILING}
    file, result = schema.file, schema.file_result
    query = (
        sa.select(file.c.business_date, sa.func.count())
        .join(result, result.c.file_id == file.c.file_id)
        .where(
            file.c.business_date >= business_date - LOOKED_BACK,
            file.c.business_date < business_date,
            file.c.direction == Direction.INBOUND.value,
            file.c.interface.in_(sorted(names)),
        )
        .group_by(file.c.business_date)
        .order_by(file.c.business_date)
    )
    with reading(site.ledger) as connection:
        results = connection.execute(query).all()
    behind = {day for day, count in results if count > _count_answered(site, day)}
    since = business_date - LOOKED_BACK
    copies = days_with_open_copies(site, sorted(names), since=since, before=business_date)
    return sorted(behind.union(copies))


def _count_answered(site: Site, business_date: date) -> int:
    parts = _parts(site, business_date)
    return sum(int(pq.read_metadata(part).num_rows) for part in parts)


def _parts(site: Site, business_date: date) -> list[Path]:
    folder = site.home.dataset(DATASET, business_date)
    return sorted(folder.glob("*.parquet")) if folder.is_dir() else []


def _in_force(site: Site, on: date) -> Interface | None:
    for interface in site.registry.of_kind(Kind.ANSWER, on=on):
        if interface.name == INTERFACE:
            return interface
    return None


def _answer(site: Site, business_date: date, interface: Interface, told: _Counts) -> None:
    filings = {i.name: i for i in site.registry.of_kind(Kind.FILING, on=business_date)}
    judged = judged_files(site.ledger, business_date, filings)
    known = _known(site, business_date, judged)
    told.already += int(np.count_nonzero(known))
    owing = [name for name, each in filings.items() if _owes(each)]
    is_waiting = pc.and_(
        pc.is_in(judged["interface"], value_set=pa.array(owing, pa.utf8())),
        pc.and_(
            pc.equal(judged["state"], FileState.ACCEPTED.value), pc.invert(judged["is_entered"])
        ),
    )
    open_ = judged.filter(pc.invert(pa.chunked_array([pa.array(known)])))
    waiting = is_waiting.filter(pa.array(~known))
    told.waiting += int(pc.sum(waiting).as_py() or 0)
    todo = open_.filter(pc.invert(waiting))
    if not todo.num_rows:
        return
    months = months_filed_on(site.ledger, business_date)
    writer = AnswerWriter(interface, site.catalogue)
    # What is made waits for the processor and what is written for the disk: one beside the other.
    with ThreadPoolExecutor(1, "outbox") as outbox:
        written: Future[None] | None = None
        for batch in _batches(site, business_date, todo):
            made = _made(site, interface, writer, batch, months)
            if written is not None:
                written.result()
            written = outbox.submit(_write, site, batch, made)
            told.refused += int(pc.sum(pc.equal(made.rows["result"], ALL_REFUSED)).as_py() or 0)
            told.answered += batch.files.num_rows
        if written is not None:
            written.result()


def _owes(interface: Interface) -> bool:
    """Whether its filings are entered in the books."""
    rule = interface.filing
    return rule is not None and rule.subject is FilingSubject.CONTRIBUTIONS


def _known(site: Site, business_date: date, judged: pa.Table) -> Bools:
    """Which results were answered before; bool[n]."""
    parts = _parts(site, business_date)
    if not parts:
        return np.zeros(judged.num_rows, np.bool_)
    before = ds.dataset(parts, schema=ANSWERS_SCHEMA).to_table(["file_id", "answer_number"])
    keys = _answer_keys(before["file_id"], before["answer_number"])
    found = pc.is_in(_answer_keys(judged["file_id"], judged[RESULT_NUMBER]), value_set=keys)
    return np.asarray(found.combine_chunks().to_numpy(zero_copy_only=False), np.bool_)


def _answer_keys(ids: pa.ChunkedArray, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(ids, numbers.cast(pa.utf8()), "-")


def _batches(site: Site, business_date: date, judged: pa.Table) -> Iterator[Batch]:
    """Files of one version together, as many as make BATCH_FILES or BATCH_RECORDS.

    They stand in the order of the parts that hold their records, so that most parts are read
    once. A file of more records is a batch of its own.
    """
    kinds = pc.binary_join_element_wise(judged["interface"], judged["version"].cast(pa.utf8()), ".")
    ids = kinds.to_pylist()
    records = judged["records_read"].to_pylist()
    start = held = 0
    for number, (kind, count) in enumerate(zip(ids, records, strict=True)):
        full = number - start >= BATCH_FILES or held + count > BATCH_RECORDS
        if number > start and (full or kind != ids[start]):
            yield _batch(site, business_date, judged.slice(start, number - start))
            start, held = number, 0
        held += count
    yield _batch(site, business_date, judged.slice(start))


def _batch(site: Site, business_date: date, files: pa.Table) -> Batch:
    name, version = files["interface"][0].as_py(), files["version"][0].as_py()
    return Batch(site.registry.get(f"{name}.{version}"), business_date, files)


def _made(
    site: Site, interface: Interface, writer: AnswerWriter, batch: Batch, months: pa.Table
) -> AnswerFiles:
    """The answers of a batch."""
    further = overlaps(site, batch) if _owes(batch.interface) else None
    again = read_again(site, batch)
    filed, found = filed_lines(site.home, batch, site.catalogue, further, again.lines)
    told = summarise(batch, filed, found, months, site.catalogue, again.accounts)
    return answer_files(interface, writer, site.catalogue, site.wages, batch, filed, found, told)


def _write(site: Site, batch: Batch, made: AnswerFiles) -> None:
    """Write the answers of a batch, then note them."""
    write_together(answers_folder(site, batch.day), made.outgoing())
    keys = _answer_keys(batch.files["file_id"], batch.files[RESULT_NUMBER]).to_pylist()
    target = site.home.dataset(DATASET, batch.day) / part_name(keys)
    with new_part(target, ANSWERS_SCHEMA) as part:
        for rows_of_part in made.rows.to_batches():
            part.write(rows_of_part)
