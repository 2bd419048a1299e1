"""The answer to an employer's file as a page for people: Thai, one HTML file that stands alone,
without script; everything that was filed is escaped. Many pages are made at once, by columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from exchange.employers.due_instead import with_due
from exchange.employers.filed_lines import Batch, Filed, Found
from exchange.employers.pieces import LaidOut, Pieces, lay_out
from exchange.employers.summaries import ALL_ACCEPTED, ALL_REFUSED, SOME_REFUSED, Summaries
from exchange.employers.wording import baht, counts, filed_values, markup, months, replaced, stated
from exchange.status.wording import day_in_english, day_in_thai
from insurance.rates import WageRates
from interfaces.catalogue import Catalogue
from interfaces.model import FilingSubject

TEMPLATE = "readable.html.j2"
_MARK = "\0"
_FINDING_ROWS, _LINE_ROWS = "finding_rows", "line_rows"
_SECTIONS = (_FINDING_ROWS, _LINE_ROWS)
"""Slots that hold rows; the page's other parts stand before, between and after them."""

# A name that any content had, even a refused one, stands for that content.
VERDICTS = {
    ALL_ACCEPTED: ("รับแล้วทุกรายการ", "Every record was accepted"),
    SOME_REFUSED: (
        "รับแล้วบางส่วน โปรดแก้ไขรายการที่ไม่รับแล้วยื่นเพิ่มเติมด้วยชื่อแฟ้มใหม่",
        "Accepted in part: correct the refused records and file them again, under a new file name",
    ),
    ALL_REFUSED: (
        "ไม่รับทั้งแฟ้ม โปรดแก้ไขแล้วยื่นใหม่ทั้งแฟ้มด้วยชื่อแฟ้มใหม่",
        "The whole file was refused: correct it and file it again, under a new file name",
    ),
}
OUTCOME_TEXTS = {
    "A": "รับ",
    "W": "<b>รับ มีข้อสังเกต</b>",
    "C": "<b>รับโดยแก้ไข</b>",
    "R": "<b>ไม่รับ</b>",
}
"""What stands in each line; the page's legend says it in English."""
EFFECT_TEXTS = {
    "F": "<b>ไม่รับทั้งแฟ้ม</b> <span class=en lang=en>file refused</span>",
    "R": "<b>ไม่รับรายการ</b> <span class=en lang=en>record refused</span>",
    "W": "<b>ข้อสังเกต</b> <span class=en lang=en>remark</span>",
}
FIELD_NAMES = {
    "ACC-NO": "เลขที่บัญชีนายจ้าง",
    "BRANCH-NO": "ลำดับที่สาขา",
    "PAID-DATE": "วันที่ชำระ",
    "PAID-PERIOD": "งวดค่าจ้าง",
    "COMPANY-NAME": "ชื่อสถานประกอบการ",
    "RATE": "อัตราเงินสมทบ",
    "TOTAL-EMPLOYEE": "จำนวนผู้ประกันตน",
    "TOTAL-WAGES": "ค่าจ้างรวม",
    "TOTAL-PAID": "เงินสมทบรวม",
    "PAID-BY-EMPLOYEE": "เงินสมทบส่วนผู้ประกันตน",
    "PAID-BY-EMPLOYER": "เงินสมทบส่วนนายจ้าง",
    "SSO-ID": "เลขประจำตัวประชาชน",
    "PREFIX": "คำนำหน้าชื่อ",
    "FNAME": "ชื่อ",
    "LNAME": "นามสกุล",
    "WAGES": "ค่าจ้าง",
    "PAID-AMOUNT": "เงินสมทบ",
    "BIRTH-DATE": "วันเดือนปีเกิด",
    "START-DATE": "วันที่เริ่มงาน",
    "LEAVING-DATE": "วันที่ออกจากงาน",
    "HOSPITAL-CODE": "สถานพยาบาล",
    "RECORD-TYPE": "ประเภทระเบียน",
}
_WHOLE_FILE = "ทั้งแฟ้ม"
_NO_FINDINGS = (
    '<tr><td colspan="8">ไม่พบสิ่งผิดปกติ '
    '<span class="en" lang="en">Nothing was found</span></td></tr>\n'
)
_ONLY_FINDINGS = (
    "แฟ้มที่ไม่รับแสดงเฉพาะระเบียนที่มีสิ่งที่ต้องแก้ไข "
    '<span class="en" lang="en">Of a refused file only records with findings are listed</span>'
)
_SPACE = " "


def readable_answers(
    batch: Batch,
    filed: Filed,
    found: Found,
    told: Summaries,
    catalogue: Catalogue,
    rates: WageRates,
    *,
    encoding: str,
) -> LaidOut:
    """The pages of a batch's files, UTF-8, in their order. The same batch gives the same bytes.
    ``encoding`` is that of the raw values in the findings; by ``rates`` it is told what would have
    been due."""
    values = _values(batch, found, told, catalogue)
    segments = _segments(batch, len(told), values)
    every = np.arange(len(told))
    parts = [Pieces.of_texts(every, 2 * n, 0, each) for n, each in enumerate(segments)]
    names = _names(filed)
    shown = stated(found.code, filed_values(found.code, found.raw, encoding))
    shown = with_due(shown, filed, found, told.period, rates)
    parts.append(
        Pieces.of_texts(
            found.file,
            1,
            np.arange(len(found)),
            _finding_rows(filed, found, names, shown, catalogue),
        )
    )
    parts.append(Pieces.of_texts(filed.file, 3, filed.record, _line_rows(filed, names)))
    return lay_out(parts, len(told))


def _segments(batch: Batch, count: int, values: Mapping[str, pa.Array]) -> Iterator[pa.Array]:
    """The page of each file before, between and after the rows."""
    columns: list[pa.Array] = []
    for place, part in enumerate(_skeleton(batch).split(_MARK)):
        if place % 2 == 0:
            columns.append(pa.scalar(part, pa.utf8()))
        elif part in _SECTIONS:
            yield _joined(columns, count)
            columns = []
        else:
            columns.append(values[part])
    yield _joined(columns, count)


def _skeleton(batch: Batch) -> str:
    """The page with a mark on either side of each slot's name."""
    return _template().render(
        slot=f"{_MARK}{{}}{_MARK}".format,
        title=batch.interface.title,
        title_th=batch.interface.title_th,
        day_th=day_in_thai(batch.day),
        day_en=day_in_english(batch.day),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(TEMPLATE)


def _values(
    batch: Batch, found: Found, told: Summaries, catalogue: Catalogue
) -> dict[str, pa.Array]:
    """What stands in each slot of each page, as markup."""
    result = told.result
    has_none = np.bincount(found.file, minlength=len(told)) == 0
    refused = pc.equal(result, ALL_REFUSED)
    filing = batch.interface.filing
    subject = filing.subject if filing is not None else FilingSubject.CONTRIBUTIONS
    return {
        "name": markup(told.name),
        "file_id": told.file_id,
        "subject": pa.repeat(subject.value, len(told)),
        "result": result,
        "verdict_th": replaced(result, {key: th for key, (th, _) in VERDICTS.items()}),
        "verdict_en": replaced(result, {key: en for key, (_, en) in VERDICTS.items()}),
        "reason": _code_texts(told.reason_code, catalogue),
        "account": pc.fill_null(markup(told.account), "-"),
        "period": months(told.period),
        "answer_number": counts(told.answer_number),
        "read": counts(told.read),
        "accepted": counts(told.accepted),
        "refused": counts(told.refused),
        "declared": baht(told.declared_satang),
        "due": baht(told.due_satang),
        **{f"month_{name}": baht(satang) for name, satang in told.month.items()},
        "no_findings": pc.if_else(pa.array(has_none), _NO_FINDINGS, ""),
        "lines_note": pc.if_else(refused, _ONLY_FINDINGS, ""),
    }


def _finding_rows(
    filed: Filed, found: Found, names: pa.Array, shown: pa.Array, catalogue: Catalogue
) -> pa.Array:
    if not len(found):
        return pa.array([], pa.utf8())
    line = pa.array(found.line, mask=found.line < 0)
    whole = pa.array(found.record == 0)
    fields = replaced(markup(found.field), FIELD_NAMES)
    return _joined(
        [
            '<tr class="',
            found.effect,
            '"><td class="n">',
            pc.if_else(whole, _WHOLE_FILE, counts(found.record)),
            "</td><td>",
            _taken(markup(filed.branch), line),
            '</td><td class="number">',
            _taken(markup(filed.national_id), line),
            "</td><td>",
            _taken(names, line),
            "</td><td>",
            fields,
            '</td><td class="wrap">',
            markup(shown),
            "</td><td>",
            replaced(found.effect, EFFECT_TEXTS),
            "</td><td>",
            _code_texts(found.code, catalogue),
            "</td></tr>\n",
        ],
        len(found),
    )


def _line_rows(filed: Filed, names: pa.Array) -> pa.Array:
    if not len(filed):
        return pa.array([], pa.utf8())
    return _joined(
        [
            '<tr class="',
            filed.outcome,
            '"><td class="n">',
            counts(filed.record),
            "</td><td>",
            markup(filed.branch),
            '</td><td class="number">',
            markup(filed.national_id),
            "</td><td>",
            names,
            '</td><td class="n money">',
            baht(filed.wages_satang),
            '</td><td class="n money">',
            baht(filed.contribution_satang),
            "</td><td>",
            replaced(filed.outcome, OUTCOME_TEXTS),
            "</td></tr>\n",
        ],
        len(filed),
    )


def _names(filed: Filed) -> pa.Array:
    """Name of each line's person; of a header that it is one."""
    person = pc.binary_join_element_wise(
        markup(filed.given_name), markup(filed.family_name), _SPACE
    )
    heading = 'ยอดรวมของสาขา <span class="en" lang="en">branch totals</span>'
    return pc.if_else(pa.array(filed.is_header), heading, person)


def _code_texts(codes: pa.Array, catalogue: Catalogue) -> pa.Array:
    """Thai and English text of each code and the code itself; empty for null."""
    texts = {}
    for code in codes.unique().drop_null().to_pylist():
        texts[code] = str(
            Markup('{} <span class="en" lang="en">{} <code>{}</code></span>').format(
                catalogue.told(code, "th"), catalogue.told(code, "en"), code
            )
        )
    return replaced(codes, texts)


def _taken(texts: pa.Array, places: pa.Array) -> pa.Array:
    return pc.fill_null(texts.take(places), "")


def _joined(columns: list[pa.Array | pa.Scalar | str], count: int) -> pa.Array:
    """The columns' texts one after the other, a row a file, line or finding."""
    joined = pc.binary_join_element_wise(*columns, "")
    return pa.repeat(joined, count) if isinstance(joined, pa.Scalar) else joined
