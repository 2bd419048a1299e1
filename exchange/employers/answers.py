"""Answers: every filing that was received gets a file that says what became of each record, and a
page that a person can read, in ``outbox/employers/<business date>/<account or file id>/``.

Answers are made by the batches in which files were received. A batch's files are all on disk
before a part of the dataset ``employer_answers`` names them; what it names is never made again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import sqlalchemy as sa

from exchange.employers.answer_text import AnswerWriter
from exchange.employers.entering import LOOKED_BACK
from exchange.employers.filed_lines import Batch, Bools, filed_lines
from exchange.employers.outgoing import Outgoing, write_together
from exchange.employers.overlaps import overlaps
from exchange.employers.pieces import LaidOut
from exchange.employers.readable import readable_answers
from exchange.employers.summaries import ALL_REFUSED, Summaries, summarise
from exchange.locks import exclusive
from exchange.parts import new_part, part_name
from exchange.site import Site
from interfaces.model import FilingSubject, Framing, Interface, Kind
from interfaces.names import make_name
from ledger import schema
from ledger.database import reading
from ledger.employer_months import months_filed_on
from ledger.judged_files import RESULT_NUMBER, judged_files
from ledger.landing import Direction, FileState

INTERFACE = "form_1_10_answer"
DATASET = "employer_answers"
PAGE_SUFFIX = ".html"
BATCH_FILES = 4_096
BATCH_RECORDS = 200_000

ANSWERS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.utf8(), nullable=False),
        pa.field("answer_number", pa.int64(), nullable=False),
        pa.field("employer_account", pa.utf8()),
        pa.field("period", pa.int32()),  # Gregorian yyyymm
        pa.field("result", pa.utf8(), nullable=False),
        pa.field("reason_code", pa.utf8()),
        pa.field("folder", pa.utf8(), nullable=False),  # below the outbox of the day
        pa.field("name", pa.utf8(), nullable=False),
        pa.field("sha256", pa.utf8(), nullable=False),
        pa.field("size_bytes", pa.int64(), nullable=False),
        pa.field("page_name", pa.utf8(), nullable=False),
        pa.field("page_sha256", pa.utf8(), nullable=False),
        pa.field("page_size_bytes", pa.int64(), nullable=False),
    ]
)
"""What was answered: one row a filing and result."""

_ACCOUNT = re.compile(r"[0-9]{10}")
_STEM = re.compile(r"[^A-Za-z0-9_-]")
_STEM_LENGTH = 80
_ID_LENGTH = 12


@dataclass(slots=True)
class _Counts:
    """What one run did."""

    answered: int = 0
    refused: int = 0
    already: int = 0
    waiting: int = 0


def answers_folder(site: Site, business_date: date) -> Path:
    """Where a business date's answers lie, a folder an employer account."""
    return site.home.root / "outbox" / "employers" / str(business_date)


def answer_pages(site: Site, business_date: date, file_id: str) -> list[str]:
    """Where the readable answers to a filing lie in the home, oldest first; each has a file for
    programs of the same name beside it."""
    parts = _parts(site, business_date)
    if not parts:
        return []
    found = ds.dataset(parts, schema=ANSWERS_SCHEMA).to_table(
        ["answer_number", "folder", "page_name"], filter=pc.field("file_id") == file_id
    )
    outbox = answers_folder(site, business_date)
    return [
        site.home.relative(outbox / row["folder"] / row["page_name"])
        for row in sorted(found.to_pylist(), key=lambda row: int(row["answer_number"]))
    ]


def write_answers(site: Site, business_date: date) -> dict[str, object]:
    """Answer every filing of a business date that has a result and was not answered yet, and those
    of earlier dates that got theirs since; counts for the caller.

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
    return {
        "answered": told.answered,
        "refused": told.refused,
        "already": told.already,
        "waiting": told.waiting,
    }


def _days_behind(site: Site, business_date: date) -> list[date]:
    """Earlier business dates with more results of filings than answers: one was replayed, or its
    contributions were not in the books when the others were answered."""
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
    return [day for day, count in results if count > _count_answered(site, day)]


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
    for batch in _batches(site, business_date, todo):
        told.refused += _write_batch(site, interface, writer, batch, months)
        told.answered += batch.files.num_rows


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


def _write_batch(
    site: Site, interface: Interface, writer: AnswerWriter, batch: Batch, months: pa.Table
) -> int:
    """Write the answers of a batch and note them; returns how many refuse their file."""
    further = overlaps(site, batch) if _owes(batch.interface) else None
    filed, found = filed_lines(site.home, batch, site.catalogue, further)
    told = summarise(batch, filed, found, months, site.catalogue)
    encoding = _raw_encoding(batch.interface)
    texts = writer.write(filed, found, told, encoding=encoding)
    pages = readable_answers(batch, filed, found, told, site.catalogue, encoding=encoding)
    rows = _rows(interface, told, texts, pages)
    write_together(answers_folder(site, batch.business_date), _outgoing(rows, texts, pages))
    keys = _answer_keys(batch.files["file_id"], batch.files[RESULT_NUMBER]).to_pylist()
    target = site.home.dataset(DATASET, batch.business_date) / part_name(keys)
    with new_part(target, ANSWERS_SCHEMA) as part:
        for rows_of_part in rows.to_batches():
            part.write(rows_of_part)
    return int(pc.sum(pc.equal(rows["result"], ALL_REFUSED)).as_py() or 0)


def _raw_encoding(interface: Interface) -> str:
    """Of the values in findings: a spreadsheet's cells are told in UTF-8."""
    return "utf-8" if interface.file.framing is Framing.XLSX else interface.file.encoding


def _rows(interface: Interface, told: Summaries, texts: LaidOut, pages: LaidOut) -> pa.Table:
    names = [_name(interface, told, n) for n in range(len(told))]
    accounts = told.account.to_pylist()
    ids = told.file_id.to_pylist()
    folders = [
        account if account is not None and _ACCOUNT.fullmatch(account) else file_id
        for account, file_id in zip(accounts, ids, strict=True)
    ]
    return pa.table(
        {
            "file_id": told.file_id,
            "answer_number": told.answer_number,
            "employer_account": told.account,
            "period": told.period,
            "result": told.result,
            "reason_code": told.reason_code,
            "folder": folders,
            "name": names,
            "sha256": _digests(texts, len(told)),
            "size_bytes": np.diff(texts.starts),
            "page_name": [Path(name).stem + PAGE_SUFFIX for name in names],
            "page_sha256": _digests(pages, len(told)),
            "page_size_bytes": np.diff(pages.starts),
        },
        schema=ANSWERS_SCHEMA,
    )


def _name(interface: Interface, told: Summaries, number: int) -> str:
    """The filing's name, what tells files of one name apart, and which of their answers it is."""
    stem = _STEM.sub("-", Path(told.name[number].as_py()).stem)[:_STEM_LENGTH]
    which = f"{told.file_id[number].as_py()[:_ID_LENGTH]}_{told.answer_number[number]:02d}"
    return make_name(interface.file, told.business_date, 0, any_part=f"{stem}_{which}")


def _digests(laid_out: LaidOut, count: int) -> list[str]:
    return [hashlib.sha256(laid_out.of(number)).hexdigest() for number in range(count)]


def _outgoing(rows: pa.Table, texts: LaidOut, pages: LaidOut) -> Iterator[Outgoing]:
    columns = (rows[name].to_pylist() for name in ("folder", "name", "page_name"))
    for number, (folder, name, page) in enumerate(zip(*columns, strict=True)):
        yield Outgoing(folder, name, texts.of(number))
        yield Outgoing(folder, page, pages.of(number))
