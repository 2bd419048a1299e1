"""What an operator is told to do about a delivery, state by state."""

from __future__ import annotations

from exchange.status.advice import Level, Said, Task
from exchange.status.lines import DeliveryLine
from ledger.delivery import DeliveryState

_S = DeliveryState
#: What is the matter, in every state in which something is.
_WHAT = {
    _S.PLANNED: Said("is planned, not built", "วางแผนแล้ว ยังไม่ได้สร้าง"),
    _S.BUILT: Said("is built, not sealed", "สร้างแล้ว ยังไม่ได้ผนึก"),
    _S.SEALED: Said("is sealed, not sent", "ผนึกแล้ว ยังไม่ได้ส่ง"),
    _S.SENDING: Said("is being sent, or broke off", "กำลังส่ง หรือหยุดกลางคัน"),
    _S.UNKNOWN: Said("broke off while sending", "หยุดกลางคันขณะส่ง"),
    _S.FAILED: Said("was not delivered", "ส่งไม่สำเร็จ"),
    _S.REFUSED: Said("was refused", "ถูกปฏิเสธ"),
}
#: States in which nothing is to be done; a receipt that is late is told by its deadline.
QUIET = frozenset({_S.DELIVERED, _S.ACKNOWLEDGED, _S.SUPERSEDED})


def delivery_task(line: DeliveryLine, again: str) -> Task | None:
    """The task of a delivery; None where nothing is to be done, as for one that is replaced.

    ``again`` is the command of the night that goes on with it.
    """
    state = DeliveryState(line.state)
    if line.contradicted:
        return _contradicted(line)
    if state in QUIET or line.superseded_by is not None:
        return None
    what = _WHAT[state]
    if state is _S.REFUSED and line.refused_by_receipt:
        what = Said("was refused by the partner, who has it", "หน่วยงานปลายทางได้รับแล้วแต่ปฏิเสธ")
    elif line.last_error is not None:
        # Told in English by the outside world; the Thai line stays readable.
        what = Said(f"{what.en}: {line.last_error}", what.th)
    return Task(Level.TROUBLE, line.delivery_id, what, _todo(line, state, again))


def _todo(line: DeliveryLine, state: DeliveryState, again: str) -> Said:
    retry = f"`prakan retry {line.delivery_id} --reason …`"
    redeliver = f"`prakan redeliver {line.delivery_id} --reason …`"
    match state:
        case _S.PLANNED | _S.BUILT | _S.SEALED:
            return Said(
                f"{again}: it goes on where it stopped, under the same number",
                f"สั่ง {again} ระบบทำต่อจากที่ค้างด้วยลำดับเดิม",
            )
        case _S.REFUSED if line.refused_by_receipt:
            return _refused_by_receipt(line, retry)
        case _S.REFUSED:
            return Said(
                f"settle it with the partner, then {again} or {retry}; nothing is sent twice",
                f"ตกลงกับหน่วยงานปลายทางก่อน แล้วสั่ง {again} หรือ {retry} ไม่มีการส่งซ้ำ",
            )
        case _S.UNKNOWN:
            return Said(
                f"{again} or {retry}: it looks at the partner's folder first and sends nothing "
                "twice; if it stays unknown, ask the partner, then "
                f"`prakan retry {line.delivery_id} --arrived --reason …` if all its files are "
                f"there, {redeliver} if not",
                f"สั่ง {again} หรือ {retry} ระบบตรวจที่ปลายทางก่อนและไม่ส่งซ้ำ หากยังไม่ทราบผล "
                f"ให้สอบถามปลายทาง ถ้าได้รับครบทุกแฟ้มแล้วสั่ง "
                f"`prakan retry {line.delivery_id} --arrived --reason …` "
                f"ถ้ายังไม่ได้รับหรือไม่ครบสั่ง {redeliver}",
            )
        case _:
            return Said(
                f"{again} or {retry}: it looks at the partner's folder first and sends nothing "
                "twice",
                f"สั่ง {again} หรือ {retry} ระบบตรวจที่ปลายทางก่อนและไม่ส่งซ้ำ",
            )


def _contradicted(line: DeliveryLine) -> Task:
    # One that counts as refused is sent by retry; redeliver is for what counts as there.
    verb = "retry" if line.state == _S.REFUSED else "redeliver"
    again = f"`prakan {verb} {line.delivery_id} --reason …`"
    return Task(
        Level.TROUBLE,
        line.delivery_id,
        Said(
            "a later receipt says otherwise than the one that counts",
            "แฟ้มตอบรับภายหลังขัดกับที่ใช้อยู่",
        ),
        Said(
            f"settle with {line.partner} whether it has the file; if so, it says so in its next "
            f"receipt file; if not, {again}",
            f"ตกลงกับ {line.partner} ว่าได้รับแฟ้มหรือไม่ หากได้รับให้ยืนยันในแฟ้มตอบรับถัดไป หากไม่ได้รับสั่ง {again}",
        ),
    )


def _refused_by_receipt(line: DeliveryLine, retry: str) -> Said:
    look = f"`prakan show {line.delivery_id}`"
    if line.answers is not None:
        return Said(
            f"{look} for its reason; damaged on its way: {retry}; otherwise settle it with "
            "the partner",
            f"{look} เพื่อดูเหตุผล หากเสียหายระหว่างทางสั่ง {retry} มิฉะนั้นตกลงกับปลายทาง",
        )
    if line.lasting:
        return Said(
            f"{look} for its reason; settle it with the partner, then {retry}; later ones wait",
            f"{look} เพื่อดูเหตุผล ตกลงกับปลายทางแล้วสั่ง {retry} แฟ้มถัดไปต้องรอ",
        )
    regenerate = f"`prakan regenerate {line.delivery_id} --reason …`"
    return Said(
        f"{look} for its reason; damaged on its way: {retry}; wrong content: {regenerate}",
        f"{look} เพื่อดูเหตุผล หากเสียหายระหว่างทางสั่ง {retry} หากเนื้อหาผิดสั่ง {regenerate}",
    )
