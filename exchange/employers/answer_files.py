"""The files of answers: a batch of filings becomes their texts and pages, names and places."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from exchange.employers.answer_text import AnswerWriter
from exchange.employers.filed_lines import Batch, Filed, Found
from exchange.employers.outgoing import Outgoing
from exchange.employers.pieces import LaidOut
from exchange.employers.readable import readable_answers
from exchange.employers.summaries import Summaries
from insurance.rates import WageRates
from interfaces.catalogue import Catalogue
from interfaces.model import Framing, Interface
from interfaces.names import make_name

PAGE_SUFFIX = ".html"

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


@dataclass(frozen=True, slots=True)
class AnswerFiles:
    """The answers to a batch: a row of ANSWERS_SCHEMA each, its text and its page."""

    rows: pa.Table
    texts: LaidOut
    pages: LaidOut

    def outgoing(self) -> Iterator[Outgoing]:
        """The files, each with its folder."""
        columns = (self.rows[name].to_pylist() for name in ("folder", "name", "page_name"))
        for number, (folder, name, page) in enumerate(zip(*columns, strict=True)):
            yield Outgoing(folder, name, self.texts.of(number))
            yield Outgoing(folder, page, self.pages.of(number))


def answer_files(
    interface: Interface,
    writer: AnswerWriter,
    catalogue: Catalogue,
    rates: WageRates,
    batch: Batch,
    filed: Filed,
    found: Found,
    told: Summaries,
    *,
    marks: Sequence[str] | None = None,
) -> AnswerFiles:
    """Make the answers of ``interface`` to a batch of which everything is known. ``marks`` go into
    the names of those files that would have the same name without, one for each."""
    encoding = raw_encoding(batch.interface)
    texts = writer.write(filed, found, told, encoding=encoding)
    pages = readable_answers(batch, filed, found, told, catalogue, rates, encoding=encoding)
    return AnswerFiles(_rows(interface, told, texts, pages, marks), texts, pages)


def raw_encoding(interface: Interface) -> str:
    """Of the values in findings: a spreadsheet's cells are told in UTF-8."""
    return "utf-8" if interface.file.framing is Framing.XLSX else interface.file.encoding


def _rows(
    interface: Interface,
    told: Summaries,
    texts: LaidOut,
    pages: LaidOut,
    marks: Sequence[str] | None,
) -> pa.Table:
    names = [_name(interface, told, n, marks[n] if marks else "") for n in range(len(told))]
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


def _name(interface: Interface, told: Summaries, number: int, mark: str) -> str:
    """The filing's name, what tells files of one name apart, and which of their answers it is."""
    stem = _STEM.sub("-", Path(told.name[number].as_py()).stem)[:_STEM_LENGTH]
    which = f"{told.file_id[number].as_py()[:_ID_LENGTH]}{mark}_{told.answer_number[number]:02d}"
    return make_name(interface.file, told.business_date, 0, any_part=f"{stem}_{which}")


def _digests(laid_out: LaidOut, count: int) -> list[str]:
    return [hashlib.sha256(laid_out.of(number)).hexdigest() for number in range(count)]
