"""What an answer says of a file as a whole: who filed what, the result, and the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.filed_lines import Batch, Filed, Found, Ints
from exchange.employers.whose import whose
from interfaces.catalogue import Catalogue
from interfaces.model import Severity
from ledger.judged_files import RESULT_NUMBER
from validation.controls import NOT_PROVABLE

ALL_ACCEPTED, SOME_REFUSED, ALL_REFUSED = "A", "P", "R"

MONTH_SUMS = {
    "due": "filed_satang",
    "paid": "paid_satang",
    "surcharge": "surcharge_satang",
    "outstanding": "outstanding_satang",
    "overpaid": "overpaid_satang",
}
"""Sums of a wage month by name, and where the books' standings have them."""
EMPTY = "FILE_EMPTY"


@dataclass(frozen=True, slots=True)
class Summaries:
    """A row a file, in the order of the batch.

    ``account`` and ``period`` (Gregorian yyyymm) as :func:`exchange.employers.whose.whose` tells.
    ``read``, ``accepted``, ``refused`` count detail records. ``declared_satang`` is what the
    headers say is paid, both sides, ``due_satang`` what is due on the accepted lines. ``month``
    holds MONTH_SUMS of the accounts and months of the file as the books have them. Satang; 0 where
    the file was refused.
    """

    business_date: date
    file_id: pa.Array
    name: pa.Array
    answer_number: Ints
    account: pa.Array
    period: pa.Array
    result: pa.Array
    reason_code: pa.Array
    read: Ints
    accepted: Ints
    refused: Ints
    declared_satang: Ints
    due_satang: Ints
    month: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.file_id)


def summarise(
    batch: Batch,
    filed: Filed,
    found: Found,
    months: pa.Table,
    catalogue: Catalogue,
    beginnings: pa.Array | None = None,
) -> Summaries:
    """Summaries of a batch; ``months`` (STANDINGS_SCHEMA) are those that the day's filings are
    about, ``beginnings`` (utf8[n]) the accounts at the beginning of refused files."""
    files, count = batch.files, batch.files.num_rows
    is_empty = np.zeros(count, np.bool_)
    is_empty[found.file[np.asarray(pc.equal(found.code, EMPTY), np.bool_)]] = True
    account, period = whose(batch, filed, beginnings, is_empty)
    rejected = np.asarray(files["records_rejected"])
    result = np.where(rejected > 0, SOME_REFUSED, ALL_ACCEPTED)
    result[~batch.is_accepted] = ALL_REFUSED
    reasons = _reasons(found, catalogue, count)
    return Summaries(
        business_date=batch.day,
        file_id=files["file_id"].combine_chunks(),
        name=files["name"].combine_chunks(),
        answer_number=np.asarray(files[RESULT_NUMBER], np.int64),
        account=account,
        period=period,
        result=pa.array(result.astype(object), pa.utf8()),
        reason_code=pc.if_else(pa.array(batch.is_accepted), pa.scalar(None, pa.utf8()), reasons),
        read=np.asarray(files["records_read"], np.int64),
        accepted=np.asarray(files["records_accepted"], np.int64),
        refused=rejected.astype(np.int64),
        declared_satang=_sums(filed.file, _declared(batch, filed), count),
        due_satang=_sums(filed.file, filed.due_satang, count),
        month=_month_sums(filed, months, batch, count),
    )


def _declared(batch: Batch, filed: Filed) -> Ints:
    """What the headers of accepted files say is paid; of a refused one not all may be known."""
    counts = filed.is_header & batch.is_accepted[filed.file]
    return filed.contribution_satang * counts


def _reasons(found: Found, catalogue: Catalogue, count: int) -> pa.Array:
    """The code for which a refused file was refused: the first in the order of the catalogue that
    refuses a file, else that its totals cannot be proven, else why its records were rejected."""
    order = [
        *catalogue.codes(Severity.REFUSE),
        NOT_PROVABLE,
        *(c for c in catalogue.codes(Severity.REJECT, Severity.WARN) if c != NOT_PROVABLE),
    ]
    codes = pa.array(order, pa.utf8())
    rank = np.full(count, len(order), np.int64)
    places = np.asarray(pc.index_in(found.code, value_set=codes), np.int64)
    np.minimum.at(rank, found.file, places)
    return codes.take(pa.array(rank, mask=rank == len(order)))


def _month_sums(filed: Filed, months: pa.Table, batch: Batch, count: int) -> dict[str, Ints]:
    """Sums over the accounts and months of a file's blocks, each once."""
    blocks = np.flatnonzero(filed.is_header & batch.is_accepted[filed.file])
    at = pa.array(blocks)
    keys = pa.table(
        {
            "file": filed.file[blocks],
            "employer_account": filed.account.take(at),
            "period": filed.period.take(at),
        }
    )
    each = keys.group_by(keys.column_names).aggregate([])
    joined = each.join(months, ["employer_account", "period"], join_type="inner")
    file = np.asarray(joined["file"], np.int64)
    return {
        name: _sums(file, np.asarray(joined[column], np.int64), count)
        for name, column in MONTH_SUMS.items()
    }


def _sums(file: Ints, satang: Ints, count: int) -> Ints:
    """Exact sums by file."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, file, satang)
    return sums
