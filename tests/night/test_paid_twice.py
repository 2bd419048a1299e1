"""A month that we posted and the mainframe's history tells by now is paid a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
import sqlalchemy as sa

from ledger import schema
from simulation.partner.feed import Listed
from simulation.partner.payments import Payment, WalkIn, take_payments
from tests.night.stage import Stage


def _but_one(
    listed: Sequence[Listed], walk_ins: Sequence[WalkIn], day: date, seed: int
) -> list[Payment]:
    """The payments without the first right one."""
    payments = take_payments(list(listed), walk_ins, day, seed)
    left_out = next(p for p in payments if p.intent == "right")
    return [p for p in payments if p is not left_out]


def _later(
    listed: Sequence[Listed], walk_ins: Sequence[WalkIn], day: date, seed: int
) -> list[Payment]:
    """All the payments once more, a minute before midnight."""
    return [replace(p, time="235900") for p in take_payments(list(listed), walk_ins, day, seed)]


def _claimed(_files: object, _payers: object, claims: pa.Table, _periods: object) -> pa.Table:
    """A history that has every month of the return."""
    months = ["national_id", "section_code", "period"]
    return claims.select(months).drop_null().group_by(months).aggregate([])


def test_our_own_posting_told_by_the_history_is_a_double_payment_not_paid_elsewhere(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulation.partner.evening.take_payments", _but_one)
    stage.night()
    stage.evening(sequence=1)
    assert [step.error for step in stage.night().steps if step.error] == []
    monkeypatch.setattr("simulation.partner.evening.take_payments", _later)
    monkeypatch.setattr("exchange.returns.matching_inputs.months_paid", _claimed)
    stage.evening(sequence=2)
    assert [step.error for step in stage.night().steps if step.error] == []
    posting, broken, file = schema.posting, schema.payment_break, schema.file
    with stage.ledger() as ledger, ledger.connect() as connection:
        second = connection.scalar(
            sa.select(file.c.file_id).where(file.c.name.contains("_000002.TXT"))
        )
        ours = sa.select(posting.c.national_id, posting.c.section_code, posting.c.period).where(
            posting.c.file_id != second, posting.c.credit_account.startswith("contributions:")
        )
        month = sa.tuple_(broken.c.national_id, broken.c.section_code, broken.c.period)
        again = sa.select(broken.c.code).where(broken.c.file_id == second, month.in_(ours))
        codes = set(connection.scalars(again))
        elsewhere = connection.scalars(
            sa.select(broken.c.code).where(broken.c.file_id == second, ~month.in_(ours))
        ).all()
        posted = connection.scalar(
            sa.select(sa.func.count()).where(
                posting.c.file_id == second, posting.c.credit_account.startswith("contributions:")
            )
        )
    assert codes == {"DOUBLE_PAYMENT"}
    assert "PAID_ELSEWHERE" in elsewhere, "what the history alone has"
    assert posted == 0
