"""Nights with a bank: its advice is fetched, entered and compared with what the counters took."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange.inbound.arrivals import QuarantinedError, returning_partners
from exchange.night import Night
from exchange.returns.reconcile import reconcile_partner
from exchange.settlement.timing import timing_items
from exchange.settlement.watching import watch_settlements
from ledger.balances import balances
from ledger.books import check_books
from ledger.digest import content_digest
from ledger.file_breaks import FileBreak, FileBreakCode, file_break_events, file_breaks
from ledger.landing import FileState
from ledger.settled import carried_satang
from simulation.partner.bank import Advice, Correction, Credit, advice_bytes, advise
from simulation.population import generate
from tests.night.conftest import stage_on
from tests.night.further_partners import add_partner
from tests.night.stage import PARTNER, SEED, Stage
from tests.openssh import Sshd

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2027, 1, day) for day in (4, 5, 6, 7))
BANK = "collection_bank"


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> dict[date, Path]:
    """The same country on three days; nobody writes into it."""
    found = {}
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        found[day] = tmp_path_factory.mktemp("country") / "country"
        generate(
            persons=300,
            employers=10,
            filings=1,
            seed=SEED,
            business_date=day,
            out=found[day],
            faults=False,
        )
    return found


@pytest.fixture
def banked(sshd: Sshd, tmp_path: Path, countries: dict[date, Path]) -> Stage:
    """An installation that exchanges with the counters, the bank and the mainframe."""
    stage = add_partner(add_partner(stage_on(sshd, tmp_path), BANK), "mainframe")
    for country in countries.values():
        stage.receive_country(country)
    return stage


@pytest.fixture
def advised(banked: Stage) -> Stage:
    """Monday's return is posted, the bank's advice lies there."""
    open_evening(banked, MONDAY)
    collect(banked, MONDAY, PARTNER)
    advise(banked.root, MONDAY)
    return banked


def collect(stage: Stage, day: date, partner: str = BANK) -> dict[str, object]:
    """What the partner left is taken in."""
    site = stage.site()
    try:
        return reconcile_partner(site, day, partner)
    finally:
        site.ledger.dispose()


def watch(stage: Stage, day: date) -> dict[str, object]:
    """Breaks of settlement are looked for as of a day."""
    site = stage.site()
    try:
        return watch_settlements(site, day)
    finally:
        site.ledger.dispose()


def put(data: bytes, at: int, new: bytes) -> bytes:
    """The bytes with others in their place; a negative place counts from the end."""
    at = at if at >= 0 else len(data) + at
    return data[:at] + new + data[at + len(new) :]


def open_evening(stage: Stage, day: date) -> int:
    """The feeds go out, the counters take payments and leave their return; what they took."""
    assert stage.night(day).status == 0
    return stage.evening(day).satang


def whole_day(stage: Stage, day: date, **bank: Any) -> tuple[int, Advice, Night]:
    """A day with its advice: what was taken, what the bank credited, and the night after it."""
    taken = open_evening(stage, day)
    advice = advise(stage.root, day, **bank)
    return taken, advice, stage.night(day)


def look(stage: Stage, up_to: date) -> dict[date, tuple[str, int]]:
    """State and what remains of each collection day."""
    site = stage.site()
    try:
        rows = timing_items(site, up_to).to_pylist()
    finally:
        site.ledger.dispose()
    return {row["collection_date"]: (row["state"], row["remaining_satang"]) for row in rows}


def breaks(stage: Stage, code: FileBreakCode | None = None) -> list[FileBreak]:
    with stage.ledger() as ledger:
        return file_breaks(ledger, code=code)


def balance(stage: Stage, account: str) -> int:
    with stage.ledger() as ledger:
        rows = balances(ledger).to_pylist()
        assert [str(one) for one in check_books(ledger) if not one.agrees] == []
    return sum(row["balance_satang"] for row in rows if row["account"] == account)


def test_what_is_taken_after_the_cut_off_is_cleared_by_the_next_advice(banked: Stage) -> None:
    monday, first, night = whole_day(banked, MONDAY)
    late = monday - first.gross
    assert night.status == 0
    assert 0 < late < monday
    assert look(banked, MONDAY) == {MONDAY: ("carried", late)}
    assert balance(banked, f"clearing:{PARTNER}") == late
    tuesday, second, night = whole_day(banked, TUESDAY)
    assert night.status == 0
    assert {credit.day for credit in second.credits} == {str(MONDAY), str(TUESDAY)}
    rest = monday + tuesday - first.gross - second.gross
    assert look(banked, TUESDAY) == {MONDAY: ("cleared", 0), TUESDAY: ("carried", rest)}
    assert breaks(banked, FileBreakCode.SETTLEMENT_DIFFERS) == []
    assert balance(banked, f"clearing:{PARTNER}") == rest
    fees = sum(credit.fee for advice in (first, second) for credit in advice.credits)
    assert balance(banked, f"fees:{PARTNER}") == fees
    assert balance(banked, f"bank:{BANK}") == first.gross + second.gross - fees
    standing = banked.file(second.name, TUESDAY)
    assert (standing.file.partner, standing.state) == (BANK, FileState.POSTED)
    assert not list((banked.root / "bank" / "returns").glob("*.TXT"))  # moved away
    with banked.ledger() as ledger:
        digest = content_digest(ledger)
        assert carried_satang(ledger, PARTNER, TUESDAY) == rest
    assert banked.night(TUESDAY).status == 0
    assert banked.digest() == digest


def test_a_difference_that_stays_is_a_break_until_it_is_corrected(
    banked: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    whole_day(banked, MONDAY, short=5_000, cut_off="235959")
    assert look(banked, MONDAY) == {MONDAY: ("carried", 5_000)}
    whole_day(banked, TUESDAY, cut_off="235959")
    assert breaks(banked) == []
    open_evening(banked, WEDNESDAY)
    advise(banked.root, WEDNESDAY, cut_off="235959", missing=True)
    banked.night(WEDNESDAY)
    (found,) = breaks(banked, FileBreakCode.SETTLEMENT_DIFFERS)
    assert found.break_id == f"settlement.{PARTNER}.{MONDAY}"
    assert (found.state, found.amount_satang, found.detail["side"]) == ("open", 5_000, "missing")
    # Both sides of it are shown, and each credit can be looked up.
    capsys.readouterr()
    assert banked.prakan("breaks", "show", found.break_id, "--json") == 0
    life = json.loads(capsys.readouterr().out)
    (collected,), (credited,) = life["collected"], life["credited"]
    assert collected["satang"] - credited["gross_satang"] == found.amount_satang
    assert collected["payments"] == credited["payments"] > 0
    assert banked.prakan("breaks", "show", found.break_id) == 0
    shown = capsys.readouterr().out
    assert credited["bank_reference"] in shown
    assert "remaining       50.00 baht" in shown
    name = f"{credited['file_id'][:12]}:{credited['record_number']}"
    assert banked.prakan("trace", name, "--reason", "the bank asks") == 0
    assert credited["bank_reference"] in capsys.readouterr().out
    # The bank finds its mistake.
    advise(banked.root, THURSDAY, corrections=[Correction(MONDAY, 5_000)])
    collect(banked, THURSDAY)
    assert watch(banked, THURSDAY)["closed"] == 1
    (found,) = breaks(banked, FileBreakCode.SETTLEMENT_DIFFERS)
    assert found.state == "resolved"
    with banked.ledger() as ledger:
        (event,) = file_break_events(ledger, found.break_id)
    assert event.detail["who"] == "prakan"


def test_a_missing_advice_is_carried_and_then_a_break_until_it_comes(banked: Stage) -> None:
    taken, advice, night = whole_day(banked, MONDAY, cut_off="235959", missing=True)
    assert night.status == 0
    assert look(banked, MONDAY) == {MONDAY: ("carried", taken)}
    assert (watch(banked, TUESDAY)["opened"], watch(banked, WEDNESDAY)["opened"]) == (0, 1)
    (found,) = breaks(banked)
    assert (found.code, found.amount_satang) == (FileBreakCode.SETTLEMENT_DIFFERS, taken)
    advise(banked.root, MONDAY)
    counts = collect(banked, WEDNESDAY)
    assert (counts["advices"], counts["settled_satang"]) == (1, advice.gross)
    assert watch(banked, WEDNESDAY)["closed"] == 1
    assert look(banked, WEDNESDAY)[MONDAY] == ("cleared", 0)


def test_the_same_advice_under_another_name_counts_once(banked: Stage) -> None:
    _, advice, _ = whole_day(banked, MONDAY)
    done = banked.root / "bank" / "returns" / "done" / advice.name
    again = banked.root / "bank" / "returns" / advice.name.replace("000001", "000002")
    shutil.copyfile(done, again)
    cleared = balance(banked, f"clearing:{PARTNER}")
    assert collect(banked, MONDAY)["advices"] == 0
    assert balance(banked, f"clearing:{PARTNER}") == cleared
    assert not again.exists()  # taken, and told as a copy
    assert breaks(banked) == []


def in_the_books(stage: Stage) -> Advice:
    """The one advice that the bank has made."""
    (path,) = (stage.root / "bank" / "books").glob("*.json")
    entry = json.loads(path.read_bytes())
    return Advice(entry["name"], entry["day"], tuple(Credit(**one) for one in entry["credits"]))


def repeat(stage: Stage, advice: Advice, number: int, *further: Credit) -> Path:
    """The bank leaves the credits of an advice again, under another number."""
    name = advice.name.replace("000001", f"{number:06d}")
    path = stage.root / "bank" / "returns" / name
    path.write_bytes(advice_bytes(Advice(name, advice.day, (*advice.credits, *further))))
    return path


def test_credits_that_an_earlier_advice_stated_are_not_entered_again(
    banked: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    _, advice, _ = whole_day(banked, MONDAY)
    cleared, bank = balance(banked, f"clearing:{PARTNER}"), balance(banked, f"bank:{BANK}")
    further = Credit(str(MONDAY), 1, 100, 0, "CR2")
    path = repeat(banked, advice, 2, further)
    assert banked.prakan("reconcile", BANK, "--date", str(MONDAY)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{path.name} is quarantined, no credit in it counts" in line
    standing = banked.file(path.name, MONDAY)
    assert standing.state is FileState.QUARANTINED
    assert banked.codes(standing) == {"FILE_CREDIT_REPEATED"}
    stated = f"{banked.file(advice.name, MONDAY).file.file_id[:12]}:2"
    (said,) = banked.findings(standing)["raw"].to_pylist()
    own = f"{standing.file.file_id[:12]}:2"
    assert said.decode() == f"repeated=1 of=2 first={own} stated={stated}"
    assert banked.prakan("status", "--date", str(MONDAY)) == 1
    assert "FILE_CREDIT_REPEATED" in capsys.readouterr().out
    assert balance(banked, f"clearing:{PARTNER}") == cleared
    assert balance(banked, f"bank:{BANK}") == bank
    # Read again it is refused again; without the old credits the new one counts.
    again = ("replay", standing.file.file_id[:12], "--reason", "x")
    assert banked.prakan(*again) == 1
    only = Advice(advice.name.replace("000001", "000003"), advice.day, (further,))
    path.with_name(only.name).write_bytes(advice_bytes(only))
    assert collect(banked, MONDAY)["settled_satang"] == 100


def test_a_bank_that_fails_keeps_nobody_elses_returns_back(
    banked: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    open_evening(banked, MONDAY)
    nobody = banked.with_setting("PRAKAN_SFTP_COLLECTION_BANK_URL", "sftp://nobody@127.0.0.1:1")
    assert nobody.prakan("reconcile", "--date", str(MONDAY)) == 3
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("prakan reconcile: ")
    assert f"{PARTNER}: 1 returns; posted" in printed.out
    advice = advise(banked.root, MONDAY)
    assert banked.prakan("reconcile", BANK, "--date", str(MONDAY)) == 0
    said = f"{BANK}: 1 advices of {advice.gross // 100:,}.{advice.gross % 100:02d} baht\n"
    assert capsys.readouterr().out == said


def test_the_same_credits_in_two_advices_that_come_together_are_entered_once(
    advised: Stage,
) -> None:
    advice = in_the_books(advised)
    repeat(advised, advice, 2)
    with pytest.raises(QuarantinedError, match="no credit in it counts"):
        collect(advised, MONDAY)
    assert balance(advised, f"bank:{BANK}") == advice.gross - sum(c.fee for c in advice.credits)


def test_credits_that_were_accepted_and_not_entered_are_known_too(
    advised: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("exchange.settlement.loading.load_settlement", dies)
        with pytest.raises(KeyboardInterrupt):
            collect(advised, MONDAY)
    advice = in_the_books(advised)
    repeated = repeat(advised, advice, 2)
    with pytest.raises(QuarantinedError, match="no credit in it counts"):
        collect(advised, MONDAY)
    assert advised.file(advice.name, MONDAY).state is FileState.POSTED
    assert advised.file(repeated.name, MONDAY).state is FileState.QUARANTINED


TAMPERED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gross": ("CONTROL_SUM", lambda data: put(data, -161 + 21, b"9")),
    "count": ("CONTROL_COUNT", lambda data: put(data, -161 + 6, b"7")),
    "net": ("SETTLEMENT_NET", lambda data: put(data, 161 + 75, b"1")),
    "collector": ("CODE_UNKNOWN", lambda data: put(data, 161 + 7, b"ZZ99")),
    "unreadable": ("NUMBER_DIGIT", lambda data: put(data, 161 + 40, b"X")),
    "account_day": ("CONTROL_CONTEXT", lambda data: put(data, 60, b"05012027")),
    "cut": ("RECORD_TRAILER_MISSING", lambda data: data[:-161]),
}


@pytest.mark.parametrize("case", sorted(TAMPERED))
def test_an_advice_that_proves_nothing_is_refused_whole(advised: Stage, case: str) -> None:
    code, tamper = TAMPERED[case]
    (path,) = (advised.root / "bank" / "returns").glob("*.TXT")
    path.write_bytes(tamper(path.read_bytes()))
    with pytest.raises(QuarantinedError, match="no credit in it counts"):
        collect(advised, MONDAY)
    standing = advised.file(path.name, MONDAY)
    assert standing.state is FileState.QUARANTINED
    assert code in advised.codes(standing)
    assert balance(advised, f"bank:{BANK}") == 0
    assert look(advised, MONDAY)[MONDAY][0] == "carried"
    assert not list((advised.root / "bank" / "acks").iterdir())  # an advice is not answered
    # The bank sends it right.
    book = next((advised.root / "bank" / "books").glob("*.json"))
    book.write_text(book.read_text().replace("_000001.TXT", "_000002.TXT"))
    right = advise(advised.root, MONDAY)
    assert collect(advised, MONDAY)["settled_satang"] == right.gross


def test_an_advice_without_credits_is_entered(advised: Stage) -> None:
    (path,) = (advised.root / "bank" / "returns").glob("*.TXT")
    path.write_bytes(advice_bytes(Advice(path.name, str(MONDAY), ())))
    assert collect(advised, MONDAY)["advices"] == 1
    assert advised.file(path.name, MONDAY).state is FileState.POSTED
    assert look(advised, MONDAY)[MONDAY][0] == "carried"


def test_an_advice_that_was_accepted_and_not_entered_is_entered_by_the_next_run(
    advised: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("exchange.settlement.loading.load_settlement", dies)
        with pytest.raises(KeyboardInterrupt):
            collect(advised, MONDAY)
    assert balance(advised, f"bank:{BANK}") == 0
    assert collect(advised, MONDAY)["advices"] == 1
    assert balance(advised, f"bank:{BANK}") > 0
    digest = advised.digest()
    assert collect(advised, MONDAY)["advices"] == 0
    assert advised.digest() == digest


def test_a_bank_is_not_asked_before_its_first_day(banked: Stage) -> None:
    unreachable = banked.with_setting(
        "PRAKAN_SFTP_COLLECTION_BANK_URL", "sftp://nobody@127.0.0.1:1"
    )
    site = unreachable.site()
    try:
        sunday = date(2027, 1, 3)
        assert BANK not in returning_partners(site, sunday)
        assert BANK in returning_partners(site, MONDAY)
        assert reconcile_partner(site, sunday, BANK)["advices"] == 0
    finally:
        site.ledger.dispose()
