"""What the deadlines add to a business date's tasks, at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from exchange.status.advice import Level, Said, Task
from exchange.status.wording import moment_in_english, moment_in_thai
from exchange.watch.expectation import Expectation, Judged, Punctuality
from interfaces.model import Kind


def with_deadlines(tasks: Iterable[Task], lines: Sequence[Judged]) -> Iterator[Task]:
    """The tasks, saying which of them are late, and one more for each late file without a task."""
    late = [line.expectation for line in lines if line.punctuality is Punctuality.LATE]
    told: set[str] = set()
    for task in tasks:
        about = [e for e in late if _is_about(task.subject, e)]
        told.update(e.subject for e in about)
        yield replace(task, what=_late(task.what, about[0])) if about else task
    for expectation in late:
        if expectation.subject not in told:
            yield _task(expectation)


def _is_about(subject: str, expectation: Expectation) -> bool:
    """Whether a task of that subject speaks of what is expected."""
    if expectation.kind is Kind.RECEIPT:
        return subject == expectation.delivery_id
    if subject in (expectation.subject, expectation.delivery_id):
        return True
    # The name is a pattern while nothing good is there: a file that waits or was refused fits it.
    return fnmatchcase(subject, expectation.name)


def _late(what: Said, expectation: Expectation) -> Said:
    due = expectation.due_at
    return Said(
        f"{what.en}; LATE, it was due {moment_in_english(due)}",
        f"{what.th} ล่าช้า กำหนดไว้ {moment_in_thai(due)}",
    )


def _task(expectation: Expectation) -> Task:
    partner, day = expectation.partner, expectation.business_date
    fetch = f"`prakan reconcile {partner} --date {day}`"
    look = f"`prakan show {expectation.delivery_id}`"
    redeliver = f"`prakan redeliver {expectation.delivery_id} --reason …`"
    match expectation.kind:
        case Kind.RECEIPT:
            what = Said("has no receipt of the partner", "ยังไม่มีใบรับจากปลายทาง")
            todo = Said(
                f"{fetch} takes in what waits; else ask {partner} whether it has "
                f"{expectation.name}: if not, {redeliver}",
                f"สั่ง {fetch} เพื่อรับแฟ้มที่รอ หากไม่มีให้ถาม {partner} ว่าได้รับ "
                f"{expectation.name} หรือไม่ ถ้าไม่ได้รับสั่ง {redeliver}",
            )
        case Kind.ACKNOWLEDGEMENT:
            what = Said("has no answer of ours", "ยังไม่ได้ตอบรับ")
            todo = Said(f"{fetch} answers it", f"สั่ง {fetch} เพื่อตอบรับ")
        case Kind.RETURN:
            what = Said("has not come", "ยังมาไม่ถึง")
            todo = Said(f"ask {partner} for it, then {fetch}", f"ขอแฟ้มจาก {partner} แล้วสั่ง {fetch}")
        case _:
            what = Said("is not there", "ยังไม่มี")
            todo = Said(
                f"{look} tells what became of it" if expectation.delivery_id else "ask its sender",
                f"ดู {look}" if expectation.delivery_id else "สอบถามผู้ส่ง",
            )
    subject = (
        expectation.delivery_id if expectation.kind is Kind.RECEIPT else expectation.name
    ) or expectation.subject
    return Task(Level.TROUBLE, subject, _late(what, expectation), todo)
