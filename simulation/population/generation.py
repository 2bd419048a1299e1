"""Writes the synthetic country to disk: three extracts, employers' files, and the truth."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import WrongUse
from interfaces.registry import Registry
from simulation.population.extract_file import ExtractFile
from simulation.population.extracts import contribution_history, registration_master
from simulation.population.faults import (
    EMPLOYER_FAULTS,
    HISTORY_FAULTS,
    REGISTRATION_FAULTS,
    FaultPlan,
)
from simulation.population.filings import Workforce, choose_filers, write_filings
from simulation.population.further_files import write_further_files
from simulation.population.histories import Histories, draw_histories
from simulation.population.persons import People, draw_people
from simulation.population.scenario import Scenario
from simulation.population.truth import TruthWriter

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 65_536
_USUAL_FILINGS = 400
_FOLDERS = ("extracts", "filings", "truth")
_BRANCHES_AT_ONCE = 65_536
# A fault in one of two thousand records, but of every kind where there is room for it: never
# more than one in a hundred (the interfaces accept two), and never more than this many.
_FAULTS_AT_MOST = 400
_ONE_FAULT_IN = 2_000
_NEVER_MORE_THAN_ONE_IN = 100
_SEARCHED = 64  # people looked at to find one who may carry a fault


@dataclass(frozen=True, slots=True)
class PopulationSummary:
    """What was written. ``files`` are the three extracts; ``faults`` counts expected findings."""

    persons: int
    employers: int
    branches: int
    history_records: int
    months_paid: int
    filings: int
    faults: int
    files: tuple[Path, ...]
    bytes: int


def generate(
    *,
    persons: int,
    employers: int,
    seed: int,
    business_date: date,
    out: Path,
    filings: int | None = None,
    faults: bool = True,
    chunk: int = CHUNK,
    further: bool = False,
) -> PopulationSummary:
    """Write a synthetic country into the folder ``out``, whole or not at all.

    ``out/extracts`` gets the registration master, contribution history and employer master of
    ``business_date``; ``out/filings`` the form 1-10 files of ``filings`` employers (as many as
    have employees, at most 400 unless told) for the month before; ``out/truth`` what was put
    into them (see ``truth``). Without ``faults`` every record and filing is right. ``further``:
    some filings are spreadsheets, some employers file twice, and there are registration files, a
    contact register and a notice list (``further_files``), as far as their interfaces are in force.

    Extracts and filings depend, byte for byte, on the arguments above only, never on ``chunk``,
    the people worked on at once (memory grows with it). WrongUse when ``out`` is not empty, or
    a number is too small.
    """
    _check(persons, employers, filings, chunk, out)
    try:
        scenario = Scenario.plan(
            persons=persons, employers=employers, seed=seed, business_date=business_date
        )
    except ValueError as error:
        raise WrongUse(f"population: {error}") from None
    staging = out.with_name(f".{out.name}.part")
    shutil.rmtree(staging, ignore_errors=True)
    for folder in _FOLDERS:
        (staging / folder).mkdir(parents=True)
    count = min(_USUAL_FILINGS, employers) if filings is None else filings
    try:
        summary = _write(scenario, staging, count, faults, chunk, further=further)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    staging.replace(out)
    return replace(summary, files=tuple(out / "extracts" / path.name for path in summary.files))


def _check(persons: int, employers: int, filings: int | None, chunk: int, out: Path) -> None:
    for name, value, least in (
        ("persons", persons, 1),
        ("employers", employers, 1),
        ("chunk", chunk, 1),
        ("filings", filings or 0, 0),
    ):
        if value < least:
            raise WrongUse(f"population: {name} is {value}; at least {least}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WrongUse(f"population: {out} is not an empty folder; give a new one, or empty it")


def _write(
    scenario: Scenario,
    folder: Path,
    filings: int,
    with_faults: bool,
    chunk: int,
    *,
    further: bool,
) -> PopulationSummary:
    registry = Registry()
    on = scenario.business_date
    may_file = choose_filers(scenario, filings)
    people_plan, history_plan, employer_plan = _fault_plans(scenario, may_file, with_faults)
    extracts = folder / "extracts"
    at_work = np.zeros(len(scenario.employers.branch_number), dtype=np.int64)
    filers: list[Workforce] = []
    months = 0
    writing: list[Future[None]] = []
    with (
        TruthWriter(folder / "truth") as truth,
        ExtractFile(
            extracts,
            registry.get("registration_master", on=on),
            scenario,
            people_plan,
            "national_id",
        ) as master,
        ExtractFile(
            extracts,
            registry.get("contribution_history", on=on),
            scenario,
            history_plan,
            "national_id",
        ) as history,
        ExtractFile(
            extracts,
            registry.get("employer_master", on=on),
            scenario,
            employer_plan,
            "employer_account",
        ) as employer_master,
        # Two files are encoded while the next people are drawn; each file keeps its order.
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        for numbers in _chunks(scenario.persons, chunk):
            people = draw_people(scenario, numbers)
            paid = draw_histories(scenario, people)
            _finish(writing)
            writing = [
                pool.submit(_write_master, master, scenario, people, paid),
                pool.submit(_write_history, history, scenario, people, paid),
            ]
            truth.add_people(people, paid)
            working = people.branch[people.works]
            at_work += np.bincount(working, minlength=len(at_work))
            files = may_file[people.employer] & people.works
            filers.append(Workforce(people.numbers[files], people.branch[files]))
            months += len(paid.slot)
        _finish(writing)
        for branches in _chunks(len(at_work), _BRANCHES_AT_ONCE):
            rate = scenario.wage_rates.employee_rate(
                np.array([scenario.filing_period], dtype=np.int32)
            )
            rows = scenario.employers.master(branches, at_work[branches], int(rate[0]))
            employer_master.write(rows, branches)
        written = [file.close(truth) for file in (master, history, employer_master)]
        filed = write_filings(
            scenario,
            registry.get("form_1_10", on=on),
            folder / "filings",
            Workforce.joined(filers),
            filings,
            truth,
            with_faults=with_faults,
            further=further,
        )
    if further:
        write_further_files(scenario, registry, folder, Workforce.joined(filers))
    return PopulationSummary(
        persons=scenario.persons,
        employers=len(scenario.employers),
        branches=len(at_work),
        history_records=written[1].details,
        months_paid=months,
        filings=filed,
        faults=truth.fault_rows,
        files=tuple(file.path for file in written),
        bytes=sum(file.size for file in written),
    )


def _write_master(file: ExtractFile, scenario: Scenario, people: People, paid: Histories) -> None:
    file.write(registration_master(scenario, people, paid), people.numbers)


def _write_history(file: ExtractFile, scenario: Scenario, people: People, paid: Histories) -> None:
    file.write(contribution_history(scenario, people, paid), people.numbers[paid.rows])


def _finish(writing: Sequence[Future[None]]) -> None:
    """Wait for what is being written; the first error is raised."""
    for task in writing:
        task.result()


def _fault_plans(
    scenario: Scenario, may_file: Bools, with_faults: bool
) -> tuple[FaultPlan, FaultPlan, FaultPlan]:
    """Plans of the master (by person), the history (by person) and the employers (by branch).

    The rejected are never people or employers of a filing, where a second finding would follow
    from the first, nor aliens, whose wrong check digit is only doubtful; and nobody is wrong in
    both the master and the history.
    """
    persons = scenario.persons
    count = _fault_count(persons, len(REGISTRATION_FAULTS), with_faults)
    # Voluntary insurance is about half of the people: half as many faults keep the share.
    history_count = _fault_count(persons // 2, len(HISTORY_FAULTS), with_faults)
    people = draw_people(scenario, _searched(persons, max(count, history_count)))
    paid = draw_histories(scenario, people)
    files = (people.section == 33) & may_file[people.employer]
    for_master = people.numbers[(people.numbers % 2 == 0) & ~files & ~people.is_alien]
    has_months = people.numbers[paid.rows[paid.counts > 0]]
    branches = scenario.employers.branch_employer
    spare = np.flatnonzero(~may_file[branches])
    employer_count = _fault_count(len(branches), len(EMPLOYER_FAULTS), with_faults)
    return (
        FaultPlan.spread(REGISTRATION_FAULTS, persons, for_master, count),
        FaultPlan.spread(HISTORY_FAULTS, persons, has_months[has_months % 2 == 1], history_count),
        FaultPlan.spread(EMPLOYER_FAULTS, len(branches), spare, employer_count),
    )


def _fault_count(records: int, kinds: int, with_faults: bool) -> int:
    if not with_faults:
        return 0
    wanted = min(max(kinds, records // _ONE_FAULT_IN), _FAULTS_AT_MOST)
    return min(wanted, records // _NEVER_MORE_THAN_ONE_IN)


def _searched(persons: int, count: int) -> Ints:
    """Person numbers among which the carriers of ``count`` faults are looked for."""
    places = np.arange(count, dtype=np.int64) * persons // max(count, 1)
    numbers = np.unique(places[:, None] + np.arange(_SEARCHED))
    return numbers[numbers < persons]


def _chunks(total: int, size: int) -> Iterator[Ints]:
    for start in range(0, total, size):
        yield np.arange(start, min(start + size, total), dtype=np.int64)
