"""The demonstration: a synthetic country, one business night in Airflow, a partner that answers.

Every stage leaves its result under a name that says it is finished, so that a demonstration
killed at any moment goes on where it was and ends in the same feeds and the same ledger.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchange.home import Home
from exchange.sealing.manifest_signature import KEY_VARIABLE
from exchange.site import Site, open_site
from insurance.identifiers import national_ids
from simulation.airflow_night import (
    NIGHT,
    SUCCESS,
    airflow_process,
    connection_variable,
    failures,
)
from simulation.partner.bank import Advice, advise
from simulation.partner.employers import EmployerPayment, pay_for_employers
from simulation.partner.evening import Evening, close_evening
from simulation.partner.mainframe import load_ledger_files
from simulation.partner.payments import WalkIn
from simulation.partner.receipts import Receipt
from simulation.payment_slips import payment_slips
from simulation.population import generate
from simulation.sftp_server import HOST, USER, RunningServer, running_server
from simulation.signing_key import give_public_key, make_signing_key

SEED = 2569
PERSONS = 20_000
EMPLOYERS = 600
FILINGS = 400
BUSINESS_DATE = date(2027, 1, 29)  # a Friday before a month's end: three months are payable
STRANGERS_FROM = 190_099_999_900  # first twelve digits of IDs that the country does not have
PARTNER_FOLDERS = (
    *("drop", "returns", "acks", "statements"),
    *("bank/drop", "bank/returns", "bank/acks"),
    *("mainframe/postings", "mainframe/receipts", "mainframe/acks"),
)
SENT_FOLDERS = ("drop", "acks", "statements", "bank/drop", "mainframe/postings")
CONNECTIONS = ("counter_service", "collection_bank", "mainframe")  # all three on one server here
RETURNS = "returns"  # the DAG that finds the partner's answer

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """How it ended: the site to look at, and a line for every task that failed."""

    site: Site
    business_date: date
    failures: tuple[str, ...]


def run_demo(root: Path, tell: Told, *, persons: int = PERSONS) -> Demonstration:
    """Run the night below ``root`` (created if missing); ``tell`` hears what happens."""
    root.mkdir(parents=True, exist_ok=True)
    home = Home(root / "home")
    country = _country(root, persons, tell)
    _drop(country / "extracts", home.mainframe_inbox)
    for folder in ("filings", "registrations"):
        _drop(country / folder, home.employer_inbox)
    _drop(country / "registers", home.mainframe_inbox)
    partner = root / "partner"
    for folder in PARTNER_FOLDERS:
        (partner / folder).mkdir(parents=True, exist_ok=True)
    signing_key = make_signing_key(root)
    for keys in ("keys", "mainframe/keys"):
        give_public_key(signing_key, partner / keys)
    settings = {"PRAKAN_HOME": str(home.root), KEY_VARIABLE: str(signing_key)}
    before = _at_partner(partner)
    slips = payment_slips(country / "truth" / "filings.parquet")
    with running_server(partner, root / "server") as server:
        environment = {**settings, **_connections(server)}
        outcomes = []
        with airflow_process(home.root / "airflow", environment) as airflow:
            for dag_id in NIGHT:
                if dag_id == RETURNS:
                    evening = _evening(partner, country)
                    tell(_evening_line(evening))
                    tell(_receipts_line(evening))
                    tell(_employers_line(pay_for_employers(partner, BUSINESS_DATE, slips, SEED)))
                    tell(_advice_line(advise(partner, BUSINESS_DATE)))
                outcome = airflow.run(dag_id, BUSINESS_DATE)
                outcomes.append(outcome)
                tell(f"DAG {dag_id}: {outcome.state}, {len(outcome.tasks)} tasks")
                if outcome.state != SUCCESS:
                    # The partner must not close its evening on half a drop.
                    break
        tell(_sent_line(before, _at_partner(partner)))
        tell(_loaded_line(load_ledger_files(partner, BUSINESS_DATE)))
        failed = failures(outcomes) or [
            f"{outcome.dag_id}: {outcome.state}" for outcome in outcomes if outcome.state != SUCCESS
        ]
    return Demonstration(open_site(settings), BUSINESS_DATE, tuple(failed))


def _at_partner(partner: Path) -> dict[str, tuple[int, int]]:
    """Files that we have put before the partner, with inode and time: a file sent again would
    be another one."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for folder in SENT_FOLDERS
        for path in sorted((partner / folder).iterdir())
    }


def _sent_line(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> str:
    sent = [name for name, stamp in after.items() if before.get(name) != stamp]
    if not sent:
        return f"sent: nothing; all {len(after)} files were at the partner already, none twice"
    return f"sent: {len(sent)} files, once each: {', '.join(sent)}"


def _connections(server: RunningServer) -> dict[str, str]:
    """Airflow's Connections to the partners, as an operator would make them."""
    made: dict[str, str] = {}
    for connection in CONNECTIONS:
        made |= connection_variable(
            connection,
            host=HOST,
            port=server.port,
            login=USER,
            key_file=server.client_key,
            known_hosts=server.known_hosts,
        )
    return made


def _evening(partner: Path, country: Path) -> Evening:
    return close_evening(partner, BUSINESS_DATE, SEED, walk_ins=_walk_ins(country))


def _country(root: Path, persons: int, tell: Told) -> Path:
    """Generated whole under another name first: half a country is no country."""
    country = root / "country"
    if country.is_dir():
        tell(f"country: {country} is there, used again")
        return country
    unfinished = root / "country.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    summary = generate(
        persons=persons,
        employers=EMPLOYERS,
        seed=SEED,
        business_date=BUSINESS_DATE,
        out=unfinished,
        filings=FILINGS,
        further=True,
    )
    unfinished.rename(country)
    tell(
        f"country: {summary.persons:,} persons, {summary.employers:,} employers, "
        f"{summary.filings:,} filings, {summary.faults:,} deliberate faults (seed {SEED})"
    )
    return country


def _drop(source: Path, inbox: Path) -> None:
    """As a sender does: under a name with a leading dot, then renamed."""
    inbox.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        target = inbox / path.name
        if not target.exists():
            arriving = inbox / f".{path.name}"
            shutil.copyfile(path, arriving)
            arriving.replace(target)


def _walk_ins(country: Path) -> list[WalkIn]:
    """People who are on no list: two who left their employer today and asked to be insured
    under section 40 after the feed had gone, and two whom nobody knows."""
    truth = country / "truth" / "persons.parquet"
    persons = pq.read_table(truth, columns=["national_id", "section_code"])
    faults = pq.read_table(country / "truth" / "faults.parquet", columns=["key"])["key"]
    sound = pc.invert(pc.is_in(persons["national_id"], value_set=faults.combine_chunks()))
    in_work = pc.and_(sound, pc.equal(persons["section_code"], "33"))
    employed = persons.filter(in_work)["national_id"].slice(0, 2)
    candidates = national_ids(np.arange(STRANGERS_FROM, STRANGERS_FROM + 100))
    known = pc.is_in(candidates, value_set=persons["national_id"].combine_chunks())
    strangers = candidates.filter(pc.invert(known)).slice(0, 2)
    return [
        WalkIn(intent, national_id, "40", "01", 7000)
        for intent, ids in (("registered_after_the_feed", employed), ("unknown_person", strangers))
        for national_id in ids.to_pylist()
    ]


def _evening_line(evening: Evening) -> str:
    intents = ", ".join(f"{name} {count}" for name, count in evening.intents.items())
    baht = f"{evening.satang // 100:,}.{evening.satang % 100:02d}"
    return f"partner: {evening.payments:,} payments of {baht} baht ({intents})"


def _receipts_line(evening: Evening) -> str:
    results = [receipt.result for receipt in evening.receipts]
    return (
        f"partner: receipts for {len(results)} files in {evening.receipt_file}: "
        f"{results.count('A')} accepted, {results.count('R')} refused"
        if results
        else "partner: no file came that it had not confirmed before"
    )


def _employers_line(payments: Sequence[EmployerPayment]) -> str:
    satang = sum(payment.amount for payment in payments)
    wrong = sum(payment.intent != "right" for payment in payments)
    return (
        f"bank: {len(payments):,} payments of employers of {satang // 100:,}.{satang % 100:02d} "
        f"baht, {wrong:,} of them paid wrongly"
    )


def _advice_line(advice: Advice) -> str:
    payments = sum(credit.payments for credit in advice.credits)
    baht = f"{advice.gross // 100:,}.{advice.gross % 100:02d}"
    return f"bank: {advice.name} credits {payments:,} payments of {baht} baht"


def _loaded_line(receipts: Sequence[Receipt]) -> str:
    if not receipts:
        return "mainframe: no ledger file came that it had not confirmed before"
    told = ", ".join(f"{receipt.name} {receipt.result}" for receipt in receipts)
    return f"mainframe: loaded and confirmed {told}"
