"""A registration master to measure with: made column by column, the same for the same seed.

Nobody is real: names are put together from syllables, IDs are numbered through and given
their check digit, employers' accounts are drawn and given theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.writer import FileWriter, WrittenFile
from insurance.identifiers import employer_accounts
from interfaces.model import Interface, Role
from interfaces.registry import Registry
from parsers.arrow_types import record_named
from parsers.copybook import load_layout
from parsers.layout import Record

Ints = npt.NDArray[np.int64]

BUSINESS_DATE = date(2026, 11, 20)
BATCH_ROWS = 65_536

_SEED = 8_384
_FIRST_SYLLABLES = ["สม", "วิ", "ประ", "อา", "ธน", "กิตติ", "ณัฐ", "พร", "สุ", "จัน", "รัตน์", "มา"]
_LAST_SYLLABLES = ["ศักดิ์", "ชัย", "พงษ์", "ณี", "วัฒน์", "เดช", "ลักษณ์", "ทิพย์", "นุช", "หญิง", "รี", "กุล"]
_FAMILY_ENDS = ["วงศ์", "สกุล", "รุ่งเรือง", "ทองดี", "ศรีสุข", "แก้วมณี", "บุญมา", "น้อยใหญ่", "พิทักษ์", "สว่าง"]
_TITLES = ["003", "004", "005"]
_SECTIONS, _SECTION_SHARES = ["33", "39", "40"], [0.48, 0.08, 0.44]
_STATUSES, _STATUS_SHARES = ["A", "S", "E", "D"], [0.86, 0.05, 0.07, 0.02]
_OPTIONS = ["01", "02", "03"]
_ID_STEP = 279_410_273  # prime, so that numbering through never meets the same ID twice
_ID_RANGE = 700_000_000_000
_FIRST_ID = 100_000_000_000


def registration_master() -> tuple[Interface, Record]:
    """The interface measured with, and its detail record."""
    interface = Registry().get("registration_master", on=BUSINESS_DATE)
    return interface, record_named(load_layout(interface), interface.record(Role.DETAIL).record)


def registration_batches(records: int) -> Iterator[pa.RecordBatch]:
    """``records`` insured persons in batches of at most BATCH_ROWS, as decoding gives them."""
    for start in range(0, records, BATCH_ROWS):
        yield _batch(start, min(BATCH_ROWS, records - start))


def write_registration_master(path: Path, records: int) -> WrittenFile:
    """The whole file, header and trailer included."""
    interface, _ = registration_master()
    with FileWriter(path, interface, {"business_date": BUSINESS_DATE, "sequence": 1}) as writer:
        for batch in registration_batches(records):
            writer.write_details(batch)
        return writer.close()


def _batch(start: int, size: int) -> pa.RecordBatch:
    random = np.random.default_rng([_SEED, start])
    section = random.choice(3, size, p=_SECTION_SHARES)
    status = random.choice(4, size, p=_STATUS_SHARES)
    in_33, in_39, in_40 = (section == place for place in range(3))
    ended = status >= _STATUSES.index("E")
    months = random.integers(0, 300, size)
    return pa.RecordBatch.from_pydict(
        {
            "national_id": pa.array(national_ids(start, size)).cast(pa.utf8()),
            "title_code": _pick(_TITLES, random, size),
            "given_name": _pick(_joined(_FIRST_SYLLABLES, _LAST_SYLLABLES), random, size),
            "family_name": _pick(_joined(_FIRST_SYLLABLES, _FAMILY_ENDS), random, size),
            "birth_date": _dates(random.integers(-9_000, 14_000, size)),
            "sex_code": _pick(["1", "2"], random, size),
            "nationality_code": _pick(["099"], random, size),
            "section_code": pa.array(_SECTIONS).take(pa.array(section)),
            "status_code": pa.array(_STATUSES).take(pa.array(status)),
            "effective_date": _dates(random.integers(12_000, 20_000, size)),
            "ended_date": _dates(random.integers(20_000, 20_700, size), ended),
            "employer_account": _accounts(random, size, in_33),
            "employer_branch": _digits(100_000, random, size, in_33),
            "monthly_wage": _money(random.integers(165_000, 9_000_000, size), 11, in_33),
            "previous_employer": _accounts(random, size, in_39),
            "contribution_base": _money(np.full(size, 480_000), 9, in_39),
            "left_employment_date": _dates(random.integers(12_000, 20_000, size), in_39),
            "option_code": _pick(_OPTIONS, random, size, in_40),
            "enrolment_channel": _pick(["01", "02", "05"], random, size, in_40),
            "occupation_code": _digits(1_000, random, size, in_40),
            "hospital_code": _hospitals(random, size),
            "total_months_paid": pa.array(months),
            "total_amount_paid": _money(months * 43_200, 13),
            "old_age_balance": _money(months * 21_600, 13),
            "last_period_paid": pa.array(202_600 + random.integers(1, 11, size), pa.int32()),
            "office_code": _digits(1_000, random, size),
            "update_count": pa.array(random.integers(0, 5_000, size)),
            "updated_date": _dates(random.integers(20_000, 20_700, size)),
            "balance_adjustment": _money(random.integers(-500_000, 500_000, size), 9),
        }
    )


def national_ids(start: int, size: int) -> Ints:
    """Thirteen-digit IDs number ``start`` and following, no two alike, check digits valid."""
    body = _FIRST_ID + np.arange(start, start + size) * _ID_STEP % _ID_RANGE
    powers = 10 ** np.arange(11, -1, -1)
    weighted = body[:, None] // powers % 10 * np.arange(13, 1, -1)
    ids: Ints = body * 10 + (11 - weighted.sum(axis=1) % 11) % 10
    return ids


def _joined(first: list[str], last: list[str]) -> list[str]:
    return [one + other for one in first for other in last]


def _pick(
    texts: list[str],
    random: np.random.Generator,
    size: int,
    present: npt.NDArray[np.bool_] | None = None,
) -> pa.Array:
    places = random.integers(0, len(texts), size)
    mask = None if present is None else ~present
    return pa.array(texts).take(pa.array(places, mask=mask))


def _digits(
    least: int,
    random: np.random.Generator,
    size: int,
    present: npt.NDArray[np.bool_] | None = None,
) -> pa.Array:
    """Digit texts as long as ``least``."""
    numbers = random.integers(least, 10 * least, size)
    return pa.array(numbers, mask=None if present is None else ~present).cast(pa.utf8())


def _accounts(random: np.random.Generator, size: int, present: npt.NDArray[np.bool_]) -> pa.Array:
    """Employer accounts with their check digit."""
    accounts = employer_accounts(random.integers(100_000_000, 1_000_000_000, size))
    return pc.if_else(pa.array(present), accounts, pa.scalar(None, pa.utf8()))


def _dates(days: Ints, present: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    mask = None if present is None else ~present
    return pa.array(days.astype(np.int32), mask=mask).cast(pa.date32())


def _money(satang: Ints, precision: int, present: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Decimal128 with two decimals from whole satang."""
    limbs = np.stack([satang, satang >> 63], axis=1)
    validity = None if present is None else pa.array(present).buffers()[1]
    buffers = [validity, pa.py_buffer(np.ascontiguousarray(limbs))]
    return pa.Array.from_buffers(pa.decimal128(precision, 2), len(satang), buffers)


def _hospitals(random: np.random.Generator, size: int) -> pa.Array:
    """Three choices a person."""
    codes = pa.array(random.integers(1_000_000, 10_000_000, 3 * size)).cast(pa.utf8())
    offsets = pa.array(np.arange(0, 3 * size + 1, 3, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, codes)
