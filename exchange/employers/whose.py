"""Whose a filing is: the account that its answer goes to, and the wage month that it is about."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.filed_lines import Batch, Bools, Filed, Ints
from insurance.identifiers import employer_account_faults
from interfaces.names import read_name

_ACCOUNT = r"^[0-9]{10}$"
_IN_NAME = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")
_YEARS = range(1900, 2200)
_MONTHS = range(1, 13)


def whose(
    batch: Batch, filed: Filed, beginnings: pa.Array | None, is_empty: Bools
) -> tuple[pa.Array, pa.Array]:
    """Account (utf8) and Gregorian yyyymm (int32) of each file, null where nothing tells.

    Of an accepted file those of its first record that has an account. Of a refused one, of which
    nothing is proven, what its name says by declaration; else the account that stands in the name
    and at the beginning of the content (``beginnings``, utf8[n]), when both are the same and its
    check digit is right. What has no content (``is_empty``) is believed its name.
    """
    is_sure = batch.is_accepted
    line = _first_lines(batch, filed)
    at = pa.array(line, mask=line < 0)
    count = len(line)
    accounts: list[str | None] = [None] * count
    months: list[int | None] = [None] * count
    names = batch.files["name"].to_pylist()
    known = beginnings.to_pylist() if beginnings is not None else [None] * count
    for file in np.flatnonzero((line < 0) | ~is_sure).tolist():
        parts = read_name(batch.interface.file, names[file])
        if parts is not None:
            accounts[file], months[file] = parts.account, _month(parts.period)
        if accounts[file] is None and not is_sure[file]:
            accounts[file] = _agreed(names[file], known[file], is_empty=bool(is_empty[file]))
    named = pa.array(accounts, pa.utf8())
    own = filed.account.take(at)
    sure = pa.array(is_sure)
    account = pc.if_else(sure, pc.coalesce(own, named), named)
    is_its = pc.fill_null(pc.or_(sure, pc.equal(own, account)), False)
    period = pc.if_else(is_its, filed.period.take(at), pa.scalar(None, pa.int32()))
    return account, pc.coalesce(period, pa.array(months, pa.int32()))


def _first_lines(batch: Batch, filed: Filed) -> Ints:
    """The first record of each file that has an account, -1 where none has; int64[n]."""
    sound = pc.fill_null(pc.match_substring_regex(filed.account, _ACCOUNT), False)
    told = np.flatnonzero(np.asarray(sound))
    file, first = np.unique(filed.file[told], return_index=True)
    line = np.full(batch.files.num_rows, -1, np.int64)
    line[file] = told[first]
    return line


def _agreed(name: str, beginning: str | None, *, is_empty: bool) -> str | None:
    """The account of a refused text: the one in its name, if the content does not contradict."""
    found = set(_IN_NAME.findall(name))
    if len(found) != 1:
        return None
    (account,) = found
    if employer_account_faults(pa.array([account], pa.utf8()))[0]:
        return None
    return account if is_empty or account == beginning else None


def _month(period: int | None) -> int | None:
    """A name's Gregorian yyyymm, None where it is no month that anybody is paid for: senders
    write Gregorian years and a thirteenth month into names."""
    if period is None or period // 100 not in _YEARS or period % 100 not in _MONTHS:
        return None
    return period
