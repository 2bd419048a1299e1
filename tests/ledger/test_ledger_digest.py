"""The digest: blind to how often and when, sharp on what, and the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from interfaces.policies import SealKind
from ledger import deliveries, files, schema
from ledger.accounts import REFUNDS_PAYABLE
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    record_acknowledgement,
)
from ledger.acts import OperatorAct, record_act
from ledger.audit import record_movement
from ledger.books import close_books
from ledger.breaks import record_break_event
from ledger.database import open_ledger, writing
from ledger.delivery import DeliveryContent, DeliveryState, Sealed
from ledger.digest import content_digest
from ledger.envelopes import Envelope, record_envelope
from ledger.file_breaks import (
    FileBreak,
    FileBreakCode,
    record_file_break,
    record_file_break_event,
)
from ledger.files import FileResult
from ledger.landing import Direction, FileRecord, FileState, record_landed
from ledger.legs import insert_legs
from ledger.matching import match_payments
from ledger.notices import Notice, NoticeLevel, claim_notice
from ledger.postings import load_outcomes
from ledger.receipts import Receipt, record_receipt
from ledger.refunds import Refund, insert_refund
from ledger.reversals import PostingKey, reverse
from ledger.settlements import LINES_SCHEMA, SettlementTotals, load_settlement
from tests.ledger.made_outcomes import MONTHLY, resolution
from tests.ledger.outgoing import a_seal
from tests.ledger.payments import (
    DAY,
    FEED_DAY,
    NOBODY,
    NOW,
    PARTNER,
    RETURN_FILE,
    SOMCHAI,
    feeds,
    land,
    paid,
    payments,
    register,
    sent,
    totals_of,
)
from tests.ledger.tampering import tampering

ARRIVE = (DeliveryState.SENDING, DeliveryState.DELIVERED)
STUMBLE = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.FAILED, *ARRIVE)


SEALED = replace(a_seal(), name="S39_ก.TXT.pgp")
# Sealing the same again gives other bytes, and so another manifest and signature.
SEALED_AGAIN = replace(
    SEALED, sha256="3" * 64, size_bytes=901, manifest_sha256="2" * 64, signature_sha256="1" * 64
)


def a_night(
    engine: Engine,
    *,
    steps: tuple[DeliveryState, ...] = ARRIVE,
    at: datetime = NOW,
    home: str = "/home/a",
    payer: str = SOMCHAI,
    sealed: Sealed = SEALED,
) -> None:
    """A feed delivered and a return posted."""
    delivery_id = deliveries.plan_delivery(
        engine,
        partner=PARTNER,
        interface="counter_feed_s39",
        version=1,
        business_date=FEED_DAY,
        recorded_at=at,
    ).delivery_id
    content = DeliveryContent("S39_ก.TXT", "f" * 64, 560, f"{home}/rows.parquet")
    deliveries.record_content(engine, delivery_id, content, recorded_at=at)
    deliveries.record_seal(engine, delivery_id, sealed, recorded_at=at)
    for state in steps:
        deliveries.record_event(engine, delivery_id, state, recorded_at=at)
    land(engine)
    part = f"{home}/part.parquet"
    result = FileResult(RETURN_FILE, FileState.ACCEPTED, 2, 2, 0, {"TOTAL": "1.00"}, part)
    files.record_results(engine, [result], recorded_at=at)
    outcomes = match_payments(
        payments({"national_id": payer}, {"national_id": NOBODY}),
        feeds({}),
        sent({}),
        paid(),
        register((SOMCHAI, "39")),
    )
    load_outcomes(
        engine, RETURN_FILE, outcomes, partner=PARTNER, totals=totals_of(outcomes), recorded_at=at
    )


def test_moments_attempts_places_and_acts_do_not_count(ledger: Engine, tmp_path: Path) -> None:
    """Also: a night on the one database has the digest of that night on the other."""
    a_night(ledger)
    plain = open_ledger(f"sqlite:///{tmp_path / 'plain.db'}")
    later = NOW + timedelta(days=2)
    a_night(plain, steps=STUMBLE, at=later, home="s3://elsewhere", sealed=SEALED_AGAIN)
    record_act(plain, OperatorAct("retry", "x", "malee", "after the outage", NOW))
    record_movement(plain, "uploaded", "x", {"attempt": 2}, recorded_at=NOW)
    claim_notice(plain, Notice(DAY, "x", NoticeLevel.ALARM, "late", "ล่าช้า"), recorded_at=NOW)
    assert content_digest(ledger) == content_digest(plain)
    plain.dispose()


def test_an_empty_ledger_has_the_same_digest_everywhere(ledger: Engine) -> None:
    assert content_digest(ledger) == content_digest(ledger)
    assert len(content_digest(ledger)) == 64


def _land_another(engine: Engine) -> None:
    file = FileRecord("d" * 64, None, None, Direction.INBOUND, None, DAY, "NEW", 1)
    record_landed(engine, [file], recorded_at=NOW)


def _land_a_copy(engine: Engine) -> None:
    copy = FileRecord(RETURN_FILE, "counter_return", 1, Direction.INBOUND, PARTNER, DAY, "COPY", 1)
    record_landed(engine, [copy], recorded_at=NOW)


def _acknowledge(engine: Engine) -> None:
    deliveries.record_event(
        engine,
        f"{PARTNER}.counter_feed_s39.000001",
        DeliveryState.ACKNOWLEDGED,
        recorded_at=NOW,
    )


def _plan_the_next(engine: Engine) -> None:
    deliveries.plan_delivery(
        engine,
        partner=PARTNER,
        interface="counter_feed_s39",
        version=1,
        business_date=DAY,
        recorded_at=NOW,
    )


def _reverse(engine: Engine) -> None:
    reverse(
        engine,
        PostingKey(RETURN_FILE, 2),
        who="malee",
        reason="wrong person",
        effective_date=DAY,
        recorded_at=NOW,
    )


def _resolve(engine: Engine) -> None:
    record_break_event(engine, RETURN_FILE, 3, "resolved", recorded_at=NOW)


def _answer(engine: Engine) -> None:
    answer = Acknowledgement(
        RETURN_FILE, f"{PARTNER}.counter_feed_s39.000001", AcknowledgementResult.ACCEPTED
    )
    record_acknowledgement(engine, answer, recorded_at=NOW)


def _receive_a_receipt(engine: Engine) -> None:
    receipt = Receipt(
        RETURN_FILE, 2, f"{PARTNER}.counter_feed_s39.000001", AcknowledgementResult.ACCEPTED
    )
    record_receipt(engine, receipt, recorded_at=NOW)


def _know_the_envelope(engine: Engine) -> None:
    envelope = Envelope(RETURN_FILE, "9" * 64, "CSPAY.pgp", SealKind.OPENPGP)
    record_envelope(engine, envelope, recorded_at=NOW)


def _propose(engine: Engine) -> None:
    record_break_event(engine, RETURN_FILE, 3, "proposed", recorded_at=NOW)


def _find_a_file_break(engine: Engine) -> None:
    found = FileBreak("total.x", FileBreakCode.TOTAL_DIFFERS, PARTNER, DAY, RETURN_FILE, 0, {})
    record_file_break(engine, found, recorded_at=NOW)


def _close(engine: Engine) -> None:
    close_books(engine, DAY, recorded_at=NOW)


def _settle(engine: Engine) -> None:
    land(engine, ["7" * 64])
    lines = pa.Table.from_pylist([], schema=LINES_SCHEMA)
    totals = SettlementTotals(0, 0, 0, 0)
    load_settlement(engine, "7" * 64, lines, partner="a_bank", totals=totals, recorded_at=NOW)


def _forget_a_month(engine: Engine) -> None:
    with tampering(engine, "month_paid") as connection:
        connection.execute(sa.delete(schema.month_paid))


def _refund(engine: Engine) -> None:
    with writing(engine, "posting") as connection:
        leg = resolution(3, REFUNDS_PAYABLE, DAY)
        insert_legs(connection, [leg], recorded_at=NOW)
        refund = Refund(RETURN_FILE, 3, 2, None, MONTHLY, "004", "0001", "1", "ก")
        insert_refund(connection, refund, recorded_at=NOW)


@pytest.mark.parametrize(
    "change",
    [
        _propose,
        _find_a_file_break,
        _close,
        _settle,
        _forget_a_month,
        _refund,
        _reverse,
        _resolve,
        _answer,
        _land_another,
        _land_a_copy,
        _acknowledge,
        _plan_the_next,
        _receive_a_receipt,
        _know_the_envelope,
    ],
)
def test_any_change_of_content_changes_it(ledger: Engine, change: Callable[[Engine], None]) -> None:
    a_night(ledger)
    before = content_digest(ledger)
    change(ledger)
    assert content_digest(ledger) != before


def _change_row(engine: Engine, table: str, change: str) -> None:
    with tampering(engine, table) as connection:
        connection.execute(sa.text(f"UPDATE {table} SET {change}"))


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("posting", "book_date = '2026-11-21'"),
        ("posting", "pass_name = 'midnight.1'"),
        ("posting_batch", "book_date = '2026-11-21'"),
        ("posting_batch", "kind = 'settlement'"),
        ("payment_break", "suggestion = '{}'"),
        ("payment_break", "ended_date = '2026-11-01'"),
        ("file_break", "amount_satang = 7"),
        ("file_break_event", "state = 'reopened'"),
        ("settlement", "fee_satang = fee_satang + 1"),
        ("refund", "account_number = '2'"),
        ("month_paid", "paid_satang = paid_satang + 1"),
        ("day_close", "balances = '{}'"),
    ],
)
def test_every_column_of_the_books_counts(ledger: Engine, table: str, change: str) -> None:
    a_night(ledger)
    _find_a_file_break(ledger)
    record_file_break_event(ledger, "total.x", "resolved", recorded_at=NOW)
    land(ledger, ["7" * 64])
    line = dict(zip(LINES_SCHEMA.names, (2, PARTNER, DAY, DAY, 1, 9, 0, "CR1"), strict=True))
    lines = pa.Table.from_pylist([line], schema=LINES_SCHEMA)
    totals = SettlementTotals(1, 9, 0, 9)
    load_settlement(ledger, "7" * 64, lines, partner="a_bank", totals=totals, recorded_at=NOW)
    _refund(ledger)
    _resolve(ledger)
    _close(ledger)
    before = content_digest(ledger)
    _change_row(ledger, table, change)
    assert content_digest(ledger) != before


def test_a_receipt_changes_it_beside_the_state_that_follows(ledger: Engine) -> None:
    a_night(ledger)
    _acknowledge(ledger)
    before = content_digest(ledger)
    _receive_a_receipt(ledger)
    assert content_digest(ledger) != before


def test_another_seal_changes_it(ledger: Engine, tmp_path: Path) -> None:
    a_night(ledger)
    other = open_ledger(f"sqlite:///{tmp_path / 'other.db'}")
    a_night(other, sealed=replace(SEALED, recipients=("B2" * 20,)))
    assert content_digest(ledger) != content_digest(other)
    other.dispose()


def test_another_outcome_changes_it(ledger: Engine, tmp_path: Path) -> None:
    a_night(ledger)
    other = open_ledger(f"sqlite:///{tmp_path / 'other.db'}")
    a_night(other, payer=NOBODY)
    assert content_digest(ledger) != content_digest(other)
    other.dispose()
