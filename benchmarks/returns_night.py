"""A night of returns to measure with: register, feeds as sent, months paid, payments.

Made batch by batch of columns, the same for the same sizes. Nobody is real. What the counters
were sent is worked out by the product's own rules, and everything lies in Parquet as receiving
and publishing leave it there, in order of national ID as indexed files of a mainframe are.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import payments_made
from benchmarks.payments_made import NightsPayments
from exchange.parts import PartWriter, new_part
from insurance.holidays import load_calendar
from insurance.identifiers import national_ids
from insurance.money import baht_of
from insurance.rates import load_contribution_rates
from insurance.standing import work_out

Ints = npt.NDArray[np.int64]

FEED_DAY = date(2026, 11, 19)
"""Business date of the feed that was in use when people paid."""
PERSONS = 25_000_000
RETURNS = 3_000_000
MONTHS = 12
SECTIONS = ("33", "39", "40")

_SHARES = [0.48, 0.08, 0.44]
_STATUSES, _STATUS_SHARES = ["A", "S", "E", "D"], [0.90, 0.03, 0.05, 0.02]
_OPTIONS = ["01", "02", "03"]
_BATCH = 500_000
_SEED = 2_569
_FIRST_ID = 100_000_000_000
_ID_RANGE = 700_000_000_000  # the first digit stays below 8, as in IDs of citizens
_FIRST_MONTH = 2025 * 12 + 9  # October 2025
_SATANG = 43_200
_NAMES = ["สมชาย", "วิภา", "ประเสริฐ", "อาทิตย์", "ธนพร", "กิตติ", "ณัฐวุฒิ", "พรทิพย์", "สุดา", "จันทร์"]
_FAMILIES = ["ทองดี", "ศรีสุข", "แก้วมณี", "บุญมา", "สว่างวงศ์", "พิทักษ์ชน", "รุ่งเรือง", "น้อยใหญ่"]
_FOLDER = "prakan-returns-night"


@dataclass(frozen=True, slots=True)
class Night:
    """Parquet files of one size. ``feeds`` by section; ``payments`` hold those of every return
    file, with what each was made as in ``intent``."""

    folder: Path

    @classmethod
    def of(cls, folder: str) -> Night:
        """The night that lies in that folder."""
        return cls(Path(folder))

    @property
    def register(self) -> Path:
        """Every insured person of all sections."""
        return self.folder / "register.parquet"

    @property
    def history(self) -> Path:
        """Months paid of sections 39 and 40, nested as in the extract."""
        return self.folder / "history.parquet"

    @property
    def feeds(self) -> dict[str, Path]:
        """Rows as sent."""
        return {section: self.folder / f"feed_{section}.parquet" for section in SECTIONS[1:]}

    @property
    def payments(self) -> Path:
        """What the partner says was paid."""
        return self.folder / "payments.parquet"

    def sizes(self) -> dict[str, int]:
        """Rows and megabytes of everything."""
        told = {}
        files = {"register": self.register, "history": self.history, "payments": self.payments}
        files |= {f"feed of section {section}": path for section, path in self.feeds.items()}
        for name, path in files.items():
            told[f"{name}, rows"] = pq.read_metadata(path).num_rows
            told[f"{name}, MB"] = round(path.stat().st_size / 1e6)
        return told


@contextmanager
def returns_night(persons: int, returns: int, *, keep: bool) -> Iterator[Night]:
    """The night of these sizes, made unless an earlier run kept it."""
    made_by = (Path(__file__), Path(payments_made.__file__))
    code = hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / _FOLDER / f"{persons}-{returns}-{code}"
    night = Night(folder)
    try:
        if not night.payments.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _make(night, persons, returns)
        yield night
    finally:
        if not keep:
            shutil.rmtree(folder)


def _make(night: Night, persons: int, returns: int) -> None:
    payments = NightsPayments(persons, returns)
    with ExitStack() as files:
        parts: dict[Path, PartWriter] = {}
        for start in range(0, persons, _BATCH):
            size = min(_BATCH, persons - start)
            for path, rows in _batch(night, start, size, persons, payments):
                if path not in parts:
                    parts[path] = files.enter_context(new_part(path, rows.schema))
                for batch in rows.to_batches(max_chunksize=65_536):
                    parts[path].write(batch)
    table = payments.table()
    with new_part(night.payments, table.schema) as part:
        for batch in table.to_batches(max_chunksize=65_536):
            part.write(batch)


def _batch(
    night: Night, start: int, size: int, persons: int, payments: NightsPayments
) -> Iterator[tuple[Path, pa.Table]]:
    random = np.random.default_rng([_SEED, start])
    people = _people(random, start, size, persons)
    yield night.register, people
    voluntary = people.filter(pc.not_equal(people["section_code"], SECTIONS[0]))
    offsets, paid = _paid(random, voluntary)
    yield night.history, _histories(voluntary, offsets, paid)
    known = voluntary.drop_columns(["_file_id", "_record_number", "birth_date", "sex_code"])
    count = known.num_rows
    known = known.append_column("history_from", pa.repeat(pa.scalar(202_510, pa.int32()), count))
    known = known.append_column("last_period_recorded", pa.nulls(count, pa.int32()))
    known = known.append_column("history_refused", pa.repeat(False, count))
    standing = work_out(
        known,
        paid.rename_columns({"paid_period": "period", "paid_amount": "amount"})
        .rename_columns({"paid_channel": "channel"})
        .drop_columns(["receipt_number"]),
        business_date=FEED_DAY,
        calendar=load_calendar(),
        rates=load_contribution_rates(),
    ).rename_columns({"return_code": "person_return_code"})
    listed = standing.filter(pc.equal(standing["listed"], "Y"))
    payments.add(people, listed)
    for section, path in night.feeds.items():
        yield path, listed.filter(pc.equal(listed["section_code"], section))


def _people(random: np.random.Generator, start: int, size: int, persons: int) -> pa.Table:
    gap = _ID_RANGE // persons
    numbers = np.arange(start, start + size, dtype=np.int64)
    ids = national_ids(_FIRST_ID + numbers * gap + random.integers(0, gap, size))
    section = random.choice(3, size, p=_SHARES)
    status = random.choice(4, size, p=_STATUS_SHARES)
    ended = status == _STATUSES.index("E")
    option = pa.array(random.integers(0, len(_OPTIONS), size), mask=section != 2)
    return pa.table(
        {
            "_file_id": pa.repeat("0" * 64, size),
            "_record_number": numbers + 2,
            "national_id": ids,
            "title_code": _taken(["003", "004", "005"], random, size),
            "given_name": _taken(_NAMES, random, size),
            "family_name": _taken(_FAMILIES, random, size),
            "birth_date": _days(random.integers(-9_000, 12_000, size)),
            "sex_code": _taken(["1", "2"], random, size),
            "section_code": pa.array(SECTIONS).take(pa.array(section)),
            "status_code": pa.array(_STATUSES).take(pa.array(status)),
            "effective_date": _days(random.integers(12_000, 20_000, size)),
            "ended_date": _days(random.integers(20_450, 20_700, size), ended),
            "option_code": pa.array(_OPTIONS).take(option),
        }
    )


def _paid(random: np.random.Generator, people: pa.Table) -> tuple[Ints, pa.Table]:
    """Up to twelve months each, the last one or two not always paid: where each person's months
    begin, and one row a month with its owner's columns."""
    months = MONTHS + 1 - random.integers(0, 3, people.num_rows)
    offsets = np.concatenate([[0], np.cumsum(months)])
    total = int(offsets[-1])
    owner = np.repeat(np.arange(people.num_rows), months)
    index = _FIRST_MONTH + np.arange(total) - offsets[owner]
    satang = np.full(total, _SATANG)
    return offsets, pa.table(
        {
            "national_id": people["national_id"].take(pa.array(owner)),
            "section_code": people["section_code"].take(pa.array(owner)),
            "paid_period": pa.array((index // 12 * 100 + index % 12 + 1).astype(np.int32)),
            "paid_amount": baht_of(satang, np.ones(total, np.bool_)),
            "paid_channel": _taken(["01", "02", "03"], random, total),
            "paid_date": _days(random.integers(20_300, 20_700, total)),
            "receipt_number": pa.array(10**9 + np.arange(total)).cast(pa.utf8()),
        }
    )


def _histories(people: pa.Table, offsets: Ints, paid: pa.Table) -> pa.Table:
    names = ["paid_period", "paid_amount", "paid_channel", "paid_date", "receipt_number"]
    months = pa.StructArray.from_arrays(
        [paid[name].combine_chunks() for name in names], names=names
    )
    return pa.table(
        {
            "_file_id": pa.repeat("1" * 64, people.num_rows),
            "national_id": people["national_id"],
            "section_code": people["section_code"],
            "history_from": pa.repeat(pa.scalar(202_510, pa.int32()), people.num_rows),
            "month_count": pa.array(np.diff(offsets)),
            "month_paid": pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), months),
        }
    )


def _taken(texts: list[str], random: np.random.Generator, size: int) -> pa.Array:
    return pa.array(texts).take(pa.array(random.integers(0, len(texts), size)))


def _days(days: Ints, present: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    mask = None if present is None else ~present
    return pa.array(days.astype(np.int32), mask=mask).cast(pa.date32())
