"""What the feeds of a country must say, one person at a time, from the sentences of the law."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from interfaces.registry import Registry
from parsers.decode import decode_table
from simulation.partner.feed import Listed, new_manifests, read_feed
from tests.insurance.naive_standing import Payment, Person, stand

#: As the partner's screen shows a person: status, option, return code, and for each month
#: its period (Buddhist era), satang, first and last day.
Row = tuple[str, str, int, tuple[tuple[str, int, date, date], ...]]
Key = tuple[str, str]


def lawful(country: Path, day: date, posted: Iterable[Payment] = ()) -> dict[Key, Row]:
    """Section and ID → row, for everybody whom a feed of the day must list.

    Records that carry a deliberate fault were never received: their person is unknown, or is
    known without a history.
    """
    faults = pq.read_table(country / "truth" / "faults.parquet").to_pylist()
    unknown = {row["key"] for row in faults if row["file"].startswith("REGMAST")}
    spoilt = {row["record_number"] for row in faults if row["file"].startswith("CTBHIST")}
    since, paid, refused = _histories(country, day, spoilt)
    for payment in posted:
        paid.setdefault((payment.section, payment.national_id), []).append(payment)
    rows: dict[Key, Row] = {}
    for row in pq.read_table(country / "truth" / "persons.parquet").to_pylist():
        key = (row["section_code"], row["national_id"])
        if key[0] == "33" or key[1] in unknown:
            continue
        person = Person(
            national_id=key[1],
            section=key[0],
            option=row["option_code"],
            status=row["status_code"],
            effective=row["effective_date"],
            ended=row["ended_date"],
            history_from=since.get(key),
            last_recorded=row["last_period_paid"],
            history_refused=key[1] in refused,
        )
        standing = stand(person, paid.get(key, []), day)
        if standing.listed:
            months = tuple(
                (f"{period + 54300}", baht * 100, first, last)
                for period, baht, first, last in standing.payable
            )
            rows[key] = (standing.status, person.option or "00", standing.return_code, months)
    return rows


def shown(listed: Iterable[Listed]) -> dict[Key, Row]:
    """Section and ID → row, as the partner read it."""
    return {
        (person.section, person.national_id): (
            person.status,
            person.option,
            int(person.return_code),
            tuple((o.period, o.amount, o.first_day, o.last_day) for o in person.offers),
        )
        for person in listed
    }


def partner_reads(root: Path, day: date) -> list[Listed]:
    """Every person in the partner's drop of one business date, by the partner's own reader."""
    manifests = [m for m in new_manifests(root / "drop", set()) if f"_{day:%Y%m%d}_" in m.name]
    return [person for manifest in manifests for person in read_feed(manifest)]


def _histories(
    country: Path, day: date, spoilt: set[int]
) -> tuple[dict[Key, int], dict[Key, list[Payment]], set[str]]:
    """First month on record and months paid of everybody, and the IDs of ``spoilt`` records."""
    interface = Registry().get("contribution_history", on=day)
    (path,) = (country / "extracts").glob("CTBHIST*")
    since: dict[Key, int] = {}
    paid: dict[Key, list[Payment]] = {}
    refused: set[str] = set()
    for row in decode_table(path, interface).to_pylist():
        if row["_record_number"] in spoilt:
            refused.add(row["national_id"])
            continue
        key = (row["section_code"], row["national_id"])
        since[key] = row["history_from"]
        paid[key] = [
            Payment(
                national_id=key[1],
                section=key[0],
                period=month["paid_period"],
                satang=int(month["paid_amount"] * 100),
                channel=month["paid_channel"],
                paid_on=month["paid_date"],
            )
            for month in row["month_paid"]
        ]
    return since, paid, refused
