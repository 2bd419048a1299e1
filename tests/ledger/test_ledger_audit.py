"""The chain: whole whoever writes, in the transaction of what it tells, and it shows tampering."""

from __future__ import annotations

import hashlib
import itertools
import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing import get_context

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from ledger import deliveries, files, schema
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    record_acknowledgement,
)
from ledger.acts import OperatorAct, record_act
from ledger.audit import (
    START,
    AuditEntry,
    ChainReport,
    append_entries,
    entries_of,
    head,
    recent_entries,
    record_movement,
    record_movements,
    verify_chain,
)
from ledger.breaks import record_break_event
from ledger.database import open_ledger, reading, writing
from ledger.errors import LedgerError
from ledger.files import FileResult
from ledger.landing import Direction, FileRecord, FileState, record_landed
from ledger.matching import match_payments
from ledger.postings import load_outcomes
from tests.ledger.outgoing import ARRIVE, a_seal, move, ready
from tests.ledger.payments import (
    DAY,
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


def tell(engine: Engine, *subjects: str) -> None:
    """One entry in a transaction of its own for each subject."""
    for subject in subjects:
        record_movement(engine, "fetched", subject, {"size": 1, "ไทย": "ก"}, recorded_at=NOW)


def kinds(engine: Engine, subject: str) -> list[str]:
    return [entry.kind for entry in entries_of(engine, subject)]


def test_an_empty_chain_holds(ledger: Engine) -> None:
    assert head(ledger) == (0, START)
    assert verify_chain(ledger) == ChainReport(0, (0, START), None)
    assert verify_chain(ledger, (0, START)).fault is None
    assert recent_entries(ledger, 5) == []


def test_an_entry_covers_what_it_says_and_the_one_before(ledger: Engine) -> None:
    """Told once more from the description: one canonical JSON object, hashed."""
    tell(ledger, "a", 'b"\\\n')
    first, second = recent_entries(ledger, 10)
    assert (first.number, first.previous, second.previous) == (1, START, first.hash)
    body = {
        "number": 2,
        "kind": "fetched",
        "subject": 'b"\\\n',
        "detail": {"size": 1, "ไทย": "ก"},
        "recorded_at": "2026-11-20T18:30:00.000000Z",
        "previous": first.hash,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert second == AuditEntry(
        2, "fetched", 'b"\\\n', {"size": 1, "ไทย": "ก"}, NOW, first.hash, digest
    )
    assert head(ledger) == (2, digest)
    assert verify_chain(ledger) == ChainReport(2, (2, digest), None)


def test_moments_are_told_in_utc_and_need_a_zone(ledger: Engine) -> None:
    bangkok = NOW.astimezone(timezone(timedelta(hours=7)))
    record_movement(ledger, "fetched", "a", {}, recorded_at=bangkok)
    (entry,) = recent_entries(ledger, 1)
    assert (entry.recorded_at, entry.recorded_at.tzinfo) == (NOW, UTC)
    with pytest.raises(ValueError, match="without time zone"):
        record_movement(ledger, "fetched", "a", {}, recorded_at=datetime(2026, 11, 20))


def test_the_last_entries_are_given_oldest_first(ledger: Engine) -> None:
    tell(ledger, *"abcd")
    assert [entry.subject for entry in recent_entries(ledger, 2)] == ["c", "d"]


def test_many_entries_of_one_transaction_keep_their_order(ledger: Engine) -> None:
    names = [f"{number:04d}" for number in range(3_000)]
    entries = [("fetched", name, {"n": name}) for name in names]
    record_movements(ledger, entries, recorded_at=NOW)
    tell(ledger, "after")
    assert [entry.subject for entry in recent_entries(ledger, 3_001)] == [*names, "after"]
    assert verify_chain(ledger).entries == 3_001
    assert verify_chain(ledger).fault is None


def test_an_entry_is_committed_with_what_it_tells_or_not_at_all(ledger: Engine) -> None:
    tell(ledger, "before")
    with pytest.raises(RuntimeError, match="in the middle"), writing(ledger) as connection:
        append_entries(connection, [("fetched", "a", {})], NOW)
        raise RuntimeError("in the middle")
    assert head(ledger)[0] == 1
    with writing(ledger):
        pass
    assert head(ledger)[0] == 1, "what was forgotten does not come back"
    with (
        pytest.raises(RuntimeError, match="need a transaction"),
        reading(ledger) as connection,
    ):
        append_entries(connection, [("fetched", "a", {})], NOW)


def test_the_audit_refuses_update_and_delete(ledger: Engine) -> None:
    tell(ledger, "a")
    for change in (sa.update(schema.audit).values(subject="b"), sa.delete(schema.audit)):
        with (
            pytest.raises(LedgerError, match="audit is append-only"),
            writing(ledger) as connection,
        ):
            connection.execute(change)


class TestWhatIsTold:
    def test_the_life_of_an_inbound_file(self, ledger: Engine) -> None:
        arrived = FileRecord("d" * 64, "x", 1, Direction.INBOUND, None, DAY, "X", 9)
        record_landed(ledger, [arrived], recorded_at=NOW)
        record_landed(ledger, [arrived], recorded_at=NOW)
        bad = FileResult("d" * 64, FileState.QUARANTINED, 3, 0, 3, {"T": "1.00"})
        files.record_results(ledger, [bad], recorded_at=NOW)
        files.record_results(ledger, [bad], recorded_at=NOW)
        worse = FileResult("d" * 64, FileState.QUARANTINED, 4, 0, 4, {})
        files.record_results(ledger, [worse], recorded_at=NOW)
        assert [(entry.kind, entry.detail) for entry in entries_of(ledger, "d" * 64)] == [
            ("file.landed", {}),
            (
                "file.quarantined",
                {"read": 3, "accepted": 0, "rejected": 3, "controls": {"T": "1.00"}},
            ),
            ("file.quarantined", {"read": 4, "accepted": 0, "rejected": 4, "controls": {}}),
        ]

    def test_the_life_of_a_delivery(self, ledger: Engine) -> None:
        delivery = move(ledger, ready(ledger), ARRIVE[0])
        deliveries.record_progress(ledger, delivery.delivery_id, "uploaded", recorded_at=NOW)
        move(ledger, delivery, ARRIVE[1])
        told = entries_of(ledger, delivery.delivery_id)
        assert [entry.kind.removeprefix("delivery.") for entry in told] == [
            *("planned", "built", "sealed", "sending", "sending", "delivered")
        ]
        assert told[1].detail == {"name": "S39_a.TXT", "sha256": "a" * 64, "size": 560} | {
            "attempt": 0
        }
        assert told[2].detail["recipients"] == list(a_seal().recipients)
        assert told[4].detail == {"attempt": 1, "step": "uploaded"}
        assert kinds(ledger, "a" * 64) == ["file.built", "file.sent"]

    def test_operators_and_postings_and_answers(self, ledger: Engine) -> None:
        land(ledger)
        outcomes = match_payments(
            payments({}, {"national_id": NOBODY}),
            feeds({}),
            sent({}),
            paid(),
            register((SOMCHAI, "39")),
        )
        load_outcomes(
            ledger,
            RETURN_FILE,
            outcomes,
            partner=PARTNER,
            totals=totals_of(outcomes),
            recorded_at=NOW,
        )
        record_break_event(ledger, RETURN_FILE, 3, "resolved", recorded_at=NOW)
        answer = ready(ledger, digit="b", interface="counter_acknowledgement", answers=RETURN_FILE)
        said = Acknowledgement(RETURN_FILE, answer.delivery_id, AcknowledgementResult.WITH_REJECTS)
        record_acknowledgement(ledger, said, recorded_at=NOW)
        record_act(ledger, OperatorAct("replay", RETURN_FILE, "malee", "mended", NOW))
        assert kinds(ledger, RETURN_FILE) == [
            "file.landed",
            "file.posted",
            "posting.batch",
            "acknowledgement",
            "file.answered",
            "act.replay",
        ]
        assert kinds(ledger, f"{RETURN_FILE}:3") == ["break.resolved"]
        everything = json.dumps([dict(e.detail) for e in recent_entries(ledger, 100)])
        assert SOMCHAI not in everything and NOBODY not in everything


COLUMNS = ("number", "kind", "subject", "detail", "recorded_at", "previous", "hash")


class TestTampering:
    @pytest.mark.parametrize("column", COLUMNS)
    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_a_change_of_any_column_of_any_entry_is_found(
        self, ledger: Engine, column: str, number: int
    ) -> None:
        tell(ledger, *"abc")
        value: object = 99 if column == "number" else "f" * 64
        if column == "detail":
            value = '{"size":2,"ไทย":"ก"}'
        with tampering(ledger, "audit") as connection:
            statement = sa.text(f"UPDATE audit SET {column} = :value WHERE number = :number")
            connection.execute(statement, {"value": value, "number": number})
        report = verify_chain(ledger)
        assert report.fault is not None
        assert report.fault.startswith(f"entry {number} "), report.fault
        assert report.entries == number - 1
        assert len(report.fault.splitlines()) == 1

    def test_a_change_of_spelling_or_of_the_type_is_found(self, ledger: Engine) -> None:
        tell(ledger, "a")
        for value in ('{ "size":1,"ไทย":"ก"}', "no json"):
            with tampering(ledger, "audit") as connection:
                connection.execute(sa.update(schema.audit).values(detail=value))
            fault = verify_chain(ledger).fault
            assert fault is not None and "was changed" in fault
        if ledger.dialect.name == "sqlite":
            with tampering(ledger, "audit") as connection:
                connection.execute(sa.text("UPDATE audit SET subject = x'00'"))
            fault = verify_chain(ledger).fault
            assert fault is not None and "was changed" in fault

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_removed_entry_is_found(self, ledger: Engine, number: int) -> None:
        tell(ledger, *"abc")
        with tampering(ledger, "audit") as connection:
            connection.execute(sa.delete(schema.audit).where(schema.audit.c.number == number))
        assert verify_chain(ledger).fault == (f"entry {number} is missing: {number + 1} comes next")

    def test_a_removed_entry_is_found_when_the_later_ones_move_up(self, ledger: Engine) -> None:
        tell(ledger, *"abc")
        with tampering(ledger, "audit") as connection:
            connection.execute(sa.text("DELETE FROM audit WHERE number = 2"))
            connection.execute(sa.text("UPDATE audit SET number = 2 WHERE number = 3"))
        assert verify_chain(ledger).fault is not None

    def test_an_inserted_entry_is_found(self, ledger: Engine) -> None:
        tell(ledger, *"abc")
        with tampering(ledger, "audit") as connection:
            connection.execute(sa.text("UPDATE audit SET number = 4 WHERE number = 3"))
            connection.execute(
                sa.text(
                    "INSERT INTO audit SELECT 3, kind, subject, detail, recorded_at, previous, "
                    "hash FROM audit WHERE number = 2"
                )
            )
        assert verify_chain(ledger).fault is not None

    def test_exchanged_entries_are_found(self, ledger: Engine) -> None:
        tell(ledger, *"abc")
        with tampering(ledger, "audit") as connection:
            for old, new in ((2, 9), (3, 2), (9, 3)):
                connection.execute(sa.text(f"UPDATE audit SET number = {new} WHERE number = {old}"))
        assert verify_chain(ledger).fault is not None

    def test_an_entry_with_a_hash_of_its_own_does_not_fit_its_neighbours(
        self, ledger: Engine
    ) -> None:
        tell(ledger, *"abc")
        _replace(ledger, 2, "forged")
        assert verify_chain(ledger).fault == (
            "entry 3 does not follow entry 2: one of them was replaced"
        )

    def test_a_cut_tail_is_found_by_who_noted_the_head(self, ledger: Engine) -> None:
        tell(ledger, *"abc")
        noted = head(ledger)
        assert verify_chain(ledger, noted).fault is None
        with tampering(ledger, "audit") as connection:
            connection.execute(sa.text("DELETE FROM audit WHERE number = 3"))
        assert verify_chain(ledger).fault is None, "nobody can see it without a noted head"
        assert verify_chain(ledger, noted).fault == (
            "the chain ends at entry 2: entries up to 3 were cut off"
        )

    def test_a_chain_written_anew_is_found_by_who_noted_the_head(self, ledger: Engine) -> None:
        tell(ledger, *"abc")
        noted = head(ledger)
        with tampering(ledger, "audit") as connection:
            connection.execute(sa.text("DELETE FROM audit WHERE number > 1"))
        tell(ledger, *"xyz")
        assert verify_chain(ledger).fault is None
        fault = verify_chain(ledger, noted).fault
        assert fault == "entry 3 is not the one that was noted: it was replaced"

    def test_a_noted_head_stays_good_while_the_chain_grows(self, ledger: Engine) -> None:
        tell(ledger, *"ab")
        noted = head(ledger)
        tell(ledger, *"cd")
        assert verify_chain(ledger, noted) == ChainReport(4, head(ledger), None)


def _replace(engine: Engine, number: int, subject: str) -> None:
    """Another entry in the place of that one, with a hash that fits what it says."""
    entry = next(e for e in recent_entries(engine, 100) if e.number == number)
    body = {
        "number": number,
        "kind": entry.kind,
        "subject": subject,
        "detail": dict(entry.detail),
        "recorded_at": "2026-11-20T18:30:00.000000Z",
        "previous": entry.previous,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with tampering(engine, "audit") as connection:
        connection.execute(
            sa.update(schema.audit)
            .where(schema.audit.c.number == number)
            .values(subject=subject, hash=digest)
        )


def _tell_in_process(url: str, name: str) -> None:
    engine = open_ledger(url)
    for number in range(12):
        if number % 3:
            tell(engine, f"{name} {number}")
            continue
        arrived = [
            FileRecord(
                hashlib.sha256(f"{name} {number} {place}".encode()).hexdigest(),
                *("x", 1, Direction.INBOUND, None, DAY, f"{name}_{number}_{place}", 9),
            )
            for place in range(40)
        ]
        record_landed(engine, arrived, recorded_at=NOW)
    engine.dispose()


def test_processes_at_once_make_one_unbroken_chain(ledger_url: str) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        list(processes.map(_tell_in_process, [ledger_url] * 3, "abc"))
    engine = open_ledger(ledger_url)
    report = verify_chain(engine)
    assert (report.fault, report.entries) == (None, 3 * (8 + 4 * 40))
    written = [entry.subject for entry in recent_entries(engine, report.entries)]
    for name in "abc":
        own = [subject for subject in written if subject.startswith(f"{name} ")]
        assert own == [f"{name} {number}" for number in range(12) if number % 3]
    engine.dispose()


_worlds = itertools.count(1)
# PostgreSQL keeps no NUL in a text; half of a surrogate pair is no character.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
DETAIL = st.dictionaries(
    TEXT, st.one_of(st.none(), st.booleans(), st.integers(), TEXT, st.lists(TEXT)), max_size=3
)
BATCH = st.lists(st.tuples(TEXT, TEXT, DETAIL), min_size=1, max_size=4)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(BATCH, min_size=1, max_size=4),
    moment=st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
    data=st.data(),
)
def test_whatever_is_told_the_chain_holds_and_any_change_of_it_is_found(
    ledger: Engine,
    batches: list[list[tuple[str, str, dict[str, object]]]],
    moment: datetime,
    data: st.DataObject,
) -> None:
    before, _ = head(ledger)
    for batch in batches:
        record_movements(ledger, batch, recorded_at=moment)
    told = recent_entries(ledger, sum(map(len, batches)))
    assert [(e.kind, e.subject, e.detail) for e in told] == [
        entry for batch in batches for entry in batch
    ]
    assert {entry.recorded_at for entry in told} == {moment}
    noted = head(ledger)
    assert verify_chain(ledger, noted) == ChainReport(before + len(told), noted, None)

    number = data.draw(st.sampled_from([entry.number for entry in told]))
    column = data.draw(st.sampled_from(COLUMNS[1:]))
    is_number = schema.audit.c.number == number
    with tampering(ledger, "audit") as connection:
        kept = connection.scalar(sa.select(schema.audit.c[column]).where(is_number))
        other = data.draw(TEXT.filter(lambda text: text != kept))
        connection.execute(sa.update(schema.audit).where(is_number).values({column: other}))
    report = verify_chain(ledger)
    assert report.fault is not None and report.entries == number - 1
    with tampering(ledger, "audit") as connection:
        connection.execute(sa.update(schema.audit).where(is_number).values({column: kept}))
    assert verify_chain(ledger, noted).fault is None
