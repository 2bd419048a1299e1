"""Employers who send a second file for a wage month: a person they forgot, or a correction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from insurance.rates import WageRates
from insurance.wages import wage_contributions
from simulation.population.filing_sheet import Sheet
from simulation.population.filing_ways import Wrong

_ONE_IN = 15
_SUPPLEMENTED, _CORRECTED = 7, 11  # places among fifteen
_RISE = 100_000  # satang by which the first wage of a correction is higher
SUPPLEMENT, CORRECTION = "_S01", "_C01"


@dataclass(frozen=True)
class SecondFilings:
    """``first`` and its ``wrong`` are what came first, without the persons that were forgotten;
    ``seconds`` are further files by the mark in their names, all of them right."""

    first: Sheet
    wrong: Wrong
    seconds: dict[str, Sheet]


def with_second_filings(
    sheet: Sheet, wrong: Wrong, rates: WageRates, first_file: int
) -> SecondFilings:
    """Of every fifteen files that are right one forgot its last person and one is corrected.

    ``first_file`` is the number of the sheet's first file among all.
    """
    place = (first_file + np.arange(sheet.files)) % _ONE_IN
    right = np.array([wrong.way_of_file(file) is None for file in range(sheet.files)])
    forgotten = _last_rows(sheet, right & (place == _SUPPLEMENTED))
    corrected = (right & (place == _CORRECTED))[sheet.file_of_row]
    seconds = {}
    if forgotten.any():
        seconds[SUPPLEMENT] = sheet.of_rows(forgotten)
    if corrected.any():
        seconds[CORRECTION] = _corrected(sheet.of_rows(corrected), rates)
    told = replace(wrong, row_hit=wrong.row_hit[~forgotten])
    return SecondFilings(sheet.of_rows(~forgotten), told, seconds)


def _last_rows(sheet: Sheet, files: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The last row of each of these files whose last block has another; bool (rows)."""
    ends = np.append(sheet.first_row_of_block[1:], len(sheet.wage))
    last_block = np.append(sheet.first_block_of_file[1:], len(sheet.account)) - 1
    several = ends[last_block] - sheet.first_row_of_block[last_block] > 1
    rows = np.zeros(len(sheet.wage), np.bool_)
    rows[ends[last_block[files & several]] - 1] = True
    return rows


def _corrected(sheet: Sheet, rates: WageRates) -> Sheet:
    """The same filings with a higher wage of the first person of each."""
    first = sheet.first_row_of_block[sheet.first_block_of_file]
    sheet.wage[first] += _RISE
    periods = sheet.period[sheet.block_of_row]
    sheet.paid[:] = wage_contributions(sheet.wage, periods, rates).employee
    return sheet
