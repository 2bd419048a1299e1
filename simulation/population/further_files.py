"""What a country sends besides extracts and filings: registrations, contacts, a notice list.

Folders ``registrations`` (employers' files) and ``registers`` (of the agency's own systems). An
interface that is not in force on the business date has no file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from interfaces.model import Interface, Kind
from interfaces.registry import Registry
from simulation.population.contacts import write_contacts, write_notice_list
from simulation.population.filings import Workforce
from simulation.population.registrations import write_registrations
from simulation.population.scenario import Scenario

REGISTRATIONS, REGISTERS = "registrations", "registers"
FOLDERS = (REGISTRATIONS, REGISTERS)


def write_further_files(
    scenario: Scenario, registry: Registry, folder: Path, workforce: Workforce
) -> None:
    """Write them all below ``folder``; ``workforce`` are the employees of who may have filed."""
    on = scenario.business_date

    def in_force(kind: Kind, name: str) -> Interface | None:
        return next((i for i in registry.of_kind(kind, on=on) if i.name == name), None)

    for name in FOLDERS:
        (folder / name).mkdir()
    registrations = in_force(Kind.FILING, "employee_registration")
    if registrations is not None:
        write_registrations(scenario, registrations, folder / REGISTRATIONS, workforce)
    contacts = in_force(Kind.REGISTER, "employer_contact")
    if contacts is not None:
        write_contacts(scenario, contacts, folder / REGISTERS)
    notices = in_force(Kind.NOTICE, "employer_notice")
    if notices is not None:
        filers = np.unique(scenario.employers.branch_employer[workforce.branches])
        write_notice_list(scenario, notices, folder / REGISTERS, filers)
