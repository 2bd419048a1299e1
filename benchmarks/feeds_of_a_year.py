"""A year of daily feeds for the benchmark of disclosures: rows in the outbox, deliveries in a
ledger.

Rows are as publishing keeps them: all columns of a standing, in order of the ID, by the real
writer's settings. From one day to the next the rows of one group (65,536 people) change, as if they
had paid; that group is encoded anew, the others are the bytes of the day before. Every file is
nevertheless a whole file of its own, with a footer of its own. The first day is written by
``new_part`` itself and must be the same, byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchange.encodings import writer_settings
from exchange.footers import MAGIC, Encoded, joined, take_apart
from exchange.home import Home
from exchange.parts import ROW_GROUP, new_part
from insurance.identifiers import national_ids
from insurance.offers import MONTH_TYPE
from interfaces.policies import SealKind
from ledger.database import open_ledger
from ledger.deliveries import plan_delivery, record_content, record_event, record_seal
from ledger.delivery import DeliveryContent, DeliveryState, Sealed

PARTNER = "counter_service"
FEEDS = {"counter_feed_s39": ("39", None, 3), "counter_feed_s40": ("40", "01", 2)}
FIRST_DAY = date(2026, 1, 5)
_RECORDED = datetime(2026, 1, 5, 14, tzinfo=UTC)
_SATURDAY = 5
_FIRST_TWELVE, _LAST_TWELVE = 100_000_000_000, 899_999_999_999
_GIVEN_NAMES, _FAMILY_NAMES = 3_000, 20_000
_SEED = 5


@dataclass(frozen=True, slots=True)
class Year:
    """What was made: the installation's folder, bytes of rows, rows of the first day by feed."""

    home: Path
    rows_bytes: int
    files: int
    days: tuple[date, ...]
    first_day: dict[str, pa.Table]


def business_days(count: int) -> tuple[date, ...]:
    """That many days from FIRST_DAY on without Saturdays and Sundays."""
    days = (FIRST_DAY + timedelta(days=n) for n in range(2 * count + 7))
    return tuple(day for day in days if day.weekday() < _SATURDAY)[:count]


def make_year(root: Path, *, persons: int, days: int) -> Year:
    """Feeds of ``days`` business days for ``persons`` people, half in each section."""
    home = Home(root)
    dates = business_days(days)
    ids = _ids(persons)
    tables = {
        feed: _standing(part, *FEEDS[feed])
        for feed, part in zip(FEEDS, (ids[::2], ids[1::2]), strict=True)
    }
    size = 0
    for feed, table in tables.items():
        folders = [home.outbox(PARTNER, feed, number) for number in range(1, days + 1)]
        size += _write_days(folders, table)
    _write_ledger(home, dates)
    return Year(root, size, len(dates) * len(FEEDS), dates, tables)


def _ids(persons: int) -> pa.Array:
    drawn = np.random.default_rng(_SEED).integers(
        _FIRST_TWELVE, _LAST_TWELVE, persons + persons // 100 + 10
    )
    return national_ids(np.unique(drawn)[:persons])


def _standing(ids: pa.Array, section: str, option: str | None, months: int) -> pa.Table:
    """Columns as the dataset ``standing`` has them, with made-up names."""
    count = len(ids)
    draw = np.random.default_rng(_SEED + int(section))
    given = pa.array([f"ชื่อ{n}" for n in range(_GIVEN_NAMES)])
    family = pa.array([f"นามสกุล{n}" for n in range(_FAMILY_NAMES)])

    def days(first: int, last: int) -> pa.Array:
        return pa.array(draw.integers(first, last, count).astype(np.int32)).cast(pa.date32())

    return pa.table(
        {
            "national_id": ids,
            "section_code": pa.repeat(section, count),
            "option_code": pa.repeat(pa.scalar(option, pa.utf8()), count),
            "title_code": pa.array(draw.integers(1, 5, count)).cast(pa.utf8()),
            "given_name": given.take(pa.array(draw.integers(0, _GIVEN_NAMES, count))),
            "family_name": family.take(pa.array(draw.integers(0, _FAMILY_NAMES, count))),
            "status_code": pa.repeat("A", count),
            "effective_date": days(15_000, 20_000),
            "person_return_code": pa.array(np.zeros(count, np.int64)),
            "listed": pa.repeat("Y", count),
            "last_period_paid": pa.array(draw.integers(202_507, 202_513, count).astype(np.int32)),
            "last_payment_method": pa.repeat("02", count),
            "last_payment_date": days(20_000, 20_400),
            "last_payment_amount": _money(count),
            "payable_count": pa.array(np.full(count, months, np.int64)),
            "payable_month": _payable(ids, section, option, months),
            "title_word": pa.repeat("นาย", count),
            "line_number": pa.array(np.arange(1, count + 1)),
        }
    )


def _money(count: int) -> pa.Array:
    return pa.repeat(pa.scalar(432, pa.decimal128(9, 2)), count)


def _payable(ids: pa.Array, section: str, option: str | None, months: int) -> pa.Array:
    count = len(ids) * months
    periods = pa.array(np.tile(202_601 + np.arange(months, dtype=np.int32), len(ids)))
    owners = ids.take(pa.array(np.repeat(np.arange(len(ids)), months)))
    # The two last digits stand for the check digits, which differ from person to person.
    references = pc.binary_join_element_wise(
        f"{section}{option or '00'}",
        pc.add(periods, 54_300).cast(pa.utf8()),
        pc.utf8_slice_codeunits(owners, 11, 13),
        "",
    )
    day = pa.scalar(date(2026, 1, 1), pa.date32())
    columns = {
        "period": periods,
        "amount": _money(count),
        "payable_from": pa.repeat(day, count),
        "payable_until": pa.repeat(day, count),
        "reference_2": references,
    }
    offsets = pa.array(np.arange(0, count + 1, months, dtype=np.int32))
    members = [columns[field.name].cast(field.type) for field in MONTH_TYPE]
    return pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays(members, fields=list(MONTH_TYPE))
    )


def _write_days(folders: Sequence[Path], table: pa.Table) -> int:
    """One file a folder; bytes written. The first is proved against the real writer's."""
    settings = writer_settings(table.slice(0, ROW_GROUP))
    groups = [
        _encoded(table.slice(start, ROW_GROUP), settings)
        for start in range(0, table.num_rows, ROW_GROUP)
    ]
    size = 0
    for day, folder in enumerate(folders):
        if day:
            place = day % len(groups)
            changed = _paid_since(table.slice(place * ROW_GROUP, ROW_GROUP), day)
            groups[place] = _encoded(changed, settings)
        folder.mkdir(parents=True)
        path = folder / "rows.parquet"
        with path.open("wb") as file:
            file.write(MAGIC)
            for group in groups:
                file.write(group.body)
            file.write(joined(groups))
        size += path.stat().st_size
        if day == 0:
            _prove(path, table)
    return size


def _encoded(rows: pa.Table, settings: dict[str, object]) -> Encoded:
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, rows.schema, **settings) as writer:
        writer.write_table(rows, row_group_size=ROW_GROUP)
    return take_apart(sink.getvalue())


def _paid_since(rows: pa.Table, day: int) -> pa.Table:
    """The same people with a later payment."""
    place = rows.schema.get_field_index("last_payment_date")
    later = pc.add(rows.column(place).cast(pa.int32()), pa.scalar(day, pa.int32())).cast(
        pa.date32()
    )
    return rows.set_column(place, rows.schema.field(place), later)


def _prove(path: Path, table: pa.Table) -> None:
    """RuntimeError unless ``new_part`` writes the same bytes."""
    real = path.with_name("by_new_part.parquet")
    with new_part(real, table.schema) as part:
        for batch in table.to_batches(max_chunksize=ROW_GROUP):
            part.write(batch)
    same = real.read_bytes() == path.read_bytes()
    real.unlink()
    if not same:
        raise RuntimeError("the rows are not as exchange.parts writes them")


def _write_ledger(home: Home, days: Sequence[date]) -> None:
    """A delivery that arrived for each file, made by the functions that publishing uses."""
    ledger = open_ledger(f"sqlite:///{home.ledger_file}")
    for day in days:
        for feed in FEEDS:
            planned = plan_delivery(
                ledger,
                partner=PARTNER,
                interface=feed,
                version=1,
                business_date=day,
                recorded_at=_RECORDED,
            )
            name = f"{feed[-3:].upper()}_{day:%Y%m%d}_{planned.sequence:06d}.TXT"
            content_id = hashlib.sha256(name.encode()).hexdigest()
            rows = home.outbox(PARTNER, feed, planned.sequence) / "rows.parquet"
            content = DeliveryContent(name, content_id, 1, home.relative(rows))
            sealed = Sealed(SealKind.NONE, name, content_id, 1, content_id)
            ident = planned.delivery_id
            record_content(ledger, ident, content, recorded_at=_RECORDED)
            record_seal(ledger, ident, sealed, recorded_at=_RECORDED)
            for state in (DeliveryState.SENDING, DeliveryState.DELIVERED):
                record_event(ledger, ident, state, recorded_at=_RECORDED)
    ledger.dispose()
