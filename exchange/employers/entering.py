"""Entering filings: what employers' accepted files of contributions make due goes to the ledger.

A step after receiving. Files are entered in batches, each in one transaction; a run that broke
off is gone on with by the next one, and two that run at once enter each file once. Bytes that
were filed before and come again as a correction or supplement count again, in their turn.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.blocks import headers_above, keys_of, read_part, satang_column
from exchange.employers.declared import filing_interfaces
from exchange.employers.lines import due_of
from exchange.inbound.before_reading import is_copied_sheet
from exchange.inbound.stored import DETAILS, HEADERS
from exchange.site import Site
from interfaces.model import FilingRule, FilingSubject, Interface
from interfaces.names import read_name
from ledger.filed_again import file_again, further_names
from ledger.filing_entry import NEW_SCHEMA, Entered, enter
from ledger.filings import waiting_filings
from ledger.judged_names import under_judged_names
from ledger.listing import standings

BATCH_FILES = 5_000
"""Files entered in one transaction."""

LOOKED_BACK = timedelta(days=400)
"""A file that landed so long before the business date, and was accepted only since, is still
entered; older ones are not looked for."""

_HEADER_COLUMNS = (
    "_file_id",
    "_record_number",
    "acc_no",
    "branch_no",
    "paid_date",
    "paid_period",
    "total_employee",
    "total_paid",
)
_NUMBER = re.compile(r"_[A-Z]([0-9]{2})\.[^.]*$")
"""Number of the mark at the end of a file name."""

_TURN = ("business_date", "number", "name", "file_id")
"""What decides in which order files count."""

_LINE_COLUMNS = ("_file_id", "_record_number", "wages", "paid_amount")


def enter_filings(site: Site, business_date: date) -> dict[str, object]:
    """Enter every accepted filing of contributions that is not in the ledger yet; counts.

    Of business dates up to the given one, in whose books they stand. OutsideFailure when a part
    with accepted records is gone.
    """
    names = filing_interfaces(site, FilingSubject.CONTRIBUTIONS)
    since = business_date - LOOKED_BACK
    waiting = waiting_filings(site.ledger, names, since=since, up_to=business_date)
    # A run of an earlier date may meet files that were judged under names of later ones.
    copies = further_names(site.ledger, names, since=since, up_to=date.max)
    waiting = under_judged_names(site.ledger, waiting, copies["file_id"])
    waiting = in_order_of_marks(site, waiting)
    again = copies.filter(pc.less_equal(copies["business_date"], pa.scalar(business_date)))
    again = in_order_of_marks(site, again)
    again = again.filter(pc.greater(again["number"], 0))
    again = again.filter(pa.array(_same_month(site, again), pa.bool_()))
    done: list[Entered] = []
    early: list[dict[str, object]] = []
    filed_again = start = 0
    for copy, end in zip(again.to_pylist(), _turns(again, waiting), strict=True):
        done += _enter(site, waiting.slice(start, end - start), business_date)
        start = end
        counts = _file_again(site, copy, business_date)
        filed_again += counts
        early += [] if counts else [copy]
    done += _enter(site, waiting.slice(start), business_date)
    # A copy whose turn came before its file's: of two names of one day the file has the other.
    filed_again += sum(_file_again(site, copy, business_date) for copy in early)
    return {
        "files": sum(one.files for one in done),
        "filings": sum(one.filings for one in done),
        "persons": sum(one.persons for one in done),
        "contribution_satang": sum(one.contribution_satang for one in done),
        "filed_again": filed_again,
    }


def _enter(site: Site, files: pa.Table, business_date: date) -> list[Entered]:
    """Enter files, in their order, batch by batch."""
    done = []
    for start in range(0, len(files), BATCH_FILES):
        batch = files.slice(start, BATCH_FILES)
        done.append(
            enter(
                site.ledger,
                batch["file_id"].to_pylist(),
                new_filings(site, batch),
                partial(due_of, site),
                business_date=business_date,
                recorded_at=site.clock(),
            )
        )
    return done


def _file_again(site: Site, copy: dict[str, object], business_date: date) -> bool:
    return file_again(
        site.ledger,
        str(copy["file_id"]),
        str(copy["name"]),
        str(copy["purpose"]),
        partial(due_of, site),
        business_date=business_date,
        recorded_at=site.clock(),
    )


def _turns(again: pa.Table, waiting: pa.Table) -> list[int]:
    """How many of the files that wait come before each copy; both are in order of marks."""
    if not len(again):
        return []
    own, others = (
        list(zip(*(table[name].to_pylist() for name in _TURN), strict=True))
        for table in (again, waiting)
    )
    return [bisect_left(others, key) for key in own]


def in_order_of_marks(site: Site, waiting: pa.Table) -> pa.Table:
    """Files (ledger.filings.WAITING_SCHEMA) with ``purpose`` and the mark's ``number`` (0 without
    one), in the order in which they count.

    Of a business date first those without a mark, then by the mark's number, then by name: ``X``,
    ``X_S01``, ``X_C02``. Names alone decide, so that a run that broke off ends as any other.
    """
    purposes, numbers = _marks(site, waiting)
    marked = waiting.append_column("purpose", purposes).append_column("number", numbers)
    keys = [(name, "ascending") for name in _TURN]
    return marked.take(pc.sort_indices(marked, sort_keys=keys))


def new_filings(site: Site, files: pa.Table) -> pa.Table:
    """The accepted blocks of files (as :func:`in_order_of_marks` gives them): NEW_SCHEMA, files
    in their order.

    A block is accepted when a line of it is, or when its header says that it has none: a header
    that was refused takes its lines along.
    """
    parts = sorted(pc.unique(files["part_uri"]).drop_null().to_pylist())
    found = list(_blocks(site, files, parts))
    if not found:
        return NEW_SCHEMA.empty_table()
    filings = pa.concat_tables(found)
    place = pc.index_in(filings["file_id"], value_set=files["file_id"].combine_chunks())
    order = np.lexsort((np.asarray(filings["record_number"]), np.asarray(place)))
    return filings.take(pa.array(order))


def _blocks(site: Site, files: pa.Table, parts: list[str]) -> Iterator[pa.Table]:
    for part in parts:
        own = files.filter(pc.fill_null(pc.equal(files["part_uri"], part), False))
        path = site.home.root / part
        ids = own["file_id"].combine_chunks()
        headers = read_part(path, HEADERS, _HEADER_COLUMNS)
        header_keys = keys_of(headers, ids)
        is_known = header_keys >= 0
        for name in ("acc_no", "branch_no", "paid_period"):
            is_known &= np.asarray(pc.is_valid(headers[name]))
        order = np.argsort(header_keys)
        lines = read_part(path, DETAILS, _LINE_COLUMNS)
        keys = keys_of(lines, ids)
        above, is_under = headers_above(header_keys[order], keys)
        row = order[np.searchsorted(header_keys[order], above[is_under])]
        lines = lines.filter(pa.array(is_under))
        persons = np.bincount(row, minlength=len(headers))
        wages, shares = np.zeros(len(headers), np.int64), np.zeros(len(headers), np.int64)
        np.add.at(wages, row, np.asarray(satang_column(lines["wages"])))
        np.add.at(shares, row, np.asarray(satang_column(lines["paid_amount"])))
        is_empty = np.asarray(pc.equal(pc.fill_null(headers["total_employee"], -1), 0))
        rows = np.flatnonzero(is_known & ((persons > 0) | is_empty))
        chosen = headers.take(pa.array(rows))
        file = own.take(pa.array(header_keys[rows] >> 40))
        yield pa.table(
            {
                "file_id": file["file_id"],
                "record_number": chosen["_record_number"],
                "employer_account": chosen["acc_no"],
                "employer_branch": chosen["branch_no"],
                "period": chosen["paid_period"],
                "purpose": file["purpose"],
                "paid_date": chosen["paid_date"],
                "persons": pa.array(persons[rows], pa.int64()),
                "wages_satang": pa.array(wages[rows]),
                # Both sides pay the same.
                "contribution_satang": pa.array(2 * shares[rows]),
                "declared_satang": satang_column(chosen["total_paid"]),
                "business_date": file["business_date"],
                "interface": file["interface"],
                "file_name": file["name"],
                "part_uri": file["part_uri"],
            },
            schema=NEW_SCHEMA,
        )


def _same_month(site: Site, again: pa.Table) -> list[bool]:
    """Whether each copy's name says the employer and month of the name that came first; a copied
    workbook of another one is no filing of that month."""
    rows = zip(*(again[n].to_pylist() for n in ("interface", "version", "file_id")), strict=True)
    known = standings(site.ledger, again["file_id"].to_pylist())
    names = again["name"].to_pylist()
    told = []
    for (interface, version, file_id), name in zip(rows, names, strict=True):
        rule = site.registry.get(f"{interface}.{version}")
        own = read_name(rule.file, name)
        told.append(own is not None and not is_copied_sheet(rule, own, known[file_id].file.name))
    return told


def _marks(site: Site, waiting: pa.Table) -> tuple[pa.Array, pa.Array]:
    """What each file does to what was filed before, and the number of the mark in its name; 0
    without one."""
    known: dict[tuple[str, int], Interface] = {}
    purposes, numbers = [], []
    columns = (waiting[name].to_pylist() for name in ("interface", "version", "name"))
    for name, version, file_name in zip(*columns, strict=True):
        if (name, version) not in known:
            known[name, version] = site.registry.get(f"{name}.{version}")
        interface = known[name, version]
        rule, parts = _rule(interface), read_name(interface.file, file_name)
        mark = None if parts is None else parts.mark
        # Receiving refuses a letter that is not declared; declarations change, though.
        purposes.append(rule.marks.get(mark or "", rule.plain).value)
        numbers.append(0 if mark is None else mark_number(file_name))
    return pa.array(purposes, pa.string()), pa.array(numbers, pa.int64())


def mark_number(file_name: str) -> int:
    """Number of the mark at the end of a file name, 0 without one: ``_C00`` marks nothing."""
    written = _NUMBER.search(file_name)
    return 0 if written is None else int(written[1])


def _rule(interface: Interface) -> FilingRule:
    return interface.filing or FilingRule()
