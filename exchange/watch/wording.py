"""What a notice says, in English and in Thai: one line each, no names of persons, no IDs."""

from __future__ import annotations

from exchange.status.advice import Said
from exchange.status.wording import moment_in_english, moment_in_thai
from exchange.watch.expectation import Expectation
from interfaces.model import Kind

_QUARANTINED = "quarantined"


def warning_of(expectation: Expectation) -> Said:
    """Said before the deadline: somebody should look."""
    what, due = lacking(expectation), expectation.due_at
    return Said(
        f"{what.en}; it is due {moment_in_english(due)}", f"{what.th} กำหนด {moment_in_thai(due)}"
    )


def alarm_of(expectation: Expectation) -> Said:
    """Said after the deadline: it is late."""
    what, due = lacking(expectation), expectation.due_at
    return Said(
        f"LATE: {what.en}; it was due {moment_in_english(due)}",
        f"ล่าช้า: {what.th} กำหนดไว้ {moment_in_thai(due)}",
    )


def cleared_of(expectation: Expectation) -> Said:
    """Said when what was late is there, or is needed no more."""
    subject = named(expectation)
    if expectation.met_at is None:
        return Said(
            f"{subject.en} is needed no more: {expectation.settled_by} took its place",
            f"ไม่ต้องใช้ {subject.th} แล้ว เพราะมี {expectation.settled_by} แทน",
        )
    return Said(
        f"{subject.en} is in order since {moment_in_english(expectation.met_at)}",
        f"{subject.th} เรียบร้อยแล้วตั้งแต่ {moment_in_thai(expectation.met_at)}",
    )


def named(expectation: Expectation) -> Said:
    """What is expected: ``extract REGMAST.D20261130.S??????``."""
    name, partner = expectation.name, expectation.partner
    match expectation.kind:
        case Kind.EXTRACT:
            return Said(f"extract {name}", f"แฟ้มเมนเฟรม {name}")
        case Kind.FILING:
            return Said(f"filing {name}", f"แบบของนายจ้าง {name}")
        case Kind.RETURN:
            return Said(f"return {name} of {partner}", f"แฟ้มรับชำระ {name} จาก {partner}")
        case Kind.FEED:
            return Said(f"feed {name} to {partner}", f"แฟ้มส่ง {name} ถึง {partner}")
        case Kind.ACKNOWLEDGEMENT:
            return Said(f"our answer to {name} of {partner}", f"แฟ้มตอบรับ {name} ถึง {partner}")
        case Kind.RECEIPT:
            return Said(f"the receipt of {partner} for {name}", f"ใบรับ {name} จาก {partner}")
        case Kind.SETTLEMENT:
            return Said(
                f"settlement advice {name} of {partner}", f"แฟ้มแจ้งยอดเข้าบัญชี {name} จาก {partner}"
            )
        case Kind.ANSWER:
            return Said(f"our answer {name} to an employer", f"แฟ้มแจ้งผล {name} ถึงนายจ้าง")
        case Kind.REGISTER:
            return Said(f"register {name}", f"แฟ้มทะเบียน {name}")
        case Kind.NOTICE:
            return Said(f"notice list {name}", f"บัญชีรายชื่อนายจ้างที่ต้องแจ้ง {name}")
        case Kind.STATEMENT:
            return Said(f"statement {name} to {partner}", f"รายงานกระทบยอด {name} ถึง {partner}")
        case Kind.POSTING:
            return Said(f"posting file {name} to {partner}", f"แฟ้มรายการบัญชี {name} ถึง {partner}")
        case Kind.CREDIT:
            return Said(f"credit file {name} to {partner}", f"แฟ้มสั่งโอนเงินคืน {name} ถึง {partner}")


def lacking(expectation: Expectation) -> Said:
    """What is expected and why it is not there."""
    subject, hindrance = named(expectation), expectation.hindrance
    if hindrance == _QUARANTINED:
        return Said(f"{subject.en} came and is quarantined", f"{subject.th} มาแล้วแต่ถูกกักไว้")
    if expectation.kind is Kind.RECEIPT or hindrance is None:
        return Said(f"{subject.en} is not there", f"{subject.th} ยังไม่มี")
    return Said(
        f"{subject.en} is not there (the delivery is {hindrance})",
        f"{subject.th} ยังไม่ถึง (สถานะ {hindrance})",
    )
