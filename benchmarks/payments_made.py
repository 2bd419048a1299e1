"""The payments of a night: most as the feed asked for, some with each kind of mistake."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.identifiers import national_ids
from insurance.money import satang_of
from insurance.reference import make_reference_2, read_references

PAYMENT_DAY = date(2026, 11, 20)
FILE_RECORDS = 750_000
"""Payments of a return file: its sequence numbers have six digits."""
SHARES = {
    "again": 0.01,  # the same month twice in one night
    "paid_before": 0.01,
    "wrong_amount": 0.01,
    "wrong_period": 0.01,
    "ended": 0.005,
    "not_sent": 0.005,
    "unknown": 0.005,
    "unreadable": 0.005,
    "rejected": 0.002,
    "debit": 0.002,
}
"""Share of the payments with each mistake; the others are right."""

_SEED = 2_568
_PAID_BEFORE, _NEVER_OFFERED = 202_601, 202_703
_EVENING_BEFORE = 0.03
_NOT_A_CITIZEN = 800_000_000_000  # no made person's ID begins with an 8
_NAMES = ("national_id", "section_code", "option_code", "period", "satang")


class NightsPayments:
    """Gathers payments batch by batch of persons, then spoils the share that is to be wrong."""

    def __init__(self, persons: int, returns: int) -> None:
        self._returns = returns
        self._share = returns / persons
        self._random = np.random.default_rng(_SEED)
        self._right: list[pa.Table] = []
        self._ended: list[pa.Array] = []
        self._elsewhere: list[pa.Array] = []

    def add(self, people: pa.Table, listed: pa.Table) -> None:
        """Somebody of each batch pays: ``listed`` are its rows in the feeds."""
        random = self._random
        months = listed["payable_month"].combine_chunks()
        first = np.asarray(months.offsets)[:-1]
        payers = np.flatnonzero(np.asarray(pc.list_value_length(months)) > 0)
        # Half as many again as will be needed: batches differ.
        wanted = min(len(payers), int(people.num_rows * self._share * 1.5) + 1)
        payers = np.sort(random.choice(payers, wanted, replace=False))
        month = months.values.take(pa.array(first[payers]))
        chosen = listed.select(list(_NAMES[:3])).take(pa.array(payers))
        satang, _ = satang_of(month.field("amount"))
        chosen = chosen.append_column("period", month.field("period"))
        self._right.append(chosen.append_column("satang", pa.array(satang)))
        few = int(people.num_rows * self._share * 0.05) + 1
        is_ended = pc.and_(
            pc.equal(listed["status_code"], "E"), pc.equal(listed["section_code"], "39")
        )
        self._ended.append(listed.filter(is_ended)["national_id"].slice(0, few))
        elsewhere = people.filter(pc.equal(people["section_code"], "33"))
        self._elsewhere.append(elsewhere["national_id"].slice(0, few))

    def table(self) -> pa.Table:
        """Every payment in the order of its file, with ``intent``."""
        random = self._random
        right = pa.concat_tables(self._right).combine_chunks()
        if right.num_rows < self._returns:
            raise ValueError(f"{right.num_rows} persons may pay, fewer than {self._returns}")
        places = random.choice(right.num_rows, self._returns, replace=False)
        rows = right.take(pa.array(places))
        counts = {name: int(self._returns * share) for name, share in SHARES.items()}
        intent = np.full(self._returns, "right", dtype=object)
        end = 0
        for name, count in counts.items():
            intent[end : end + count] = name
            end += count
        rows = rows.append_column("intent", pa.array(intent, pa.utf8()))
        rows = self._spoiled(rows, intent)
        return self._written(rows.take(pa.array(random.permutation(self._returns))))

    def _spoiled(self, rows: pa.Table, intent: np.ndarray) -> pa.Table:
        def of(name: str) -> pa.Array:
            return pa.array(intent == name)

        def others(name: str, ids: pa.ChunkedArray) -> pa.Array:
            places = np.cumsum(intent == name) % max(1, len(ids))
            return ids.take(pa.array(places)).combine_chunks()

        ids, period, satang = (
            rows[name].combine_chunks() for name in ("national_id", "period", "satang")
        )
        section, option = (
            rows["section_code"].combine_chunks(),
            rows["option_code"].combine_chunks(),
        )
        ended = pa.chunked_array([c for one in self._ended for c in one.chunks], pa.utf8())
        elsewhere = pa.chunked_array([c for one in self._elsewhere for c in one.chunks], pa.utf8())
        nobody = national_ids(_NOT_A_CITIZEN + np.arange(len(ids)))
        ids = pc.if_else(of("ended"), others("ended", ended), ids)
        ids = pc.if_else(of("not_sent"), others("not_sent", elsewhere), ids)
        ids = pc.if_else(of("unknown"), nobody, ids)
        in_39 = pa.array(np.isin(intent.astype(str), ["ended", "not_sent"]))
        section = pc.if_else(in_39, "39", section)
        option = pc.if_else(in_39, pa.scalar(None, pa.utf8()), option)
        # The last of these right payments are each paid a second time.
        twin = np.arange(len(intent))
        again = np.flatnonzero(intent == "again")
        twin[again] = len(intent) - 1 - np.arange(len(again))
        period = pc.if_else(of("paid_before"), pa.scalar(_PAID_BEFORE, pa.int32()), period)
        period = pc.if_else(of("wrong_period"), pa.scalar(_NEVER_OFFERED, pa.int32()), period)
        satang = pc.if_else(of("wrong_amount"), pc.add(satang, 100), satang)
        table = pa.table(
            {
                "national_id": ids,
                "section_code": section,
                "option_code": option,
                "period": period,
                "satang": satang,
            }
        ).take(pa.array(twin))
        return table.append_column("intent", rows["intent"])

    def _written(self, rows: pa.Table) -> pa.Table:
        random, count = self._random, rows.num_rows
        intent = rows["intent"].combine_chunks()
        parts = [rows[name].combine_chunks() for name in _NAMES[:4]]
        reference_2 = make_reference_2(*parts)
        garbled = pc.binary_join_element_wise(pc.utf8_slice_codeunits(reference_2, 0, 11), "X", "")
        reference_2 = pc.if_else(pc.equal(intent, "unreadable"), garbled, reference_2)
        read = read_references(parts[0], reference_2)
        names = ["national_id", "section_code", "option_code", "period"]
        file_number, record = np.divmod(np.arange(count), FILE_RECORDS)
        file_ids = pa.array([f"{number:064x}" for number in range(1, file_number[-1] + 2)])
        day = (PAYMENT_DAY - date(1970, 1, 1)).days - (random.random(count) < _EVENING_BEFORE)
        return pa.table(
            {
                "file_id": file_ids.take(pa.array(file_number)),
                "record_number": pa.array(record + 2),
                **{name: read[name] for name in names},
                "reference_valid": read["valid"],
                "is_rejected": pc.equal(intent, "rejected"),
                "amount_satang": rows["satang"],
                "payment_date": pa.array(day.astype(np.int32)).cast(pa.date32()),
                "payment_time": pa.array(random.integers(21_600, 79_200, count).astype(np.int32)),
                "transaction_kind": pc.if_else(pc.equal(intent, "debit"), "D", "C"),
                "reference_1": parts[0],
                "reference_2": reference_2,
                "payer_name": pa.repeat("สมชาย ทองดี", count),
                "intent": intent,
            }
        )
