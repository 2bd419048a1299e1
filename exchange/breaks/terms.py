"""What declarations, rates, register and the mainframe's history say about settling breaks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from exchange.datasets import latest, scan
from exchange.inbound.references import EMPLOYERS, PERSONS
from exchange.outbound.standing import HISTORY
from exchange.returns.payer_rows import rows_of_payers
from exchange.site import Site
from insurance.identifiers import ALIEN, OK, mask_id, national_id_faults
from insurance.rates import ContributionRates
from interfaces.errors import OutsideFailure, WrongUse
from interfaces.model import Interface, Payers
from ledger.break_records import BrokenPayment
from ledger.moves import FOR_A_MONTH, Move
from ledger.resolution_terms import Due, PaidMonth, Terms

NO_OPTION = "00"


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest extracts say: who is registered, which months are paid (with the day of
    the extract), and which employers' accounts are registered."""

    registered: frozenset[str] = frozenset()
    register_date: date | None = None
    employers: frozenset[str] = frozenset()
    employers_date: date | None = None
    paid: Mapping[PaidMonth, date] = field(default_factory=dict)


def terms_of(site: Site, broken: BrokenPayment, paid_elsewhere: Mapping[PaidMonth, date]) -> Terms:
    """Terms of one break: the rule of the return interface that read the file, its code's entry
    in the catalogue, the rates."""
    interface = site.registry.get(f"{broken.interface}.{broken.version}")
    rule = interface.breaks
    return Terms(
        kinds=site.catalogue[broken.code].resolutions,
        approve_above_satang=rule.approve_above_satang,
        hold_sections=rule.hold_sections,
        due=due_of(site.rates),
        paid_elsewhere=paid_elsewhere,
        of_employers=interface.matching.payers is Payers.EMPLOYERS,
    )


def due_of(rates: ContributionRates) -> Due:
    """The contribution of a section, option and period by the rates in force."""

    def due(section: str, option: str | None, period: int) -> int | None:
        if not (section.isdigit() and (option or NO_OPTION).isdigit()):
            return None
        satang, known = rates.amounts_satang(
            pa.array([section], pa.utf8()),
            pa.array([option or NO_OPTION], pa.utf8()),
            np.array([period], np.int32),
        )
        return int(satang[0]) if known[0] else None

    return due


def known_of(
    site: Site, business_date: date, persons: Collection[str], employers: Collection[str] = ()
) -> Known:
    """What register and history say of these persons, and the employer master of these accounts,
    up to a day.

    OutsideFailure when one of them has never been received: without them a month owed cannot be
    told from a paid one, or an account from a mistyped one.
    """
    return replace(
        _of_persons(site, business_date, persons), **_registered(site, business_date, employers)
    )


def _registered(site: Site, business_date: date, employers: Collection[str]) -> dict[str, Any]:
    """Which of the accounts the newest employer master has."""
    if not employers:
        return {}
    interface, day = _newest(site, EMPLOYERS, business_date)
    column = ds.field("employer_account")
    rows = scan(site, interface, day).to_table(
        columns=["employer_account"], filter=column.isin(sorted(employers))
    )
    return {"employers": frozenset(rows[0].to_pylist()), "employers_date": day}


def _of_persons(site: Site, business_date: date, persons: Collection[str]) -> Known:
    if not persons:
        return Known()
    interface, day = _newest(site, PERSONS, business_date)
    people = rows_of(persons, scan(site, interface, day), ["national_id"])
    return Known(
        registered=frozenset(people["national_id"].to_pylist()),
        register_date=day,
        paid=_paid(site, business_date, persons),
    )


def persons_of(moves: Iterable[Move]) -> set[str]:
    """Everybody to whose months these movements go."""
    return {m.national_id for m in moves if m.kind in FOR_A_MONTH and m.national_id}


def employers_of(moves: Iterable[Move]) -> set[str]:
    """Every employer's account to whose months these movements go."""
    return {move.employer.account for move in moves if move.employer is not None}


def require_registered(known: Known, moves: Iterable[Move]) -> None:
    """WrongUse when a person or employer to whose month money is moved is in no register: the
    money would go where nobody ever looks for it. A person's ID is shown masked."""
    moves = tuple(moves)
    for account in sorted(employers_of(moves)):
        if account not in known.employers:
            raise WrongUse(
                f"employer account {account} is not in the employer master of "
                f"{known.employers_date}: check it with the payer, or refund the money"
            )
    for person in sorted(persons_of(moves)):
        (fault,) = national_id_faults(pa.array([person], pa.utf8()))
        if fault not in (OK, ALIEN):
            raise WrongUse(f"{mask_id(person)} is no national ID (13 digits with a check digit)")
        if person not in known.registered:
            raise WrongUse(
                f"{mask_id(person)} is not in the register of {known.register_date}: check the ID "
                "with the payer, or refund the money"
            )


def _paid(site: Site, business_date: date, persons: Collection[str]) -> dict[PaidMonth, date]:
    """Months that the newest history has as paid, with the day of that extract."""
    interface, day = _newest(site, HISTORY, business_date)
    columns = ["national_id", "section_code", "month_paid"]
    rows = rows_of(persons, scan(site, interface, day), columns)
    months = rows["month_paid"].combine_chunks()
    owners = pc.list_parent_indices(months)
    paid = zip(
        rows["national_id"].take(owners).to_pylist(),
        rows["section_code"].take(owners).to_pylist(),
        months.flatten().field("paid_period").to_pylist(),
        strict=True,
    )
    return dict.fromkeys(paid, day)


def _newest(site: Site, what: str, business_date: date) -> tuple[Interface, date]:
    found = latest(site, what, business_date)
    if found is None:
        raise OutsideFailure(
            f"no {what} up to {business_date} has been received: months owed cannot be told from "
            "paid ones; receive one and try again"
        )
    return found


def rows_of(persons: Collection[str], rows: ds.Dataset, columns: Sequence[str]) -> pa.Table:
    """Columns of those rows that are about these persons."""
    payers = pa.table({"national_id": pa.array(sorted(persons), pa.utf8())})
    return rows_of_payers(rows.files, payers, columns)
