"""The answer to an employer's file as a file of its own interface, for many files at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.filed_lines import Filed, Found
from exchange.employers.pieces import Ints, LaidOut, Pieces, lay_out
from exchange.employers.summaries import Summaries
from exchange.employers.wording import filed_values, in_cp874
from exporters.encode import RecordEncoder
from exporters.framing import frame_block
from exporters.rows import EncodeError
from insurance.money import baht_of
from interfaces.catalogue import Catalogue
from interfaces.model import Interface
from parsers.copybook import load_layout

HEADER, LINE = "ANSWER-HEADER-RECORD", "ANSWER-LINE-RECORD"
FINDING, TRAILER = "ANSWER-FINDING-RECORD", "ANSWER-TRAILER-RECORD"

_BEFORE_ALL, _AFTER_ALL = -1, np.iinfo(np.int64).max
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class _Widths:
    """Bytes of the text fields of a record, by column."""

    of: Mapping[str, int]

    def fitting(self, column: str, texts: pa.Array) -> pa.Array:
        """The texts in CP874, cut to their field."""
        return in_cp874(texts, self.of[column])


class AnswerWriter:
    """Writes answers in the layout of one version of their interface."""

    def __init__(self, interface: Interface, catalogue: Catalogue) -> None:
        self._interface = interface
        self._catalogue = catalogue
        layout = {record.name: record for record in load_layout(interface)}
        self._encoders = {name: RecordEncoder(layout[name], interface) for name in layout}
        self._widths = {
            name: _Widths({item.column: item.length for item in record.walk()})
            for name, record in layout.items()
        }

    def write(self, filed: Filed, found: Found, summaries: Summaries, *, encoding: str) -> LaidOut:
        """The answers to the files of a batch, in their order. ``encoding`` is that of the raw
        values in the findings. EncodeError is a defect: everything was made to fit."""
        count = len(summaries)
        every = np.arange(count)
        parts = [
            self._records(HEADER, every, _BEFORE_ALL, 0, self._headers(summaries)),
            self._records(LINE, filed.file, filed.record, 0, _lines(filed, self._widths[LINE])),
            self._records(
                FINDING, found.file, found.record, found.number, self._findings(found, encoding)
            ),
            self._records(TRAILER, every, _AFTER_ALL, 0, _trailers(filed, found, summaries)),
        ]
        return lay_out(parts, count)

    def _records(
        self,
        name: str,
        file: Ints,
        first: Ints | int,
        second: Ints | int,
        columns: Mapping[str, pa.Array],
    ) -> Pieces:
        encoder = self._encoders[name]
        block = encoder.encode(pa.RecordBatch.from_pydict(dict(columns)))
        if block.findings.num_rows:
            one = block.findings.slice(0, 1).to_pylist()[0]
            raise EncodeError(f"{name}, {one['field']}: {one['code']}", block.findings)
        flat = frame_block(block, self._interface.file, encoder.record.length)
        return Pieces.of_records(file, first, second, flat)

    def _headers(self, told: Summaries) -> dict[str, pa.Array]:
        fit = self._widths[HEADER].fitting
        codes = told.reason_code
        return {
            "hdr_business_date": pa.repeat(pa.scalar(told.business_date), len(told)),
            "hdr_answer_number": pa.array(told.answer_number),
            "hdr_filing_name": fit("hdr_filing_name", told.name),
            "hdr_filing_sha256": told.file_id,
            "hdr_employer_account": fit("hdr_employer_account", told.account),
            "hdr_wage_period": told.period,
            "hdr_result": told.result,
            "hdr_reason_code": codes,
            "hdr_reason_text": fit("hdr_reason_text", self._texts(codes)),
        }

    def _findings(self, found: Found, encoding: str) -> dict[str, pa.Array]:
        fit = self._widths[FINDING].fitting
        return {
            "fnd_record_number": pa.array(found.record),
            "finding_number": pa.array(found.number),
            "finding_effect": found.effect,
            "field_name": fit("field_name", found.field),
            "finding_code": fit("finding_code", found.code),
            "value_filed": fit("value_filed", filed_values(found.code, found.raw, encoding)),
            "finding_text": fit("finding_text", self._texts(found.code)),
        }

    def _texts(self, codes: pa.Array) -> pa.Array:
        """What each code says in Thai, null where there is none."""
        distinct = codes.unique().drop_null()
        texts = [self._catalogue.told(code, "th") for code in distinct.to_pylist()]
        return pa.array(texts, pa.utf8()).take(pc.index_in(codes, value_set=distinct))


def _lines(filed: Filed, widths: _Widths) -> dict[str, pa.Array]:
    return {
        "record_number": pa.array(filed.record),
        "filed_record_type": widths.fitting("filed_record_type", filed.kind),
        "branch_no": widths.fitting("branch_no", filed.branch),
        "national_id": widths.fitting("national_id", filed.national_id),
        "outcome": filed.outcome,
        "finding_count": pa.array(filed.findings),
        "filed_wages": _baht(filed.wages_satang),
        "filed_contribution": _baht(filed.contribution_satang),
        "due_amount": _baht(filed.due_satang),
    }


def _trailers(filed: Filed, found: Found, told: Summaries) -> dict[str, pa.Array]:
    count = len(told)
    return {
        "trl_line_count": pa.array(np.bincount(filed.file, minlength=count)),
        "trl_finding_count": pa.array(np.bincount(found.file, minlength=count)),
        "trl_read_count": pa.array(told.read),
        "trl_accepted_count": pa.array(told.accepted),
        "trl_refused_count": pa.array(told.refused),
        "trl_declared_amount": _baht(told.declared_satang),
        "trl_due_amount": _baht(told.due_satang),
        **{f"trl_month_{name}": _baht(satang) for name, satang in told.month.items()},
    }


def _baht(satang: Ints) -> pa.Array:
    return baht_of(satang, np.ones(len(satang), np.bool_), _DIGITS)
