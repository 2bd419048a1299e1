"""``prakan employers``: what it prints, what it changes, its exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.employers.entering import enter_filings
from exchange.site import Site
from prakan.__main__ import main
from tests.exchange.filed_months import ACCOUNT, ADA, BEN, MONDAY, Block, accept, filed, site_at
from tests.ledger.employer_money import pay

FIRST = filed("A", Block({ADA: 750, BEN: 250}))
CORRECTION = filed("A_C01", Block({ADA: 750}))
NOT_ENTERED = filed("B", Block({ADA: 750}))
BY = ("--reason", "asked by the employer", "--who", "Malee", "--date", "2027-01-05")

Employers = Callable[..., str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A filing, its correction, and a payment before the due date."""
    home = tmp_path / "home"
    monkeypatch.setenv("PRAKAN_HOME", str(home))
    monkeypatch.delenv("PRAKAN_LEDGER_URL", raising=False)
    home.mkdir()
    found = site_at(home, f"sqlite:///{home / 'ledger.sqlite'}")
    accept(found, [FIRST, CORRECTION])
    enter_filings(found, MONDAY)
    accept(found, [NOT_ENTERED])
    pay(found.ledger, MONDAY, 50_000, found.clock())
    return found


@pytest.fixture
def employers(site: Site, capsys: pytest.CaptureFixture[str]) -> Employers:
    """The command line; what it printed, or its one line of refusal."""

    def run(*arguments: str, status: int = 0) -> str:
        found = main(["employers", *arguments])
        printed = capsys.readouterr()
        assert found == status, printed
        return printed.err if status else printed.out

    return run


def account(employers: Employers, *arguments: str) -> dict[str, Any]:
    (month,) = json.loads(employers("account", ACCOUNT, "--json", *arguments))
    assert isinstance(month, dict)
    return month


def test_an_account_in_words_and_as_data(employers: Employers) -> None:
    told = employers("account", ACCOUNT, "--date", "2027-02-15", "--movements")
    lines = told.splitlines()
    assert lines[0].split() == ["month", "due", "filed", "paid", "surcharge", "overpaid", "owed",
                                "to", "pay", "2027-02-15"]  # fmt: skip
    assert lines[2].split() == ["2026-12", "2027-01-15", "1,500.00", "500.00", "0.00", "0.00",
                                "1,000.00", "1,020.00"]  # fmt: skip
    assert "SPS110_A.TXT" in told
    assert "replaced" in told
    assert "clearing:collection_bank" in told
    month = account(employers, "--period", "2026-12", "--date", "2027-01-05")
    assert (month["outstanding_satang"], month["to_pay_satang"]) == (100_000, 100_000)
    assert [one["counts"] for one in month["filings"]] == [False, True]
    assert "movements" not in month
    assert len(account(employers, "--movements")["movements"]) == 2


def test_withdrawing_and_reinstating(employers: Employers) -> None:
    told = employers("withdraw", CORRECTION.file_id[:16], *BY)
    assert told == (
        f"{CORRECTION.file_id} is withdrawn in the books of 2027-01-05 "
        "(branches and months: 1, movements: 1)\n"
    )
    assert account(employers)["filed_satang"] == 200_000
    assert "is withdrawn already" in employers("withdraw", CORRECTION.file_id, *BY)
    done = json.loads(employers("reinstate", CORRECTION.file_id, *BY, "--json"))
    assert (done["changed"], done["state"], done["book_date"]) == (True, "reinstated", "2027-01-05")
    assert account(employers)["filed_satang"] == 150_000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("account", "9999999999"), "nothing was filed or paid under account 9999999999"),
        (("account", ACCOUNT, "--period", "2027-13"), "write YYYY-MM"),
        (("account", ACCOUNT, "--period", "202701"), "write YYYY-MM"),
        (("withdraw", "ffff", *BY), "no file ffff"),
        (("withdraw", NOT_ENTERED.file_id, *BY), "is accepted and no filing that stands in"),
        (("withdraw", FIRST.file_id, "--reason", " "), "say why"),
    ],
)
def test_refusals_are_one_line(employers: Employers, arguments: tuple[str, ...], says: str) -> None:
    (line,) = employers(*arguments, status=2).splitlines()
    assert says in line
