"""Employers' form 1-10 files for one period: right ones, and one in five wrong in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from exporters.encode import encode_batch
from exporters.framing import frame_block
from insurance.digits import text_of_numbers
from insurance.money import baht_of
from insurance.periods import buddhist
from insurance.wages import wage_contributions
from interfaces.dated import code_list
from interfaces.model import Interface, Role
from interfaces.names import make_name
from parsers.arrow_types import record_named
from parsers.copybook import load_layout
from simulation.population.filing_sheet import Sheet
from simulation.population.filing_ways import Wrong, choose_ways, spoil_bytes, spoil_sheet
from simulation.population.persons import (
    draw_people,
    family_names,
    given_names,
    month_days,
    titles,
)
from simulation.population.scenario import Scenario
from simulation.population.second_filings import with_second_filings
from simulation.population.truth import TruthWriter
from simulation.population.workbooks import workbook_of

Ints = NDArray[np.int64]

_LATEST_DAY = 15
_WORKBOOK_ONE_IN = 12
_FILES_AT_ONCE = 1000  # a multiple of the five of which one is wrong


@dataclass(frozen=True)
class Workforce:
    """Who works where: person numbers and positions of their branches, of chosen employers."""

    numbers: Ints
    branches: Ints

    @classmethod
    def joined(cls, parts: Sequence[Workforce]) -> Workforce:
        """All parts, one after the other (at least one)."""
        return cls(
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.branches for part in parts]),
        )


def choose_filers(scenario: Scenario, filings: int) -> NDArray[np.bool_]:
    """Employers that may file; bool (employers).

    More than ``filings``, because some will turn out to have nobody at work; none of those that
    expect more than a thousand employees, so that the files stay small.
    """
    employers = scenario.employers
    sizes = np.diff(employers.shares, prepend=0)
    expected = scenario.persons * sizes // int(employers.shares[-1])
    fit = np.flatnonzero((sizes > 0) & (expected <= 1000))
    lot = scenario.dice.bits("filer", fit)
    chosen = fit[np.argsort(lot, kind="stable")][: 2 * filings + 16]
    may_file = np.zeros(len(employers), np.bool_)
    may_file[chosen] = True
    return may_file


def write_filings(
    scenario: Scenario,
    interface: Interface,
    folder: Path,
    workforce: Workforce,
    filings: int,
    truth: TruthWriter,
    *,
    with_faults: bool,
    further: bool = False,
) -> int:
    """Write the files of at most ``filings`` employers into ``folder``; the number of employers.

    One file an employer with at least one employee, named by account and period, a block a
    branch, by national ID within it. With ``with_faults`` one in five is wrong. ``further``:
    some of the right ones are spreadsheets, and some employers send a second file.
    """
    employer = scenario.employers.branch_employer[workforce.branches]
    filers = np.unique(employer)
    lot = scenario.dice.bits("filer", filers)
    chosen = np.sort(filers[np.argsort(lot, kind="stable")][:filings])
    order = np.lexsort((workforce.numbers, workforce.branches))
    first = np.searchsorted(employer[order], chosen)
    end = np.searchsorted(employer[order], chosen, side="right")
    for start in range(0, len(chosen), _FILES_AT_ONCE):
        some = slice(start, start + _FILES_AT_ONCE)
        spans = zip(first[some].tolist(), end[some].tolist(), strict=True)
        rows = np.concatenate([np.arange(begin, stop) for begin, stop in spans])
        sheet = _sheet(scenario, workforce.numbers[order[rows]], workforce.branches[order[rows]])
        wrong = choose_ways(sheet, start) if with_faults else Wrong.none(sheet)
        spoil_sheet(scenario, sheet, wrong)
        if not further:
            _write(scenario, interface, folder, sheet, wrong, truth)
            continue
        filed = with_second_filings(sheet, wrong, scenario.wage_rates, start)
        as_workbook = _as_workbooks(filed.wrong, start)
        _write(
            scenario, interface, folder, filed.first, filed.wrong, truth, as_workbook=as_workbook
        )
        for mark, second in filed.seconds.items():
            right = Wrong.none(second)
            _write(scenario, interface, folder, second, right, truth, mark=mark)
    return len(chosen)


def _as_workbooks(wrong: Wrong, first_file: int) -> frozenset[int]:
    """Which files of a sheet are uploaded as spreadsheets: some of those that are right."""
    return frozenset(
        file
        for file in range(len(wrong.way))
        if (first_file + file) % _WORKBOOK_ONE_IN == 0 and wrong.way_of_file(file) is None
    )


def _sheet(scenario: Scenario, numbers: Ints, branches: Ints) -> Sheet:
    """The filings of these people (ordered by branch), all of them right."""
    employers = scenario.employers
    people = draw_people(scenario, numbers)
    used, block_of_row = np.unique(branches, return_inverse=True)
    owners, file_of_block = np.unique(employers.branch_employer[used], return_inverse=True)
    day = scenario.dice.below("filing day", owners, min(_LATEST_DAY, scenario.business_date.day))
    period = np.full(len(used), scenario.filing_period, dtype=np.int32)
    contributions = wage_contributions(people.wage, period[block_of_row], scenario.wage_rates)
    return Sheet(
        national_id=people.national_id.copy(),
        prefix=np.array(titles(scenario, people).to_pylist(), dtype="U3"),
        given=given_names(scenario, people),
        family=family_names(scenario, people),
        wage=people.wage.copy(),
        paid=contributions.employee.copy(),
        block_of_row=block_of_row,
        account=employers.accounts[owners][file_of_block],
        branch=employers.branch_number[used].copy(),
        company=employers.names.take(pa.array(owners[file_of_block])),
        paid_day=(month_days(np.array([scenario.month]))[0] + day)[file_of_block],
        period=period,
        rate=scenario.wage_rates.employee_rate(period).copy(),
        file_of_block=file_of_block,
        ceiling=scenario.ceiling,
    )


def _write(
    scenario: Scenario,
    interface: Interface,
    folder: Path,
    sheet: Sheet,
    wrong: Wrong,
    truth: TruthWriter,
    *,
    mark: str = "",
    as_workbook: frozenset[int] = frozenset(),
) -> None:
    lines = _lines(interface, sheet, wrong)
    first = sheet.first_line_of_file
    names = _file_names(scenario, interface, sheet, mark)
    titles_listed = code_list("titles", scenario.business_date)
    words = dict(zip(*(titles_listed[name].to_pylist() for name in ("code", "word")), strict=True))
    offsets = np.zeros(sheet.lines, dtype=np.int64)
    for file, name in enumerate(names):
        if file in as_workbook:
            names[file] = name.replace(".TXT", ".XLSX")
            book = workbook_of(sheet, file, words, scenario.business_date)
            (folder / names[file]).write_bytes(book)
            continue
        part = lines[first[file] : first[file + 1]]
        data = spoil_bytes(part.tobytes(), wrong.way_of_file(file), interface.file.encoding)
        starts = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
        offsets[first[file] + 1 : first[file + 1]] = starts[:-1]
        (folder / name).write_bytes(data)
    accounts = text_of_numbers(sheet.account[sheet.first_block_of_file], 10)
    truth.add_filings(
        {
            "file": names,
            "account": accounts,
            "period": np.full(sheet.files, scenario.filing_period, dtype=np.int32),
            "branches": np.bincount(sheet.file_of_block).astype(np.int32),
            "employees": sheet.per_file(np.ones(len(sheet.wage), np.int64)).astype(np.int32),
            "total_wages": _baht(sheet.per_file(sheet.wage), 15),
            "employee_contributions": _baht(sheet.per_file(sheet.paid), 14),
            "way": wrong.names(),
        }
    )
    found = wrong.findings(sheet, interface)
    if found.lines.size:
        of_file = np.searchsorted(first, found.lines, side="right") - 1
        truth.add_faults(
            {
                "file": pa.array(names).take(pa.array(of_file)),
                "record_number": np.where(found.of_file, 0, found.lines - first[of_file] + 1),
                "byte_offset": offsets[found.lines],
                "record_type": found.record_types,
                "field": found.fields,
                "code": found.codes,
                "key": accounts.take(pa.array(of_file)),
            }
        )


def _file_names(
    scenario: Scenario, interface: Interface, sheet: Sheet, mark: str = ""
) -> list[str]:
    period = int(buddhist(np.array([scenario.filing_period]))[0])
    return [
        make_name(
            interface.file,
            scenario.business_date,
            1,
            any_part=f"{account:010d}_{period:06d}{mark}",
        )
        for account in sheet.account[sheet.first_block_of_file].tolist()
    ]


def _lines(interface: Interface, sheet: Sheet, wrong: Wrong) -> NDArray[np.uint8]:
    """All lines of all files in order, line ends included; uint8 (lines, length)."""
    layout = load_layout(interface)
    header = record_named(layout, interface.record(Role.HEADER).record)
    detail = record_named(layout, interface.record(Role.DETAIL).record)
    company = next(field for field in header.walk() if field.name == "COMPANY-NAME")
    parts = [
        (header, _header_rows(sheet, wrong, company.length), sheet.header_lines),
        (detail, _detail_rows(sheet), sheet.detail_lines),
    ]
    framed = []
    for record, rows, _ in parts:
        block = encode_batch(rows, record, interface)
        if block.findings.num_rows:
            raise ValueError(f"{record.name}: {block.findings.slice(0, 1).to_pylist()}")
        data = frame_block(block, interface.file, record.length)
        framed.append(data.reshape(rows.num_rows, -1))
    lines = np.empty((sheet.lines, framed[0].shape[1]), dtype=np.uint8)
    for (_, _, places), part in zip(parts, framed, strict=True):
        lines[places] = part
    wrong.spoil_lines(sheet, interface, header, lines)
    return lines


def _header_rows(sheet: Sheet, wrong: Wrong, company_bytes: int) -> pa.RecordBatch:
    employees = sheet.per_block(np.ones(len(sheet.wage), np.int64)) + wrong.extra_employees(sheet)
    wages = sheet.per_block(sheet.wage) + wrong.extra_wages(sheet)
    paid = sheet.per_block(sheet.paid)
    return pa.record_batch(
        {
            "acc_no": text_of_numbers(sheet.account, 10),
            "branch_no": text_of_numbers(sheet.branch, 6),
            "paid_date": pa.array(sheet.paid_day.astype(np.int32), pa.date32()),
            "paid_period": pa.array(sheet.period),
            # One byte a character in every code page of this form; longer names are cut.
            "company_name": pa.compute.utf8_slice_codeunits(sheet.company, 0, company_bytes),
            "rate": _baht(sheet.rate, 4),
            "total_employee": pa.array(employees),
            "total_wages": _baht(wages, 15),
            "total_paid": _baht(2 * paid, 14),
            "paid_by_employee": _baht(paid, 12),
            "paid_by_employer": _baht(paid, 12),
        }
    )


def _detail_rows(sheet: Sheet) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "sso_id": text_of_numbers(sheet.national_id, 13),
            "prefix": pa.array(sheet.prefix.tolist(), pa.utf8()),
            "fname": sheet.given,
            "lname": sheet.family,
            "wages": _baht(sheet.wage, 14),
            "paid_amount": _baht(sheet.paid, 12),
        }
    )


def _baht(satang: Ints, precision: int) -> pa.Array:
    return baht_of(satang, np.ones(len(satang), np.bool_), precision)
