"""Nights on which employers pay at the bank: posted, answered, settled with the bank, closed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from exchange.returns.employer_outcomes import without_terms
from exchange.returns.reconcile import reconcile_partner
from exchange.settlement.timing import timing_items
from insurance.surcharge_terms import SurchargeTerms
from interfaces.model import Role
from interfaces.registry import Registry
from ledger.balances import balances
from ledger.books import check_books, close_of
from ledger.breaks import breaks_of, outcomes_of
from ledger.employer_accounts import standings
from ledger.landing import FileState
from parsers.decode import DecodedFile, decode_whole
from simulation.partner.bank import OWN, advise
from simulation.partner.employers import EmployerPayment, Slip, pay_for_employers, payment_file
from simulation.population import generate
from tests.night.conftest import stage_on
from tests.night.further_partners import add_partner
from tests.night.stage import SEED, Stage
from tests.openssh import Sshd

MONDAY, TUESDAY = date(2027, 1, 4), date(2027, 1, 5)
BANK = "collection_bank"
PERIOD = 202612
AMOUNT = 123_400
CODES = {
    "right": "POSTED",
    "short": "POSTED",
    "over": "POSTED",
    "twice": "POSTED",
    "in_parts": "POSTED",
    "unknown": "UNKNOWN_EMPLOYER",
    "garbled_reference": "UNREADABLE_REFERENCE",
}


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same country on two days, without filings; nobody writes into it."""
    made = []
    for day in (MONDAY, TUESDAY):
        out = tmp_path_factory.mktemp("country") / "country"
        generate(
            persons=200,
            employers=20,
            filings=0,
            seed=SEED,
            business_date=day,
            out=out,
            faults=False,
        )
        made.append(out)
    return made


@pytest.fixture
def stage(sshd: Sshd, tmp_path: Path, countries: list[Path]) -> Stage:
    """An installation on whose first day feeds have gone out and the counters have closed."""
    made = add_partner(add_partner(stage_on(sshd, tmp_path), BANK), "mainframe")
    for country in countries:
        made.receive_country(country)
    assert made.night(MONDAY).status == 0
    made.evening(MONDAY)
    return made


def slips(stage: Stage, count: int = 18, period: int = PERIOD) -> list[Slip]:
    """What some employers of the country have to pay; one slip a branch."""
    (path,) = (
        p for p in stage.home.mainframe_inbox.rglob("EMPMAST*") if f"{MONDAY:%Y%m%d}" in p.name
    )
    interface = Registry().get("employer_master")
    master = decode_whole(path, interface).tables[interface.record(Role.DETAIL).record]
    rows = master.select(["employer_account", "employer_branch", "employer_name"]).to_pylist()
    return [
        Slip(row["employer_account"], row["employer_branch"], row["employer_name"], period, AMOUNT)
        for row in rows[:count]
    ]


def collect(stage: Stage, day: date) -> dict[str, object]:
    """What the bank left is taken in."""
    site = stage.site()
    try:
        return reconcile_partner(site, day, BANK)
    finally:
        site.ledger.dispose()


def answer(stage: Stage) -> DecodedFile:
    """The one acknowledgement at the bank."""
    (path,) = (stage.root / "bank" / "acks").glob("CBACK_*.TXT")
    return decode_whole(path, Registry().get("employer_payment_acknowledgement"))


def satang(payments: list[EmployerPayment], kind: str = "C") -> int:
    return sum(one.amount for one in payments if one.kind == kind)


def test_a_night_of_employers_payments(stage: Stage) -> None:
    payments = pay_for_employers(stage.root, MONDAY, slips(stage), SEED)
    assert {one.intent for one in payments} == set(CODES)
    advise(stage.root, MONDAY)
    night = stage.night(MONDAY)
    assert night.status == 0
    standing = stage.file("CBPAY_20270104_000001.TXT", MONDAY)
    assert standing.state is FileState.ANSWERED
    with stage.ledger() as ledger:
        outcomes = outcomes_of(ledger, standing.file.file_id)
        close = close_of(ledger, MONDAY)
        failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
        paid = standings(ledger, periods=[PERIOD])
    assert failing == []
    assert outcomes["outcome"].to_pylist() == [CODES[one.intent] for one in payments]
    posted = [one.amount for one in payments if CODES[one.intent] == "POSTED"]
    assert pc.sum(paid["paid_satang"]).as_py() == sum(posted)
    assert paid["paid_satang"] == paid["overpaid_satang"]  # nobody has filed
    assert close is not None
    assert close.balances[f"suspense:{BANK}"] == -(satang(payments) - sum(posted))
    assert close.balances["overpaid:33"] == -sum(posted)
    told = answer(stage).tables["ACK-DETAIL-RECORD"]
    codes = {"POSTED": 0, "UNKNOWN_EMPLOYER": 65, "UNREADABLE_REFERENCE": 51}
    assert told["record_return_code"].to_pylist() == [codes[CODES[one.intent]] for one in payments]
    assert told["reference_1"].to_pylist() == [one.reference_1 for one in payments]
    digest = stage.digest()
    assert stage.night(MONDAY).status == 0
    assert stage.digest() == digest


def test_the_bank_credits_what_employers_paid_at_itself(stage: Stage) -> None:
    """After the cut-off nothing was paid, so all of it is credited on the day."""
    payments = pay_for_employers(stage.root, MONDAY, slips(stage), SEED)
    advice = advise(stage.root, MONDAY)
    (own,) = (credit for credit in advice.credits if credit.collector == OWN)
    assert (own.payments, own.gross) == (len(payments), satang(payments))
    assert stage.night(MONDAY).status == 0
    site = stage.site()
    try:
        items = {row["collector"]: row for row in timing_items(site, MONDAY).to_pylist()}
        rows = balances(site.ledger).to_pylist()
    finally:
        site.ledger.dispose()
    assert items[BANK]["state"] == "cleared"
    assert (items[BANK]["collected_satang"], items[BANK]["settled_satang"]) == (own.gross,) * 2
    found = {row["account"]: row["balance_satang"] for row in rows}
    assert found.get(f"clearing:{BANK}", 0) == 0
    assert found[f"fees:{BANK}"] == own.fee


def test_an_advice_of_payments_that_nobody_reported_is_seen(stage: Stage) -> None:
    """The bank credits employers' payments and its file of them never comes."""
    pay_for_employers(stage.root, MONDAY, slips(stage), SEED)
    advise(stage.root, MONDAY)
    (lost,) = (stage.root / "bank" / "returns").glob("CBPAY_*.TXT")
    lost.unlink()
    assert stage.night(MONDAY).status == 0
    site = stage.site()
    try:
        items = {row["collector"]: row for row in timing_items(site, MONDAY).to_pylist()}
    finally:
        site.ledger.dispose()
    assert items[BANK]["collected_satang"] == 0
    assert items[BANK]["remaining_satang"] < 0
    assert items[BANK]["state"] == "carried"


def test_a_file_whose_trailer_lies_is_refused_whole_and_answered(stage: Stage) -> None:
    payments = pay_for_employers(stage.root, MONDAY, slips(stage), SEED)
    (path,) = (stage.root / "bank" / "returns").glob("CBPAY_*.TXT")
    lie = payment_file(payments[:-1], MONDAY).splitlines(keepends=True)[-1]
    right = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*right[:-1], lie[:1] + right[-1][1:7] + lie[7:]]))
    with pytest.raises(Exception, match="is quarantined, nothing of it was posted"):
        collect(stage, MONDAY)
    with stage.ledger() as ledger:
        assert len(standings(ledger)) == 0
    (header,) = answer(stage).tables["ACK-HEADER-RECORD"].to_pylist()
    assert (header["hdr_result"], header["hdr_reason_code"]) == ("R", "CONTROL_COUNT")


def test_a_break_is_moved_to_the_right_employer(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    own = slips(stage)
    payments = pay_for_employers(stage.root, MONDAY, own, SEED)
    collect(stage, MONDAY)
    standing = stage.file("CBPAY_20270104_000001.TXT", MONDAY)
    with stage.ledger() as ledger:
        found = breaks_of(ledger, file_id=standing.file.file_id).to_pylist()
    assert Counter(row["code"] for row in found) == Counter(
        CODES[one.intent] for one in payments if CODES[one.intent] != "POSTED"
    )
    unknown = next(row for row in found if row["code"] == "UNKNOWN_EMPLOYER")
    key = f"{standing.file.file_id[:12]}:{unknown['record_number']}"
    capsys.readouterr()
    assert stage.prakan("breaks", "show", key, "--json") == 0
    life = json.loads(capsys.readouterr().out)
    (stranger,) = (one.reference_1 for one in payments if one.intent == "unknown")
    assert life["line"]["employer"] == f"{stranger[:10]}/{stranger[10:16]}"
    assert life["employers_month"]["paid_satang"] == 0
    target = next(slip for slip in own if slip.account != "9999999990")
    before = paid_by(stage, target)
    ways: list[Any] = ["breaks", "resolve", key, "--date", str(MONDAY), "--reason", "the slip"]
    assert stage.prakan(*ways, "--move", "33:2026-12", "--employer", "9999999981") == 2
    assert "not in the employer master" in capsys.readouterr().err
    assert stage.prakan(*ways, "--move", "33:2026-12", "--employer", target.account[:9]) == 2
    assert "is no employer" in capsys.readouterr().err
    whole = f"{target.account}/{target.branch}"
    assert stage.prakan(*ways, "--move", "33:2026-12", "--employer", whole) == 0
    assert paid_by(stage, target) == before + AMOUNT
    assert stage.prakan("breaks", "list", "--state", "all", "--date", str(MONDAY)) == 1
    assert f"move {AMOUNT / 100:,.2f} to section 33, 2026-12 of employer {whole}" in (
        capsys.readouterr().out
    )
    with stage.ledger() as ledger:
        assert [str(one) for one in check_books(ledger, full=True) if not one.agrees] == []


def test_a_file_of_resolutions_names_employers(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the month alone cannot be read the employer is known; where the employer is unknown
    another one has to be named."""
    own = slips(stage)
    payments = pay_for_employers(stage.root, MONDAY, own, SEED)
    (garbled,) = (p.reference_1 for p in payments if p.intent == "garbled_reference")
    named = next(slip for slip in own if slip.account + slip.branch == garbled[:16])
    collect(stage, MONDAY)
    standing = stage.file("CBPAY_20270104_000001.TXT", MONDAY)
    with stage.ledger() as ledger:
        found = breaks_of(ledger, file_id=standing.file.file_id).to_pylist()
    keys = {row["code"]: f"{standing.file.file_id[:12]}:{row['record_number']}" for row in found}
    heading = "break_id,resolution,section,period,amount,reason,employer\n"
    csv = tmp_path / "resolutions.csv"
    unreadable, unknown = keys["UNREADABLE_REFERENCE"], keys["UNKNOWN_EMPLOYER"]
    target = f"{own[0].account}/{own[0].branch}"
    half = f"{AMOUNT / 200:.2f}"
    ways = ("breaks", "resolve", "--date", str(MONDAY), "--from", str(csv))
    for wrong, message in (
        (f"{unknown},move,33,2026-12,,slip,\n", "not in the employer master"),
        (f"{unknown},move,39,2026-12,,slip,{target}\n", "for which employer"),
        (f"{unknown},hold,33,2027-03,,slip,{target}\n", "cannot be settled by hold"),
    ):
        csv.write_text(heading + wrong, encoding="utf-8")
        assert stage.prakan(*ways) == 2
        assert message in capsys.readouterr().err
    before, named_before = paid_by(stage, own[0]), paid_by(stage, named)
    assert own[0].account != named.account
    csv.write_text(
        heading
        + f"{unreadable},move,33,2026-12,,slip,\n"
        + f"{unknown},move,33,2026-12,{half},letter,{target}\n"
        + f"{unknown},move,33,2026-11,{half},letter,{target}\n",
        encoding="utf-8",
    )
    assert stage.prakan(*ways) == 0
    assert paid_by(stage, own[0]) == before + AMOUNT // 2
    assert paid_by(stage, named) == named_before + AMOUNT
    assert stage.prakan(*ways) == 0
    assert "2 were settled so before" in capsys.readouterr().out
    with stage.ledger() as ledger:
        assert [str(one) for one in check_books(ledger, full=True) if not one.agrees] == []


def paid_by(stage: Stage, slip: Slip) -> int:
    with stage.ledger() as ledger:
        found = standings(ledger, accounts=[slip.account], periods=[slip.period])
    return int(pc.sum(found["paid_satang"]).as_py() or 0)


def test_a_cheque_that_bounces_on_the_next_day(stage: Stage) -> None:
    own = slips(stage, 2)
    payments = pay_for_employers(stage.root, MONDAY, own, SEED)
    advise(stage.root, MONDAY)
    assert stage.night(MONDAY).status == 0
    others = slips(stage, 4)[2:]
    pay_for_employers(stage.root, TUESDAY, others, SEED, bounced=payments[:1])
    collect(stage, TUESDAY)
    standing = stage.file("CBPAY_20270105_000002.TXT", TUESDAY)
    with stage.ledger() as ledger:
        (debit,) = breaks_of(ledger, file_id=standing.file.file_id).to_pylist()
    assert debit["code"] == "DEBIT"
    bounced = next(slip for slip in own if slip.account == payments[0].reference_1[:10])
    before = paid_by(stage, bounced)
    key = f"{standing.file.file_id[:12]}:{debit['record_number']}"
    ways = ("breaks", "resolve", key, "--date", str(TUESDAY), "--reason", "cheque not honoured")
    assert stage.prakan(*ways, "--reverse") == 0
    assert paid_by(stage, bounced) == before - AMOUNT
    with stage.ledger() as ledger:
        assert [str(one) for one in check_books(ledger, full=True) if not one.agrees] == []


def test_what_was_paid_too_much_goes_back(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Decided before the books are closed, ordered from the bank by them, paid in the next."""
    own = slips(stage, 4)
    pay_for_employers(stage.root, MONDAY, own, SEED, mistakes=False)
    advise(stage.root, MONDAY)
    collect(stage, MONDAY)
    before = paid_by(stage, own[0])
    to = ("--to-account", "006/0001/1112223334", "--payee", "บริษัท ตัวอย่างการค้า จำกัด")
    ways = ("--period", "2026-12", "--date", str(MONDAY), "--reason", "letter", *to)
    assert stage.prakan("employers", "refund", own[0].account, "--amount", "1000", *ways) == 0
    assert paid_by(stage, own[0]) == before - 100_000
    assert stage.night(MONDAY).status == 0
    (order,) = (stage.root / "bank" / "drop").glob("RFND_*.TXT")
    assert order.read_bytes().count(b"01112223334") == 1
    capsys.readouterr()
    assert stage.prakan("employers", "refunds", "--json") == 0
    (ordered,) = json.loads(capsys.readouterr().out)
    assert (ordered["state"], ordered["order"]) == ("ordered", f"{BANK}.refund_credit.000001")
    assert stage.night(MONDAY).status == 0, "a further run finds that the bank has the order"
    digest = stage.digest()
    assert stage.night(MONDAY).status == 0
    assert stage.digest() == digest
    capsys.readouterr()
    assert stage.prakan("employers", "refunds", "--json") == 0
    (paid,) = json.loads(capsys.readouterr().out)
    assert paid["state"] == "paid"
    with stage.ledger() as ledger:
        found = {row["account"]: row["balance_satang"] for row in balances(ledger).to_pylist()}
        failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
    assert (found["refunds:payable"], failing) == (0, [])
    assert stage.prakan("trace", paid["posting"], "--reason", "the employer asks") == 0
    assert "receivable:33" in capsys.readouterr().out


def test_records_that_are_rejected_or_hold_nothing(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their money arrived, or none did: breaks, not gaps. A branch that nobody knows is no
    hindrance; the payment's posting leads back to its record."""
    own = slips(stage, 18)
    nothing = Slip(own[0].account, own[0].branch, own[0].name, PERIOD, 0)
    branch = Slip(own[1].account, "000099", own[1].name, PERIOD, AMOUNT)
    payments = pay_for_employers(stage.root, MONDAY, [*own, nothing, branch], SEED, mistakes=False)
    (path,) = (stage.root / "bank" / "returns").glob("CBPAY_*.TXT")
    tomorrow = [replace(payments[0], day=str(TUESDAY)), *payments[1:]]
    path.write_bytes(payment_file(tomorrow, MONDAY))
    assert collect(stage, MONDAY)["broken"] == 2
    standing = stage.file("CBPAY_20270104_000001.TXT", MONDAY)
    with stage.ledger() as ledger:
        found = breaks_of(ledger, file_id=standing.file.file_id).to_pylist()
    assert {row["record_number"]: row["code"] for row in found} == {
        2: "RECORD_REJECTED",
        2 + [one.amount for one in payments].index(0): "NOTHING_PAID",
    }
    new = next(n for n, one in enumerate(payments, start=2) if one.reference_1[10:16] == "000099")
    assert paid_by(stage, branch) >= AMOUNT
    capsys.readouterr()
    posting = f"{standing.file.file_id[:12]}:{new}:1"
    assert stage.prakan("trace", posting, "--reason", "the employer asks") == 0
    shown = capsys.readouterr().out
    assert "receivable:33" in shown
    assert payments[new - 2].reference_1 in shown


def test_months_that_cannot_be_paid(stage: Stage) -> None:
    """The coming month; the month itself and those of long ago can be."""
    first = slips(stage, 1)[0]
    wanted = [
        Slip(first.account, first.branch, first.name, period, AMOUNT)
        for period in (202702, 202701, 199009)
    ]
    pay_for_employers(stage.root, MONDAY, wanted, SEED, mistakes=False)
    collect(stage, MONDAY)
    standing = stage.file("CBPAY_20270104_000001.TXT", MONDAY)
    with stage.ledger() as ledger:
        found = breaks_of(ledger, file_id=standing.file.file_id).to_pylist()
        paid = standings(ledger)["period"].to_pylist()
    assert [(row["code"], row["period"]) for row in found] == [("WRONG_WAGE_MONTH", 202702)]
    assert sorted(paid) == [199009, 202701]


def test_a_month_without_terms_is_told_from_the_others() -> None:
    """An agency's table may begin later than ours."""
    row = {"rate": 200, "due_day": 15, "moves_to_business_day": 1, "full_month_from_days": 15}
    dates = {"cap_percent": None, "from": date(2020, 1, 1), "to": None}
    terms = SurchargeTerms(pa.Table.from_pylist([row | dates]), lambda _day: True)
    periods = pa.array([201912, 202001, None, 202612], pa.int32())
    assert without_terms(periods, terms).to_pylist() == [True, False, False, False]
