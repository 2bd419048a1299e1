"""The contact register of employers, and a list of those to be told that they have not filed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from exporters.writer import FileWriter
from interfaces.model import Interface
from interfaces.names import make_name
from simulation.population.scenario import Scenario

Ints = NDArray[np.int64]

NOT_FILED = "N010"  # of the code list notice_kinds
_SEQUENCE = 1
_HEAD_OFFICE = "000000"
_SHARED_ONE_IN = 20  # have the address of their accountant, who has several clients
_BLANK_ONE_IN, _WRONG_ONE_IN = 25, 60
_ACCOUNTANTS = 8
_LIST_AT_MOST = 120
_DAYS_TO_ANSWER = 15
_CONFIRMED_WITHIN = 700  # days


def write_contacts(scenario: Scenario, interface: Interface, folder: Path) -> Path:
    """The address of every employer's head office: some share one, have none or a wrong one."""
    everybody = np.arange(len(scenario.employers), dtype=np.int64)
    days = scenario.day - scenario.dice.below("contact confirmed", everybody, _CONFIRMED_WITHIN)
    rows = pa.record_batch(
        {
            "employer_account": scenario.employers.account_texts(everybody),
            "employer_branch": pa.repeat(_HEAD_OFFICE, len(everybody)),
            "contact_name": pa.repeat("ฝ่ายบุคคล", len(everybody)),
            "contact_email": _addresses(scenario, everybody),
            "confirmed_date": pa.array(days.astype(np.int32), pa.date32()),
        }
    )
    return _write(scenario, interface, folder, rows, {})


def write_notice_list(scenario: Scenario, interface: Interface, folder: Path, filers: Ints) -> Path:
    """Active employers that are not among ``filers``, at most 120: they have not filed."""
    employers = scenario.employers
    everybody = np.arange(len(employers), dtype=np.int64)
    silent = everybody[~employers.is_closed & ~np.isin(everybody, filers)][:_LIST_AT_MOST]
    count = len(silent)
    deadline = scenario.business_date + timedelta(days=_DAYS_TO_ANSWER)
    rows = pa.record_batch(
        {
            "notice_code": pa.repeat(NOT_FILED, count),
            "employer_account": employers.account_texts(silent),
            "employer_branch": pa.repeat(_HEAD_OFFICE, count),
            "employer_name": employers.names.take(pa.array(silent)),
            "employer_type": employers.types.take(pa.array(silent)),
            "office_code": pa.array([f"{code:04d}" for code in employers.offices[silent].tolist()]),
            "wage_period": pa.repeat(pa.scalar(scenario.filing_period, pa.int32()), count),
            "amount": pa.array([0] * count, pa.decimal128(15, 2)),
            "deadline_date": pa.repeat(pa.scalar(deadline, pa.date32()), count),
            "remark": pa.repeat(pa.scalar(None, pa.utf8()), count),
        }
    )
    return _write(scenario, interface, folder, rows, {"notice_code": NOT_FILED})


def _addresses(scenario: Scenario, employers: Ints) -> pa.Array:
    """Made-up addresses in the domain that is reserved for examples."""
    lot = scenario.dice.below("contact", employers, _SHARED_ONE_IN * _BLANK_ONE_IN * _WRONG_ONE_IN)
    accounts = scenario.employers.account_texts(employers).to_pylist()
    return pa.array([_address(*one) for one in zip(accounts, lot.tolist(), strict=True)], pa.utf8())


def _address(account: str, lot: int) -> str | None:
    if lot % _BLANK_ONE_IN == 0:
        return None
    if lot % _WRONG_ONE_IN == 1:
        return f"payroll e{account}.example"
    if lot % _SHARED_ONE_IN == 2:
        return f"clients{lot % _ACCOUNTANTS}@accountant.example"
    return f"payroll@e{account}.example"


def _write(
    scenario: Scenario,
    interface: Interface,
    folder: Path,
    rows: pa.RecordBatch,
    context: dict[str, object],
) -> Path:
    day = scenario.business_date
    path = folder / make_name(interface.file, day, _SEQUENCE)
    known = {"business_date": day, "sequence": _SEQUENCE, **context}
    with FileWriter(path, interface, known) as writer:
        writer.write_details(rows)
        writer.close()
    return path
