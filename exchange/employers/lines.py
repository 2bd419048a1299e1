"""Lines of employers' filings, and which of them count for a branch and wage month."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.blocks import headers_above, keys_of, read_part, satang_column
from exchange.inbound.stored import DETAILS, HEADERS
from exchange.site import Site
from insurance.digits import Ints, numbers_of
from insurance.identifiers import NATIONAL_ID_LENGTH
from ledger.database import reading
from ledger.filings import (
    DUE_SCHEMA,
    MONTH,
    counting,
    file_ranks,
    filings_of,
    filings_of_months,
    month_numbers,
    places_of,
)

LINES_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("header_number", pa.int64(), nullable=False),
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("employer_branch", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),  # Gregorian yyyymm
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("title_code", pa.string()),
        pa.field("given_name", pa.string()),
        pa.field("family_name", pa.string()),
        pa.field("wage_satang", pa.int64(), nullable=False),
        pa.field("contribution_satang", pa.int64(), nullable=False),  # employee's share
    ]
)

_STORED = {
    "national_id": "sso_id",
    "title_code": "prefix",
    "given_name": "fname",
    "family_name": "lname",
    "wage_satang": "wages",
    "contribution_satang": "paid_amount",
}
"""Columns of a line, as the dataset calls them."""

_OF_FILING = ("file_id", *MONTH)
_PLACE_COLUMNS = ("_file_id", "_record_number")
_BOTH_SIDES = 2


def filing_lines(
    site: Site, filings: pa.Table, columns: Sequence[str] = LINES_SCHEMA.names
) -> pa.Table:
    """The accepted lines of filings (ledger.filings.FILINGS_SCHEMA), as they were filed.

    ``columns`` of LINES_SCHEMA, rows in the order of parts, files and records; nothing is folded.
    """
    lines, filing = _lines(site, filings, columns)
    return _told(lines, filing, filings, columns)


def live_lines(
    site: Site,
    *,
    accounts: Collection[str] | None = None,
    periods: Collection[int] | None = None,
    months: pa.Table | None = None,
    booked_to: date | None = None,
    columns: Sequence[str] = LINES_SCHEMA.names,
    persons: pa.Array | None = None,
) -> pa.Table:
    """The lines that count, once all filings are folded: ``columns`` of LINES_SCHEMA.

    Of all branches and wage months, or of those of some accounts and periods, or of ``months``
    (columns of ledger.filings.MONTH). ``booked_to``: as the books stood at the end of that
    business date. ``persons``: those of these national IDs alone, each of whom is folded by
    itself. Ordered by account, branch, period and national ID.
    """
    if months is None:
        found = filings_of(site.ledger, accounts=accounts, periods=periods, booked_to=booked_to)
    elif accounts is None and periods is None:
        with reading(site.ledger) as connection:
            found = filings_of_months(connection, months, booked_to=booked_to)
    else:
        raise ValueError("live lines are asked for by months, or by accounts and periods")
    live = counting(found)
    lines, filing = _lines(site, live, {*columns, "national_id"}, persons)
    numbers = _persons(lines)
    kept = _kept(lines, filing, numbers, live)
    order = kept[np.lexsort((numbers[kept], _month_ranks(live)[filing[kept]]))]
    return _told(lines.take(pa.array(order)), filing[order], live, columns)


def due_of(site: Site, filings: pa.Table) -> pa.Table:
    """What is due for the months of ``filings`` (all of each month): ledger.filings.DueOf.

    Of a month with one filing that counts it is that filing's sum; its lines are not read.
    """
    live = counting(filings)
    numbers, count = month_numbers(live)
    is_alone = np.bincount(numbers, minlength=count)[numbers] == 1
    alone = live.filter(pa.array(is_alone)).select([*MONTH, "contribution_satang"])
    alone = alone.rename_columns(DUE_SCHEMA.names).cast(DUE_SCHEMA)
    told = pa.concat_tables([alone, _folded(site, live.filter(pa.array(~is_alone)))])
    asked = filings.select(list(MONTH)).group_by(list(MONTH)).aggregate([])
    place = places_of(asked, told)
    # Nothing is due for a month of which everything was withdrawn.
    due = np.append(np.asarray(told["due_satang"], np.int64), 0)[place]
    return asked.append_column("due_satang", pa.array(due)).cast(DUE_SCHEMA)


def _folded(site: Site, live: pa.Table) -> pa.Table:
    """What is due for the months of filings that count together: DUE_SCHEMA."""
    lines, filing = _lines(site, live, ("national_id", "contribution_satang"))
    kept = _kept(lines, filing, _persons(lines), live)
    due = np.zeros(len(live), np.int64)
    np.add.at(due, filing[kept], np.asarray(lines["contribution_satang"], np.int64)[kept])
    by_filing = live.select(list(MONTH)).append_column("satang", pa.array(_BOTH_SIDES * due))
    by_month = by_filing.group_by(list(MONTH)).aggregate([("satang", "sum")])
    return by_month.rename_columns(DUE_SCHEMA.names).cast(DUE_SCHEMA)


def _kept(lines: pa.Table, filing: Ints, persons: Ints, live: pa.Table) -> Ints:
    """Rows of the lines that count: of each month and person the last that replaces what was
    filed before, or else the first that adds the person.

    ``filing``: row of ``live`` (filings that count, in order) of each line.
    """
    month, count = month_numbers(live)
    is_alone = np.bincount(month, minlength=count)[month][filing] == 1
    several = np.flatnonzero(~is_alone)
    if not len(several):
        return np.arange(len(lines), dtype=np.int64)
    adds = np.asarray(pc.equal(live["purpose"], "add"))
    rank = file_ranks(live)
    preference = np.where(adds, len(live) + rank, -rank)[filing[several]]
    record = np.asarray(lines["record_number"], np.int64)[several]
    of_month = month[filing[several]]
    order = np.lexsort((-record, preference, persons[several], of_month))
    key = np.stack([of_month[order], persons[several][order]])
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    return np.sort(np.concatenate([np.flatnonzero(is_alone), several[order[is_first]]]))


def _persons(lines: pa.Table) -> Ints:
    """A number for each line's national ID, in the order of the IDs; int64[n]."""
    ids = lines["national_id"].combine_chunks()
    numbers, known = numbers_of(ids, NATIONAL_ID_LENGTH)
    if known.all():
        return numbers
    distinct = pc.unique(ids)
    ranks = pc.rank(distinct).to_numpy().astype(np.int64)
    ranked: Ints = ranks[np.asarray(pc.index_in(ids, value_set=distinct))]
    return ranked


def _month_ranks(live: pa.Table) -> Ints:
    """Place of each filing's month in the order of account, branch and period; int64[n]."""
    keys = [(name, "ascending") for name in MONTH]
    order = np.asarray(pc.sort_indices(live, sort_keys=keys), np.int64)
    ranks = np.empty(len(live), np.int64)
    ranks[order] = np.arange(len(live))
    month, count = month_numbers(live)
    first = np.full(count, len(live), np.int64)
    np.minimum.at(first, month, ranks)
    return first[month]


def _told(lines: pa.Table, filing: Ints, filings: pa.Table, columns: Sequence[str]) -> pa.Table:
    """``columns`` of LINES_SCHEMA, those of the filing beside those of the line."""
    place = pa.array(filing)
    made = {name: filings[name].take(place) for name in _OF_FILING if name in columns}
    if "header_number" in columns:
        made["header_number"] = filings["record_number"].take(place)
    made |= {name: lines[name] for name in columns if name not in made}
    schema = pa.schema([LINES_SCHEMA.field(name) for name in columns])
    return pa.table({name: made[name] for name in columns}, schema=schema)


def lines_by_part(
    site: Site, filings: pa.Table, columns: Collection[str], persons: pa.Array | None = None
) -> Iterator[tuple[pa.Table, Ints]]:
    """Lines of ``filings`` (FILINGS_SCHEMA), nothing folded, a table for each part that holds them.

    Their record numbers and, of ``columns`` of LINES_SCHEMA, those that a line has of its own; and
    the row of the filing that each stands under, int64[n]. ``persons``: only lines with these
    national IDs.
    """
    wanted = {name: stored for name, stored in _STORED.items() if name in columns}
    parts = filings["part_uri"].combine_chunks().dictionary_encode()
    codes = np.asarray(pc.fill_null(parts.indices, -1), np.int64)
    uris = parts.dictionary.to_pylist()
    for code in sorted(range(len(uris)), key=uris.__getitem__):
        of_part = np.flatnonzero(codes == code)
        own = filings.select(["file_id", "record_number"]).take(pa.array(of_part))
        lines, under = _lines_of_part(site.home.root / uris[code], own, wanted)
        if persons is not None:
            is_asked = pc.is_in(lines["national_id"], value_set=persons)
            lines, under = lines.filter(is_asked), under[np.asarray(is_asked)]
        yield lines, of_part[under]


def _lines(
    site: Site, filings: pa.Table, columns: Collection[str], persons: pa.Array | None = None
) -> tuple[pa.Table, Ints]:
    """As :func:`lines_by_part`, of all parts together."""
    tables: list[pa.Table] = [_no_lines({name: "" for name in _STORED if name in columns})]
    rows: list[Ints] = [np.zeros(0, np.int64)]
    for lines, filing in lines_by_part(site, filings, columns, persons):
        tables.append(lines)
        rows.append(filing)
    return pa.concat_tables(tables), np.concatenate(rows)


def _no_lines(wanted: Mapping[str, str]) -> pa.Table:
    names = ("record_number", *wanted)
    return pa.schema([LINES_SCHEMA.field(name) for name in names]).empty_table()


def _lines_of_part(
    path: Path, filings: pa.Table, wanted: Mapping[str, str]
) -> tuple[pa.Table, Ints]:
    files = pc.unique(filings["file_id"])
    headers = np.sort(keys_of(read_part(path, HEADERS, _PLACE_COLUMNS), files))
    details = read_part(path, DETAILS, (*_PLACE_COLUMNS, *wanted.values()))
    under, is_under = headers_above(headers, keys_of(details, files))
    own = keys_of(filings, files, ("file_id", "record_number"))
    order = np.argsort(own)
    place = np.minimum(np.searchsorted(own[order], under), len(own) - 1)
    is_ours = is_under & (own[order][place] == under)
    lines = _no_lines(wanted).schema
    if not is_ours.all():
        details = details.filter(pa.array(is_ours))
    columns = {"record_number": details["_record_number"]}
    for name, stored in wanted.items():
        is_money = name in ("wage_satang", "contribution_satang")
        columns[name] = satang_column(details[stored]) if is_money else details[stored]
    return pa.table(columns, schema=lines), order[place[is_ours]]
