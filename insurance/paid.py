"""Months paid, gathered from one row per payment into a bit mask and a last payment a person.

Rows may come in any order and more than once; the answer does not depend on it. Memory is a
few arrays over persons and one block of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import Bools, Ints, numbers_of
from insurance.identifiers import NATIONAL_ID_LENGTH
from insurance.lapse import MASK_MONTHS, Masks
from insurance.money import baht_of, satang_of
from insurance.periods import is_period, month_index, period_of_index

_BLOCK = 1 << 20

# A payment's place in time and its other values are each packed into one integer, so that "the
# latest" is a plain maximum. 0 in a packed part is null.
_DATE_BITS = 24
_DATE_SHIFT = 1 << 22
_CHANNEL_BITS = 16
_AMOUNT_SHIFT = 1 << 40


@dataclass(frozen=True, slots=True)
class PaidMonths:
    """What each of n persons has paid.

    ``months`` uint64[n], bit k for month ``base + k``; ``last_period`` int32,
    ``last_channel`` utf8, ``last_date`` date32 and ``last_amount`` decimal128(9, 2) describe one
    payment, that of the latest period (of the latest day, the greatest amount and channel code
    if it was paid more than once); null where nothing was paid.
    """

    months: Masks
    last_period: pa.Array
    last_channel: pa.Array
    last_date: pa.Array
    last_amount: pa.Array


def person_keys(national_ids: pa.Array, sections: pa.Array, table: str) -> Ints:
    """National ID and section as one number; int64[n].

    ValueError when one of them is not 13 or 2 digits: ``table`` was not validated.
    """
    ids, good_ids = numbers_of(national_ids, NATIONAL_ID_LENGTH)
    section, good_sections = numbers_of(sections, 2)
    wrong = int(np.count_nonzero(~(good_ids & good_sections)))
    if wrong:
        raise ValueError(
            f"{table}: {wrong} rows without a national ID of 13 digits and a section of 2; "
            "pass accepted records only"
        )
    return ids * 100 + section


def gather_paid(keys: Ints, paid: pa.Table, base: int) -> PaidMonths:
    """Months paid of the persons ``keys`` (see :func:`person_keys`) from ``paid`` rows.

    ``paid`` has national_id, section_code, channel utf8, period int32, amount decimal128(≤18, 2),
    paid_date date32. Rows of other persons, and months outside the 64 from ``base`` on, set no
    bit. ValueError for rows without a period or with an unreadable person.
    """
    known, person = np.unique(keys, return_inverse=True)
    channels = pc.unique(paid["channel"]).drop_null().sort()
    latest = _Latest(len(known), channels)
    months = np.zeros(len(known), np.uint64)
    for batch in paid.to_batches(max_chunksize=_BLOCK):
        if batch.num_rows:
            _add_batch(batch, known, base, months, latest)
    return latest.result(months, person)


class _Latest:
    """Best payment so far of each known key, as the two packed integers."""

    def __init__(self, count: int, channels: pa.Array) -> None:
        self.channels = channels
        self.when = np.zeros(count, np.int64)
        self.what = np.zeros(count, np.int64)

    def pack(self, batch: pa.RecordBatch, index: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
        days = batch.column("paid_date").cast(pa.int32())
        day = np.asarray(pc.fill_null(days, -_DATE_SHIFT), np.int64) + _DATE_SHIFT
        satang, amount_known = satang_of(batch.column("amount"))
        amount = np.where(amount_known, satang + _AMOUNT_SHIFT, 0)
        place = pc.index_in(batch.column("channel"), value_set=self.channels)
        channel = np.asarray(pc.fill_null(place, -1), np.int64) + 1
        return (index.astype(np.int64) << _DATE_BITS) | day, (amount << _CHANNEL_BITS) | channel

    def add(self, keys: Ints, when: Ints, what: Ints) -> None:
        """``keys`` are positions, each once."""
        old_when, old_what = self.when[keys], self.what[keys]
        better = (when > old_when) | ((when == old_when) & (what > old_what))
        self.when[keys[better]] = when[better]
        self.what[keys[better]] = what[better]

    def result(self, months: Masks, person: npt.NDArray[np.intp]) -> PaidMonths:
        when, what = self.when[person], self.what[person]
        day = when & ((1 << _DATE_BITS) - 1)
        amount = what >> _CHANNEL_BITS
        channel = what & ((1 << _CHANNEL_BITS) - 1)
        days = (day - _DATE_SHIFT).astype(np.int32)
        return PaidMonths(
            months=months[person],
            last_period=pa.array(
                period_of_index((when >> _DATE_BITS).astype(np.int32)), mask=when == 0
            ),
            last_channel=self.channels.take(pa.array(channel - 1, mask=channel == 0)),
            last_date=pa.array(days, pa.int32(), mask=day == 0).cast(pa.date32()),
            last_amount=baht_of(np.where(amount, amount - _AMOUNT_SHIFT, 0), amount != 0),
        )


def _add_batch(
    batch: pa.RecordBatch, known: Ints, base: int, months: Masks, latest: _Latest
) -> None:
    periods = np.asarray(pc.fill_null(batch.column("period"), 0), np.int32)
    if not is_period(periods).all():
        raise ValueError("paid: a row without a period yyyymm; pass accepted records only")
    index = month_index(periods)
    keys = person_keys(batch.column("national_id"), batch.column("section_code"), "paid")
    when, what = latest.pack(batch, index)
    bits = _month_bits(index, base)
    if np.any(keys[1:] < keys[:-1]):
        order = np.argsort(keys)
        keys, when, what, bits = keys[order], when[order], what[order], bits[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    place, found = _places(keys[starts], known)
    months[place[found]] |= np.bitwise_or.reduceat(bits, starts)[found]
    best = np.maximum.reduceat(when, starts)
    sizes = np.diff(starts, append=len(keys))
    of_best = np.where(when == np.repeat(best, sizes), what, -1)
    best_what = np.maximum.reduceat(of_best, starts)
    latest.add(place[found], best[found], best_what[found])


def _month_bits(index: npt.NDArray[np.int32], base: int) -> Masks:
    bit = index - np.int32(base)
    inside = (bit >= 0) & (bit < MASK_MONTHS)
    shifted = np.uint64(1) << np.where(inside, bit, 0).astype(np.uint64)
    return np.where(inside, shifted, np.uint64(0))


def _places(keys: Ints, known: Ints) -> tuple[npt.NDArray[np.intp], Bools]:
    place = np.searchsorted(known, keys)
    inside = place < len(known)
    place[~inside] = 0
    found = inside & (known[place] == keys) if len(known) else inside
    return place, found
