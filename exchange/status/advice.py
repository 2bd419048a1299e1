"""What an operator is told to do: one task for each thing that is not as it should be.

English and Thai, one line each: what is the matter, and what is safe to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from interfaces.model import Kind


class Level(StrEnum):
    """How a business date stands; the worst of its tasks."""

    IN_ORDER = "in_order"
    FOLLOW_UP = "follow_up"  # the night is complete; somebody has records to correct
    TROUBLE = "trouble"  # the night is not complete, or a sum does not agree

    @property
    def rank(self) -> int:
        """0 best … 2 worst."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Said:
    """One line in English and in Thai."""

    en: str
    th: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something to act on: ``subject`` is the file, delivery or code it is about."""

    level: Level
    subject: str
    what: Said
    todo: Said


def extract_missing(name: str, on: date, *, waiting: bool, inbox: str) -> Task:
    """An extract of the business date was not accepted because it is not here."""
    if waiting:
        return Task(
            Level.TROUBLE,
            name,
            Said(f"waits in {inbox} and was not received", f"รออยู่ใน {inbox} ยังไม่ได้รับเข้า"),
            _run_again(on),
        )
    return Task(
        Level.TROUBLE,
        name,
        Said("has not arrived", "ยังมาไม่ถึง"),
        Said(
            f"ask mainframe operations to send it to {inbox}, then `prakan run --date {on}`",
            f"แจ้งฝ่ายปฏิบัติการเมนเฟรมให้ส่งมาที่ {inbox} แล้วสั่ง `prakan run --date {on}`",
        ),
    )


def name_unknown(name: str, inbox: str) -> Task:
    """A file lies in an inbox under a name that no interface in force has."""
    return Task(
        Level.FOLLOW_UP,
        name,
        Said(
            f"lies in {inbox} under a name that no interface knows",
            f"อยู่ใน {inbox} แต่ชื่อไม่ตรงกับข้อกำหนดใด",
        ),
        Said(
            "correct its name or take it away; it was not read",
            "แก้ชื่อแฟ้มหรือนำออก ระบบยังไม่ได้อ่าน",
        ),
    )


def file_refused(
    name: str, file_id: str, kind: Kind | None, why: Said, *, replaced: bool, partner: str | None
) -> Task:
    """A file is quarantined; ``replaced`` when another file of the day stands in for it."""
    look = f"`prakan show {file_id[:12]}`"
    if kind is Kind.RETURN:
        todo = Said(
            f"{look}; {partner} is answered with the reason; ask for a new file under the next "
            "sequence number",
            f"{look} ระบบแจ้งเหตุแก่ {partner} แล้ว ขอแฟ้มใหม่ด้วยลำดับถัดไป",
        )
    elif kind is Kind.RECEIPT:
        todo = Said(
            f"{look}; no receipt in it counts; ask {partner} for a corrected file under the next "
            "sequence number",
            f"{look} ไม่นับการตอบรับในแฟ้มนี้ ขอแฟ้มที่แก้ไขแล้วจาก {partner} ด้วยลำดับถัดไป",
        )
    elif kind is Kind.SETTLEMENT:
        todo = Said(
            f"{look}; no credit in it counts; ask {partner} for a corrected advice under the next "
            "sequence number",
            f"{look} ไม่นับรายการเงินเข้าในแฟ้มนี้ ขอใบแจ้งยอดที่แก้ไขแล้วจาก {partner} ด้วยลำดับถัดไป",
        )
    elif kind in (Kind.EXTRACT, Kind.REGISTER, Kind.NOTICE):
        todo = Said(
            f"{look}; have it made again under the next sequence number, or mend the declaration "
            "and `prakan replay`",
            f"{look} ให้สร้างแฟ้มใหม่ด้วยลำดับถัดไป หรือแก้ข้อกำหนดแล้วสั่ง `prakan replay`",
        )
    else:
        todo = Said(
            f"{look}; settle with its sender which name and content are right",
            f"{look} และสอบถามผู้ส่งว่าชื่อและเนื้อหาใดถูกต้อง",
        )
    level = Level.FOLLOW_UP if replaced else Level.TROUBLE
    return Task(level, name, why, todo)


def left_at_partner(name: str, partner: str) -> Task:
    """A file in a partner's returns folder that nobody can take: no interface knows its name."""
    return Task(
        Level.FOLLOW_UP,
        name,
        Said(
            f"lies in the returns folder of {partner} under a name that no interface knows",
            f"อยู่ในโฟลเดอร์ returns ของ {partner} แต่ชื่อไม่ตรงกับข้อกำหนดใด",
        ),
        Said(
            "ask the partner for the right name; it was not taken and cannot be answered",
            "ขอชื่อแฟ้มที่ถูกต้องจากหน่วยงาน ระบบไม่ได้รับแฟ้มนี้และตอบไม่ได้",
        ),
    )


def file_unfinished(name: str, on: date) -> Task:
    """A file landed, or was posted, and the step after it did not happen."""
    return Task(
        Level.TROUBLE,
        name,
        Said("is not finished: a run broke off", "ยังไม่เสร็จ งานหยุดกลางคัน"),
        _run_again(on),
    )


def filings_wait(count: int, inbox: str) -> Task:
    """Employers' files that nobody may judge before the masters are in."""
    return Task(
        Level.FOLLOW_UP,
        inbox,
        Said(
            f"{count:,} files wait until the extracts are accepted",
            f"{count:,} แฟ้มรอให้รับแฟ้มเมนเฟรมครบก่อน",
        ),
        Said(
            "nothing to do for them; the run after the extracts takes them",
            "ไม่ต้องดำเนินการ ระบบจะรับเมื่อแฟ้มเมนเฟรมครบ",
        ),
    )


def filing_stuck(name: str, inbox: str, why: Said, on: date, *, may_be_allowed: bool) -> Task:
    """A file of an employer that no run can read; all others were received."""
    again = f"`prakan run --date {on}`"
    if may_be_allowed:
        todo = Said(
            f"let the exchange's user read it (owner and mode of the file), then {again}; "
            "else have the employer send it again",
            f"ให้สิทธิ์อ่านแฟ้มแก่ผู้ใช้ของระบบ แล้วสั่ง {again} หรือให้นายจ้างส่งใหม่",
        )
    else:
        todo = Said(
            f"take it out of the inbox, have the employer send the file itself again, then {again}",
            f"นำออกจากโฟลเดอร์ ให้นายจ้างส่งแฟ้มใหม่ แล้วสั่ง {again}",
        )
    return Task(
        Level.FOLLOW_UP,
        name,
        Said(
            f"lies in {inbox} and {why.en}; it was not received",
            f"อยู่ใน {inbox} แต่{why.th} ยังไม่ได้รับเข้า",
        ),
        todo,
    )


def more_stuck(count: int, inbox: str) -> Task:
    """Further files of employers that no run can read."""
    return Task(
        Level.FOLLOW_UP,
        inbox,
        Said(
            f"{count:,} further files in it cannot be read",
            f"มีอีก {count:,} แฟ้มที่อ่านไม่ได้",
        ),
        Said(
            "they are of the same kind as those named; mend owner and mode of the whole folder",
            "เหตุเดียวกับแฟ้มที่ระบุ ให้แก้สิทธิ์ของทั้งโฟลเดอร์",
        ),
    )


def sheets_copied(names: Sequence[str], on: date) -> Task:
    """Workbooks that came for an employer and month with the bytes of another one's."""
    more = f"{len(names) - 1:,}"
    folder = f"outbox/employers/{on}"
    return Task(
        Level.FOLLOW_UP,
        names[0],
        Said(
            f"is a copy of a workbook of another employer or month, as are {more} more; "
            "nothing of them was taken",
            f"เหมือนกับแฟ้มของนายจ้างหรืองวดอื่นทุกประการ และอีก {more} แฟ้ม ยังไม่รับ",
        ),
        Said(
            f"see that the employers get their answers ({folder}): they open the workbook, save it "
            "again and send it under this name",
            f"ให้นายจ้างได้รับแฟ้มแจ้งผลใน {folder} เพื่อเปิดแฟ้ม บันทึกใหม่ แล้วส่งด้วยชื่อเดิม",
        ),
    )


def filings_refused(refused: int, received: int, on: date) -> Task:
    """Employers' files that were refused whole."""
    folder = f"outbox/employers/{on}"
    return Task(
        Level.FOLLOW_UP,
        "filings",
        Said(
            f"{refused:,} of {received:,} filings are refused",
            f"ไม่รับแบบ {refused:,} จาก {received:,} แฟ้ม",
        ),
        Said(
            f"see that each employer gets its answer ({folder}): it says why; they correct the "
            "file and file again",
            f"ให้นายจ้างแต่ละรายได้รับแฟ้มแจ้งผลใน {folder} ซึ่งบอกเหตุ เพื่อแก้ไขและยื่นใหม่",
        ),
    )


def records_rejected(interface: str, rejected: int, read: int) -> Task:
    """Accepted files without some of their records."""
    return Task(
        Level.FOLLOW_UP,
        interface,
        Said(
            f"{rejected:,} of {read:,} records are rejected",
            f"ไม่รับ {rejected:,} จาก {read:,} ระเบียน",
        ),
        Said(
            "have them corrected at their source (list of findings); the rest was taken",
            "ให้ต้นทางแก้ไขตามรายการที่พบ ส่วนที่เหลือรับไว้แล้ว",
        ),
    )


def feed_missing(feed: str, on: date) -> Task:
    """No delivery of a feed was planned for the business date."""
    return Task(
        Level.TROUBLE,
        feed,
        Said("was not made", "ยังไม่ได้สร้าง"),
        Said(
            f"once the extracts are accepted: `prakan publish {feed} --date {on}`",
            f"เมื่อรับแฟ้มเมนเฟรมครบแล้ว สั่ง `prakan publish {feed} --date {on}`",
        ),
    )


def books_open(on: date) -> Task:
    """The books of a day are open though another day has begun."""
    return Task(
        Level.FOLLOW_UP,
        "books",
        Said(f"the books of {on} are open", f"ยังไม่ปิดบัญชีของวันที่ {on}"),
        Said(
            "the next night closes them when every partner was reconciled; what keeps them open "
            f"is told by `prakan books close --date {on}`, which also closes them",
            f"คืนถัดไปจะปิดเมื่อกระทบยอดครบทุกหน่วย หรือสั่ง `prakan books close --date {on}`",
        ),
    )


def book_file_missing(name: str, on: date) -> Task:
    """A file from closed books was not made."""
    return Task(
        Level.TROUBLE,
        name,
        Said("was not made from the closed books", "ยังไม่ได้สร้างจากบัญชีที่ปิดแล้ว"),
        Said(
            f"`prakan books publish --date {on}` makes and brings it",
            f"สั่ง `prakan books publish --date {on}` เพื่อสร้างและส่ง",
        ),
    )


def payments_broken(code: str, count: int, baht: str, text: Said, on: date) -> Task:
    """Payments that could not be posted, by code of their break; ``text`` is the catalogue's."""
    look = f"`prakan breaks list --code {code} --of {on}`"
    return Task(
        Level.FOLLOW_UP,
        code,
        Said(
            f"{count:,} {'payment' if count == 1 else 'payments'} of {baht} baht in suspense",
            f"{count:,} รายการ {baht} บาท รออยู่ในบัญชีพัก",
        ),
        Said(
            f"{look} shows them and how to settle them; the partner is told: “{text.en}”",
            f"ดูรายการและวิธีแก้ไขด้วย {look} แจ้งหน่วยรับชำระแล้วว่า “{text.th}”",
        ),
    )


def sum_differs(subject: str, statement: Said) -> Task:
    """A sum of the night does not agree."""
    return Task(
        Level.TROUBLE,
        subject,
        Said(f"does NOT agree: {statement.en}", f"ยอดไม่ตรง: {statement.th}"),
        Said(
            "stop: send and post nothing more of this date; find the difference first",
            "หยุด ห้ามส่งหรือบันทึกรายการของวันนี้เพิ่ม จนกว่าจะพบสาเหตุของผลต่าง",
        ),
    )


def _run_again(on: date) -> Said:
    return Said(
        f"`prakan run --date {on}` goes on where it stopped",
        f"สั่ง `prakan run --date {on}` เพื่อทำต่อจากที่ค้าง",
    )
