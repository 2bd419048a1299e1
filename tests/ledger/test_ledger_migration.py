"""From a ledger of the first schema, with rows, to the present one: nothing is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

import ledger.migrations
from interfaces.policies import SealKind
from ledger import deliveries, files, schema
from ledger.acknowledgements import acknowledgements_of
from ledger.audit import START, head, recent_entries, verify_chain
from ledger.database import open_ledger, reading, writing
from ledger.delivery import DeliveryState, Sealed
from ledger.errors import LedgerError
from ledger.landing import FileState
from ledger.receipts import unacknowledged
from tests.ledger.outgoing import DAY, NEXT_DAY, NOW, move

FEED = "counter_service.counter_feed_s39"
ANSWER = "counter_service.counter_acknowledgement.000001"
RETURN_FILE = "c" * 64
_STATES = {  # number of a feed: its events in the old ledger, and its state in the new one
    1: ("planned", "sending", "delivered", "acknowledged"),
    2: ("planned", "sending", "delivered"),
    3: ("planned", "sending", "unknown"),
    4: ("planned", "failed"),
    5: ("planned", "sending"),
    6: ("planned",),  # built: it has content
    7: ("planned",),  # not built
}


def _to_first_schema(url: str) -> Engine:
    """A database as the first migration leaves it, through the ledger's own connection."""
    engine = open_ledger.__globals__["_engine"](open_ledger.__globals__["_address"](url))
    config = Config()
    folder = Path(ledger.migrations.__file__).parent
    config.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    return engine


def _fill(engine: Engine) -> None:
    old = sa.MetaData()
    with engine.begin() as connection:
        old.reflect(connection)

    def moment(second: int) -> datetime:
        return NOW.replace(second=second, microsecond=250_000)

    def put(connection: sa.Connection, table: str, **values: object) -> None:
        at = values.setdefault("recorded_at", NOW)
        if engine.dialect.name == "sqlite" and isinstance(at, datetime):
            values["recorded_at"] = at.replace(tzinfo=None)
        connection.execute(sa.insert(old.tables[table]).values(**values))

    def put_file(connection: sa.Connection, file_id: str, direction: str, *states: str) -> None:
        put(
            connection,
            "file",
            file_id=file_id,
            interface="x",
            version=1,
            direction=direction,
            partner="counter_service",
            business_date=DAY,
            name=f"ก_{file_id[:2]}",
            size_bytes=560,
        )
        for state in states:
            put(connection, "file_event", file_id=file_id, state=state, detail="{}")

    def put_delivery(
        connection: sa.Connection, delivery_id: str, day: date, *states: str, **values: object
    ) -> None:
        partner, interface, sequence = delivery_id.split(".")
        put(
            connection,
            "delivery",
            delivery_id=delivery_id,
            partner=partner,
            interface=interface,
            version=1,
            business_date=day,
            sequence=int(sequence),
            **values,
        )
        for attempt, state in enumerate(states):
            put(
                connection,
                "delivery_event",
                delivery_id=delivery_id,
                state=state,
                attempt=min(attempt, 1),
                detail="{}",
            )

    with engine.begin() as connection:
        put_file(connection, RETURN_FILE, "inbound", "landed", "posted", "answered")
        put(connection, "file_sighting", file_id=RETURN_FILE, name="ก_cc", business_date=DAY)
        for number, states in _STATES.items():
            delivery_id = f"{FEED}.{number:06d}"
            put_delivery(connection, delivery_id, date(2026, 11, number), *states)
            if number == 7:
                continue
            put_file(connection, str(number) * 64, "outbound", "built")
            put(
                connection,
                "delivery_content",
                delivery_id=delivery_id,
                name=f"S39_{number}.TXT",
                file_id=str(number) * 64,
                manifest_sha256=f"{number}a" * 32,
                rows_uri=f"rows/{number}",
                recorded_at=moment(number),
            )
        put_delivery(
            connection, ANSWER, DAY, "planned", "sending", "delivered", answers=RETURN_FILE
        )
        put_file(connection, "e" * 64, "outbound", "built")
        put(
            connection,
            "delivery_content",
            delivery_id=ANSWER,
            name="ACK.TXT",
            file_id="e" * 64,
            manifest_sha256="ea" * 32,
        )
        put(
            connection,
            "acknowledgement",
            file_id=RETURN_FILE,
            delivery_id=ANSWER,
            result="P",
            recorded_at=moment(30),
        )
        put(
            connection,
            "operator_act",
            verb="retry",
            target="x",
            who="มาลี",
            reason="again",
            recorded_at=moment(40),
        )


@pytest.fixture
def migrated(empty_url: str) -> Iterator[Engine]:
    """A ledger of the first schema with rows, opened by the present code."""
    old = _to_first_schema(empty_url)
    _fill(old)
    old.dispose()
    engine = open_ledger(empty_url)
    yield engine
    engine.dispose()


def test_its_tables_are_the_declared_ones_and_all_append_only(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    for table in schema.metadata.tables.values():
        if table.name in ("receipt", "notice", "month_paid"):
            continue  # nothing in them: SQLite's guards speak for rows; the last is made anew
        with (
            pytest.raises(LedgerError, match=f"{table.name} is append-only|FOREIGN"),
            writing(migrated) as connection,
        ):
            connection.execute(sa.text(f"DELETE FROM {table.name}"))
            if migrated.dialect.name == "sqlite" and not connection.scalar(
                sa.select(sa.func.count()).select_from(table)
            ):
                raise LedgerError(f"{table.name} is append-only: it was empty")


def test_states_stay_and_what_was_built_is_sealed(migrated: Engine) -> None:
    now = {n: deliveries.find(migrated, f"{FEED}.{n:06d}") for n in _STATES}
    expected = {n: DeliveryState(states[-1]) for n, states in _STATES.items()}
    expected[6] = DeliveryState.SEALED
    assert {n: one.state for n, one in now.items() if one} == expected
    for number, one in now.items():
        assert one is not None
        assert one.arrived == (number in (1, 2))
        if number == 7:
            assert (one.content, one.sealed) == (None, None)
            continue
        assert one.content is not None and one.content.rows_uri == f"rows/{number}"
        assert one.sealed == Sealed(
            kind=SealKind.NONE,
            name=f"S39_{number}.TXT",
            sha256=str(number) * 64,
            size_bytes=560,
            manifest_sha256=f"{number}a" * 32,
        )
    events = deliveries.events_of(migrated, f"{FEED}.000006")
    assert [event.state.value for event in events] == ["planned", "built", "sealed"]
    assert events[1].recorded_at == NOW.replace(second=6, microsecond=250_000)


def test_every_old_delivery_goes_on_from_where_it_was(migrated: Engine) -> None:
    def one(number: int) -> deliveries.Delivery:
        found = deliveries.find(migrated, f"{FEED}.{number:06d}")
        assert found is not None
        return found

    assert [d.sequence for d in unacknowledged(migrated, "counter_service", NEXT_DAY)] == [2]
    failed, sending = DeliveryState.FAILED, DeliveryState.SENDING
    assert move(migrated, one(3), failed, sending, DeliveryState.DELIVERED).arrived
    assert move(migrated, one(5), DeliveryState.UNKNOWN, failed, sending).attempt == 2
    assert deliveries.missed_sequences(migrated, one(6)) == (4, 5)
    assert move(migrated, one(6), sending, DeliveryState.DELIVERED).arrived
    assert one(4).superseded_by == f"{FEED}.000006"
    assert verify_chain(migrated).fault is None


def test_answers_keep_their_file_and_file_states(migrated: Engine) -> None:
    (answer,) = acknowledgements_of(migrated, RETURN_FILE)
    assert (answer.delivery_id, answer.result.value) == (ANSWER, "P")
    with reading(migrated) as connection:
        recorded = connection.scalar(sa.select(schema.acknowledgement.c.recorded_at))
    assert recorded == NOW.replace(second=30, microsecond=250_000)
    found = files.find(migrated, RETURN_FILE)
    assert found is not None and found.state is FileState.ANSWERED


# The hash of the rows of _fill, the same on both databases.
COMBINED = "b93f17b239b03fb37eb8b158cc9311b85f40717b894b8abf3b103a3f97b8aa57"


def test_one_opening_entry_tells_of_the_old_rows(migrated: Engine) -> None:
    (opening,) = recent_entries(migrated, 100)
    assert (opening.kind, opening.subject, opening.previous) == ("opening", "ledger", START)
    assert opening.recorded_at == NOW.replace(second=40, microsecond=250_000), "the newest row"
    rows = opening.detail["rows"]
    assert isinstance(rows, dict)
    assert (rows["file"], rows["delivery"], rows["delivery_content"]) == (8, 8, 7)
    assert (rows["delivery_event"], rows["acknowledgement"], rows["posting"]) == (19, 1, 0)
    assert opening.detail["sha256"] == COMBINED
    assert verify_chain(migrated, head(migrated)).fault is None


def test_the_combined_hash_is_of_every_row_in_order(empty_url: str) -> None:
    """Told once more: a line for each row, table by table, each in order of its key."""
    old = _to_first_schema(empty_url)
    _fill(old)
    lines = []
    tables = sa.MetaData()
    with old.connect() as connection:
        tables.reflect(connection)
        for name in _OLD_TABLES:
            table = tables.tables[name]
            for row in connection.execute(sa.select(table).order_by(*table.primary_key)):
                said = {
                    key: value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                    if isinstance(value, datetime)
                    else value.isoformat()
                    if isinstance(value, date)
                    else value
                    for key, value in row._mapping.items()
                }
                text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                lines.append(f"{name} {text}\n")
    old.dispose()
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == COMBINED


_OLD_TABLES = (
    "file",
    "file_sighting",
    "file_event",
    "file_result",
    "delivery",
    "delivery_content",
    "delivery_event",
    "acknowledgement",
    "posting_batch",
    "posting",
    "payment_break",
    "payment_break_event",
    "operator_act",
)


def test_an_empty_old_ledger_has_no_opening_entry(empty_url: str) -> None:
    _to_first_schema(empty_url).dispose()
    engine = open_ledger(empty_url)
    assert head(engine) == (0, START)
    engine.dispose()


def test_opening_it_again_migrates_nothing_twice(migrated: Engine, empty_url: str) -> None:
    before = head(migrated)
    again = open_ledger(empty_url)
    assert head(again) == before
    again.dispose()
