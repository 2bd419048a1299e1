"""The ways in which employers' files are wrong in the wild: one a file, each with its code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from insurance.identifiers import employer_account_check_digits
from insurance.periods import add_months
from interfaces.dated import code_list
from interfaces.model import Interface, Role
from parsers.layout import Record
from simulation.population.filing_sheet import Sheet
from simulation.population.scenario import Scenario

Ints = NDArray[np.int64]

_ONE_IN = 5
_CALENDAR_FIELDS = ("PAID-DATE", "PAID-PERIOD")
_EXTRA_WAGES = 10_000  # satang by which a wrong total is too high
_WRONG_RATE = 300  # 3.00 %
_DAYS_AHEAD = 3
_RANK = "101"  # a title that nobody of this country has
_OTHER_NAME = "ไม่ตรงทะเบียน"  # nobody's family name
_FIRST_DIGIT = 10**12  # of a national ID
_ALIEN_DIGITS = (0, 9)
_SCHEME = ("meant_code", "code")  # columns of the list of wrong titles


class Way(StrEnum):
    """What is wrong with a file."""

    TITLE_SCHEME = "title_scheme"  # 001/002/003 for นาย/นาง/นางสาว
    GREGORIAN_YEARS = "gregorian_years"
    UTF8_TEXT = "utf8_text"
    CAPPED_WAGE = "capped_wage"
    WRONG_TOTAL = "wrong_total"
    WRONG_COUNT = "wrong_count"
    UNANNOUNCED_BRANCH = "unannounced_branch"
    WRONG_CONTRIBUTION = "wrong_contribution"
    WRONG_ID = "wrong_id"
    WRONG_RATE = "wrong_rate"
    FUTURE_PERIOD = "future_period"
    UNKNOWN_EMPLOYER = "unknown_employer"
    ZERO_WAGE = "zero_wage"
    PAID_DATE = "paid_date"  # dated after the day on which it is filed
    OTHER_TITLE = "other_title"  # a rank that the register does not know
    OTHER_NAME = "other_name"
    PERSON_TWICE = "person_twice"


# Way → (code of the finding, field). The finding is on the detail rows for the fields of a
# detail record, on the headers for those of a header, on the file as a whole for no field.
EXPECTED = {
    Way.TITLE_SCHEME: ("FORM_TITLE_SCHEME", "PREFIX"),
    Way.GREGORIAN_YEARS: ("FORM_YEAR_GREGORIAN", "PAID-PERIOD"),
    Way.UTF8_TEXT: ("FILE_UTF8", None),
    Way.CAPPED_WAGE: ("FORM_WAGE_CAPPED", "WAGES"),
    Way.WRONG_TOTAL: ("CONTROL_SUM", "TOTAL-WAGES"),
    Way.WRONG_COUNT: ("CONTROL_COUNT", "TOTAL-EMPLOYEE"),
    Way.UNANNOUNCED_BRANCH: ("FORM_BRANCH_UNANNOUNCED", "BRANCH-NO"),
    Way.WRONG_CONTRIBUTION: ("FORM_CONTRIBUTION", "PAID-AMOUNT"),
    Way.WRONG_ID: ("ID_CHECKSUM", "SSO-ID"),
    Way.WRONG_RATE: ("FORM_RATE", "RATE"),
    Way.FUTURE_PERIOD: ("FORM_PERIOD", "PAID-PERIOD"),
    Way.UNKNOWN_EMPLOYER: ("FORM_EMPLOYER_UNKNOWN", "ACC-NO"),
    Way.ZERO_WAGE: ("FORM_WAGE_ZERO", "WAGES"),
    Way.PAID_DATE: ("FORM_PAID_DATE", "PAID-DATE"),
    Way.OTHER_TITLE: ("FORM_TITLE", "PREFIX"),
    Way.OTHER_NAME: ("FORM_NAME", "LNAME"),
    Way.PERSON_TWICE: ("FORM_PERSON_TWICE", "SSO-ID"),
}
_OF_FILE = (Way.UTF8_TEXT,)  # told once a file, of no record
_WAYS = tuple(Way)
_RIGHT = -1


@dataclass(frozen=True)
class Expected:
    """Findings that must come: ``lines`` counts from 0 over all files of a sheet. Those
    ``of_file`` stand on a file's first line and are of no record."""

    lines: Ints
    of_file: NDArray[np.bool_]
    record_types: list[str | None]
    fields: list[str | None]
    codes: list[str]


@dataclass(frozen=True)
class Wrong:
    """Which files of a sheet are wrong: ``way`` is a position in Way, -1 for a right file;
    ``row_hit`` and ``block_hit`` mark the rows and headers on which the finding comes."""

    way: Ints
    row_hit: NDArray[np.bool_]
    block_hit: NDArray[np.bool_]

    @classmethod
    def none(cls, sheet: Sheet) -> Wrong:
        """Every file is right."""
        return cls(
            np.full(sheet.files, _RIGHT),
            np.zeros(len(sheet.wage), np.bool_),
            np.zeros(len(sheet.account), np.bool_),
        )

    def way_of_file(self, file: int) -> Way | None:
        """What is wrong with one file."""
        return None if self.way[file] == _RIGHT else _WAYS[self.way[file]]

    def names(self) -> list[str | None]:
        """Way of each file, None for right ones."""
        return [None if way == _RIGHT else str(_WAYS[way]) for way in self.way.tolist()]

    def rows(self, sheet: Sheet, way: Way) -> NDArray[np.bool_]:
        """Rows hit in files that are wrong in this way."""
        hit: NDArray[np.bool_] = self.row_hit & (self.way[sheet.file_of_row] == _WAYS.index(way))
        return hit

    def blocks(self, sheet: Sheet, way: Way) -> NDArray[np.bool_]:
        """Headers hit in files that are wrong in this way."""
        of_way = self.way[sheet.file_of_block] == _WAYS.index(way)
        hit: NDArray[np.bool_] = self.block_hit & of_way
        return hit

    def extra_employees(self, sheet: Sheet) -> Ints:
        """What headers claim beyond their details."""
        return self.blocks(sheet, Way.WRONG_COUNT).astype(np.int64)

    def extra_wages(self, sheet: Sheet) -> Ints:
        """Satang that headers claim beyond their details."""
        return _EXTRA_WAGES * self.blocks(sheet, Way.WRONG_TOTAL)

    def spoil_lines(
        self, sheet: Sheet, interface: Interface, header: Record, lines: NDArray[np.uint8]
    ) -> None:
        """Put two-digit years of the common era where those of the Buddhist era belong."""
        hit = sheet.header_lines[self.blocks(sheet, Way.GREGORIAN_YEARS)]
        for field in header.walk():
            if field.name not in _CALENDAR_FIELDS:
                continue
            mask = interface.fields[field.name].mask or ""
            place = field.offset + mask.index("yy")
            digits = lines[hit, place : place + 2].astype(np.int64) - ord("0")
            year = (digits[:, 0] * 10 + digits[:, 1] - 43) % 100
            lines[hit, place] = year // 10 + ord("0")
            lines[hit, place + 1] = year % 10 + ord("0")

    def findings(self, sheet: Sheet, interface: Interface) -> Expected:
        """The findings that must come, file after file and line after line."""
        header = interface.record(Role.HEADER).record
        detail = interface.record(Role.DETAIL).record
        blocks = np.flatnonzero(self.block_hit)
        rows = np.flatnonzero(self.row_hit)
        lines = np.concatenate([sheet.header_lines[blocks], sheet.detail_lines[rows]])
        files = np.concatenate([sheet.file_of_block[blocks], sheet.file_of_row[rows]])
        types = np.array([header] * len(blocks) + [detail] * len(rows))
        order = np.argsort(lines, kind="stable")
        ways = [_WAYS[way] for way in self.way[files[order]].tolist()]
        expected = [EXPECTED[way] for way in ways]
        of_file = np.isin(self.way[files[order]], [_WAYS.index(way) for way in _OF_FILE])
        return Expected(
            lines=lines[order],
            of_file=of_file,
            record_types=[
                None if whole else name
                for whole, name in zip(of_file.tolist(), types[order].tolist(), strict=True)
            ],
            fields=[field for _, field in expected],
            codes=[code for code, _ in expected],
        )


def choose_ways(sheet: Sheet, first_file: int) -> Wrong:
    """Make one file of every five wrong, the ways in turn.

    ``first_file`` (a multiple of five) is the number of the sheet's first file among all. A way
    that none of the five lends itself to gives way to the wrong contribution.
    """
    wrong = Wrong.none(sheet)
    above_ceiling = sheet.per_file((sheet.wage > sheet.ceiling).astype(np.int64)) > 0
    paid = sheet.per_file((sheet.wage > 0).astype(np.int64)) > 0
    citizens = sheet.per_file(_is_citizen(sheet).astype(np.int64)) > 0
    of_first_block = sheet.per_block(np.ones(len(sheet.wage), np.int64))[sheet.first_block_of_file]
    fit = {
        Way.CAPPED_WAGE: above_ceiling,
        Way.WRONG_ID: citizens,
        Way.PERSON_TWICE: of_first_block > 1,
    }
    for group in range(0, sheet.files, _ONE_IN):
        way = ((first_file + group) // _ONE_IN) % len(_WAYS)
        five = np.arange(group, min(group + _ONE_IN, sheet.files))
        may = fit.get(_WAYS[way], paid)[five]
        if may.any():
            wrong.way[five[np.argmax(may)]] = way
        else:
            wrong.way[group] = _WAYS.index(Way.WRONG_CONTRIBUTION)
    _mark(sheet, wrong)
    return wrong


def _mark(sheet: Sheet, wrong: Wrong) -> None:
    """Say on which rows and headers the findings come."""
    way_of_row = wrong.way[sheet.file_of_row]
    way_of_block = wrong.way[sheet.file_of_block]

    def is_way(values: Ints, *ways: Way) -> NDArray[np.bool_]:
        return np.isin(values, [_WAYS.index(way) for way in ways])

    whole = is_way(way_of_row, Way.TITLE_SCHEME)
    capped = is_way(way_of_row, Way.CAPPED_WAGE) & (sheet.wage > sheet.ceiling)
    single = is_way(
        way_of_row, Way.WRONG_CONTRIBUTION, Way.ZERO_WAGE, Way.OTHER_TITLE, Way.OTHER_NAME
    )
    first_row = np.zeros(len(way_of_row), np.bool_)
    first_row[sheet.first_row_of_block[sheet.first_block_of_file]] = True
    second_row = np.append(False, first_row[:-1]) & ~first_row
    # An alien's wrong check digit is only doubtful: the first citizen of the file gets it.
    citizens = np.flatnonzero(is_way(way_of_row, Way.WRONG_ID) & _is_citizen(sheet))
    _, first_citizen = np.unique(sheet.file_of_row[citizens], return_index=True)
    again = is_way(way_of_row, Way.PERSON_TWICE) & second_row
    wrong.row_hit[:] = whole | capped | (single & first_row) | again
    wrong.row_hit[citizens[first_citizen]] = True
    all_headers = is_way(
        way_of_block,
        Way.GREGORIAN_YEARS,
        Way.WRONG_RATE,
        Way.FUTURE_PERIOD,
        Way.UNKNOWN_EMPLOYER,
        Way.PAID_DATE,
    )
    one_header = is_way(way_of_block, Way.WRONG_TOTAL, Way.WRONG_COUNT, Way.UNANNOUNCED_BRANCH)
    last_block = np.append(sheet.file_of_block[1:] != sheet.file_of_block[:-1], True)
    first_block = np.append(True, last_block[:-1])
    of_file = is_way(way_of_block, *_OF_FILE)
    wrong.block_hit[:] = all_headers | (one_header & last_block) | (of_file & first_block)


def spoil_sheet(scenario: Scenario, sheet: Sheet, wrong: Wrong) -> None:
    """Change the values of the files that are wrong in a value."""
    titles = wrong.rows(sheet, Way.TITLE_SCHEME)
    right = sheet.prefix.copy()
    scheme = code_list("wrong_titles", scenario.business_date)
    for code, other in zip(*(scheme[name].to_pylist() for name in _SCHEME), strict=True):
        sheet.prefix[titles & (right == code)] = other
    sheet.wage[wrong.rows(sheet, Way.CAPPED_WAGE)] = sheet.ceiling
    sheet.paid[wrong.rows(sheet, Way.WRONG_CONTRIBUTION)] += 100
    bad = wrong.rows(sheet, Way.WRONG_ID)
    number = sheet.national_id[bad]
    sheet.national_id[bad] = number // 10 * 10 + (number + 1) % 10
    unpaid = wrong.rows(sheet, Way.ZERO_WAGE)
    sheet.wage[unpaid] = 0
    sheet.paid[unpaid] = 0
    sheet.prefix[wrong.rows(sheet, Way.OTHER_TITLE)] = _RANK
    others = pa.array(wrong.rows(sheet, Way.OTHER_NAME))
    sheet.family = pc.if_else(others, _OTHER_NAME, sheet.family)
    again = np.flatnonzero(wrong.rows(sheet, Way.PERSON_TWICE))
    for values in (sheet.national_id, sheet.prefix):
        values[again] = values[again - 1]
    rows = np.arange(len(sheet.wage))
    rows[again] -= 1
    sheet.given, sheet.family = (
        names.take(pa.array(rows)) for names in (sheet.given, sheet.family)
    )
    # No employer of this country has a branch as far above its last.
    sheet.branch[wrong.blocks(sheet, Way.UNANNOUNCED_BRANCH)] += 500
    sheet.rate[wrong.blocks(sheet, Way.WRONG_RATE)] = _WRONG_RATE
    ahead = wrong.blocks(sheet, Way.FUTURE_PERIOD)
    sheet.period[ahead] = add_months(sheet.period[ahead], 3)
    sheet.paid_day[wrong.blocks(sheet, Way.PAID_DATE)] = scenario.day + _DAYS_AHEAD
    unknown = wrong.blocks(sheet, Way.UNKNOWN_EMPLOYER)
    sheet.account[unknown] = _unused(scenario, sheet.account[unknown])


def spoil_bytes(data: bytes, way: Way | None, encoding: str) -> bytes:
    """The bytes of a finished file, as UTF-8 when that is what is wrong with it."""
    return data.decode(encoding).encode() if way is Way.UTF8_TEXT else data


def _is_citizen(sheet: Sheet) -> NDArray[np.bool_]:
    """Rows whose ID does not begin as an alien's."""
    citizen: NDArray[np.bool_] = ~np.isin(sheet.national_id // _FIRST_DIGIT, _ALIEN_DIGITS)
    return citizen


def _unused(scenario: Scenario, accounts: Ints) -> Ints:
    """The next sound account after each that no employer has."""
    taken = scenario.employers.accounts
    first_nine = accounts // 10
    free = np.zeros(len(accounts), np.bool_)
    result = accounts
    while not free.all():
        first_nine = np.where(free, first_nine, first_nine + 1)
        result = first_nine * 10 + employer_account_check_digits(first_nine)
        free = ~np.isin(result, taken)
    return result
