"""Entering filings: what becomes due, once, in order, and on either database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from exchange.employers import entering
from exchange.employers.entering import enter_filings
from exchange.employers.lines import due_of, filing_lines, live_lines
from exchange.employers.withdrawing import reinstate, withdraw
from exchange.site import Site
from interfaces.errors import OutsideFailure, WrongUse
from ledger import schema
from ledger.books import check_books, close_books
from ledger.database import reading, writing
from ledger.digest import content_digest
from ledger.employer_accounts import standings
from ledger.errors import BooksError, LedgerError
from ledger.filing_events import events_of_filing
from ledger.filings import filings_of, touched_months
from tests.exchange.filed_months import (
    ACCOUNT,
    ADA,
    BEN,
    BRANCH,
    CEE,
    DEE,
    MONDAY,
    OTHER_ACCOUNT,
    PERIOD,
    Block,
    Filed,
    Ticking,
    accept,
    filed,
    site_at,
)

TUESDAY = MONDAY + timedelta(days=1)
BY = {"who": "Malee", "reason": "asked by the employer"}


@pytest.fixture
def site(ledger_url: str, tmp_path: Path) -> Iterator[Site]:
    found = site_at(tmp_path / "home", ledger_url)
    yield found
    found.ledger.dispose()


def enter(site: Site, *files: Filed, day: date = MONDAY) -> dict[str, object]:
    accept(site, files, day)
    return enter_filings(site, day)


def due(site: Site) -> dict[tuple[str, int], int]:
    """Baht of both sides by account and month."""
    rows = standings(site.ledger).to_pylist()
    return {(row["employer_account"], row["period"]): row["filed_satang"] // 100 for row in rows}


def shares(site: Site, **asked: Any) -> dict[str, int]:
    """Baht of the employee by person, of the lines that count."""
    lines = live_lines(site, **asked).select(["national_id", "contribution_satang"])
    found = {row["national_id"]: row["contribution_satang"] // 100 for row in lines.to_pylist()}
    assert len(found) == len(lines)
    return found


def disagreeing(site: Site) -> list[str]:
    found = check_books(site.ledger, full=True, due_of=partial(due_of, site))
    assert {one.name for one in found} >= {"filings", "filed", "filed_satang", "employers"}
    return [str(one) for one in found if not one.agrees]


def test_a_filing_makes_both_sides_due(site: Site) -> None:
    one = filed("A", Block({ADA: 750, BEN: 83}), Block({CEE: 100}, branch=BRANCH))
    assert enter(site, one) == {
        "files": 1,
        "filings": 2,
        "persons": 3,
        "contribution_satang": 186_600,
        "filed_again": 0,
    }
    assert due(site) == {(ACCOUNT, PERIOD): 1_866}
    (head, branch) = filings_of(site.ledger, accounts=[ACCOUNT]).to_pylist()
    assert (head["record_number"], branch["record_number"]) == (1, 4)
    assert (head["persons"], head["wages_satang"], head["contribution_satang"]) == (
        2,
        1_666_000,
        166_600,
    )
    assert (head["purpose"], head["book_date"], head["declared_satang"]) == (
        "merge",
        MONDAY,
        166_600,
    )
    assert not disagreeing(site)


def test_entering_again_changes_nothing(site: Site) -> None:
    enter(site, filed("A", Block({ADA: 750})))
    before = content_digest(site.ledger)
    assert enter_filings(site, MONDAY)["files"] == 0
    assert content_digest(site.ledger) == before


def test_a_correction_replaces_a_supplement_adds_and_a_further_filing_merges(site: Site) -> None:
    enter(site, filed("A", Block({ADA: 750, BEN: 100})))
    assert due(site) == {(ACCOUNT, PERIOD): 1_700}
    enter(site, filed("B", Block({BEN: 200, CEE: 50})))
    assert shares(site) == {ADA: 750, BEN: 200, CEE: 50}
    enter(site, filed("B_S01", Block({DEE: 10, ADA: 1})))
    assert shares(site) == {ADA: 750, BEN: 200, CEE: 50, DEE: 10}
    enter(site, filed("B_C01", Block({CEE: 60})))
    assert shares(site) == {CEE: 60}
    assert due(site) == {(ACCOUNT, PERIOD): 120}
    enter(site, filed("C_S01", Block({ADA: 5})), filed("C", Block({ADA: 7})))
    assert shares(site) == {CEE: 60, ADA: 7}
    assert due(site) == {(ACCOUNT, PERIOD): 134}
    assert not disagreeing(site)


def test_what_came_together_counts_in_the_order_of_marks(site: Site) -> None:
    together = [
        filed("A_C02", Block({ADA: 3})),
        filed("A_S03", Block({ADA: 9, DEE: 4})),
        filed("A_C01", Block({ADA: 2, BEN: 2})),
        filed("A", Block({ADA: 1, CEE: 1})),
        filed("B", Block({BEN: 8})),
    ]
    enter(site, *together)
    assert shares(site) == {ADA: 3, DEE: 4}
    names = filings_of(site.ledger)["file_name"].to_pylist()
    expected = ["A", "B", "A_C01", "A_C02", "A_S03"]
    assert names == [f"SPS110_{name}.TXT" for name in expected]


def test_a_clock_that_stands_still_does_not_change_the_order(
    ledger_url: str, tmp_path: Path
) -> None:
    still = site_at(tmp_path / "home", ledger_url, Ticking(step=timedelta(0)))
    for number in range(8):
        enter(still, filed(f"A{9 - number}_C01", Block({ADA: number})))
        assert shares(still) == {ADA: number}
    still.ledger.dispose()


def test_branches_months_and_accounts_stand_for_themselves(site: Site) -> None:
    enter(
        site,
        filed("A", Block({ADA: 10}), Block({ADA: 20}, branch=BRANCH)),
        filed("B", Block({ADA: 30}, account=OTHER_ACCOUNT), Block({ADA: 40}, period=202611)),
    )
    enter(site, filed("A_C01", Block({BEN: 1}, branch=BRANCH)))
    assert due(site) == {
        (ACCOUNT, 202611): 80,
        (ACCOUNT, PERIOD): 22,
        (OTHER_ACCOUNT, PERIOD): 60,
    }
    lines = live_lines(site)
    order = lines.select(["employer_account", "employer_branch", "period"]).to_pylist()
    assert [tuple(row.values()) for row in order] == sorted(tuple(r.values()) for r in order)
    assert shares(site, periods=[202611]) == {ADA: 40}
    assert shares(site, accounts=[OTHER_ACCOUNT]) == {ADA: 30}
    months = pa.table({"employer_account": [ACCOUNT], "employer_branch": [BRANCH],
                       "period": pa.array([PERIOD], pa.int32())})  # fmt: skip
    assert shares(site, months=months) == {BEN: 1}


def test_a_branch_that_stands_twice_in_a_file_is_one(site: Site) -> None:
    enter(site, filed("A", Block({ADA: 500, CEE: 9})))
    enter(site, filed("A_C01", Block({ADA: 10, BEN: 20}), Block({BEN: 30, DEE: 1})))
    assert shares(site) == {ADA: 10, BEN: 30, DEE: 1}
    assert due(site) == {(ACCOUNT, PERIOD): 82}
    assert not disagreeing(site)


def test_a_header_whose_lines_were_all_refused_does_not_count(site: Site) -> None:
    enter(site, filed("A", Block({ADA: 500})))
    done = enter(site, filed("A_C01", Block({}, declared_persons=3)))
    assert (done["files"], done["filings"]) == (1, 0)
    assert due(site) == {(ACCOUNT, PERIOD): 1_000}
    assert enter_filings(site, MONDAY)["files"] == 0
    # One that declares nobody says that nothing is due.
    assert enter(site, filed("A_C02", Block({})))["filings"] == 1
    assert due(site) == {(ACCOUNT, PERIOD): 0}
    assert shares(site) == {}
    assert not disagreeing(site)


def test_a_withdrawn_filing_and_one_that_counts_again(site: Site) -> None:
    correction = filed("A_C01", Block({CEE: 60}))
    enter(site, filed("A", Block({ADA: 750, BEN: 100})))
    enter(site, correction)
    done = withdraw(site, correction.file_id[:12], **BY, business_date=TUESDAY)
    assert (done.changed, done.state, done.book_date) == (True, "withdrawn", TUESDAY)
    assert shares(site) == {ADA: 750, BEN: 100}
    assert due(site) == {(ACCOUNT, PERIOD): 1_700}
    assert not withdraw(site, correction.file_id, **BY, business_date=TUESDAY).changed
    # As the books of the day before stood, the correction counted.
    assert shares(site, booked_to=MONDAY) == {CEE: 60}
    assert reinstate(site, correction.file_id, **BY, business_date=TUESDAY).changed
    assert shares(site) == {CEE: 60}
    assert due(site) == {(ACCOUNT, PERIOD): 120}
    told = events_of_filing(site.ledger, correction.file_id)
    assert [(one.state, one.who, one.reason) for one in told] == [
        ("withdrawn", "Malee", "asked by the employer"),
        ("reinstated", "Malee", "asked by the employer"),
    ]
    assert not disagreeing(site)


def test_withdrawing_what_was_never_entered(site: Site) -> None:
    with pytest.raises(WrongUse, match="no file abc"):
        withdraw(site, "abc", **BY, business_date=MONDAY)
    waiting = filed("A", Block({ADA: 1}))
    accept(site, [waiting])
    with pytest.raises(WrongUse, match="no filing that stands in the books"):
        withdraw(site, waiting.file_id, **BY, business_date=MONDAY)
    enter_filings(site, MONDAY)
    with pytest.raises(LedgerError, match="say who does it and why"):
        withdraw(site, waiting.file_id, who="Malee", reason=" ", business_date=MONDAY)
    assert due(site) == {(ACCOUNT, PERIOD): 2}


def test_what_comes_after_a_day_was_closed_stands_in_the_next_one(site: Site) -> None:
    first, late = filed("A", Block({ADA: 1})), filed("A_C01", Block({ADA: 2}))
    enter(site, first)
    close_books(site.ledger, MONDAY, recorded_at=site.clock(), due_of=partial(due_of, site))
    enter(site, late)
    done = withdraw(site, first.file_id, **BY, business_date=MONDAY)
    assert done.book_date == TUESDAY
    booked = {row["file_name"]: row["book_date"] for row in filings_of(site.ledger).to_pylist()}
    assert booked == {"SPS110_A.TXT": MONDAY, "SPS110_A_C01.TXT": TUESDAY}
    assert shares(site, booked_to=MONDAY) == {ADA: 1}
    assert touched_months(site.ledger, None, MONDAY).num_rows == 1
    assert touched_months(site.ledger, MONDAY, TUESDAY).num_rows == 1
    assert touched_months(site.ledger, TUESDAY, TUESDAY).num_rows == 0
    close_books(site.ledger, TUESDAY, recorded_at=site.clock(), due_of=partial(due_of, site))
    assert not disagreeing(site)


def test_batches_are_gone_on_with(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "BATCH_FILES", 2)
    files = [filed(f"F{n}", Block({ADA: n + 1}, account=f"10000000{n:02d}")) for n in range(5)]
    accept(site, files)
    usual = entering.new_filings
    left = [2]

    def breaking(*args: Any) -> pa.Table:
        if not left[0]:
            raise OutsideFailure("the disk is gone")
        left[0] -= 1
        return usual(*args)

    monkeypatch.setattr(entering, "new_filings", breaking)
    with pytest.raises(OutsideFailure):
        enter_filings(site, MONDAY)
    assert len(filings_of(site.ledger)) == 4
    monkeypatch.setattr(entering, "new_filings", usual)
    assert enter_filings(site, MONDAY)["files"] == 1
    assert sum(due(site).values()) == 2 * 15
    assert not disagreeing(site)


def test_two_at_once_enter_each_file_once(
    site: Site, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "BATCH_FILES", 3)
    files = [filed(f"F{n:02d}_C{n:02d}", Block({ADA: n + 1, BEN: 1})) for n in range(20)]
    accept(site, files)
    other = site_at(tmp_path / "home", ledger_url)
    done: list[dict[str, object]] = []
    at_once = threading.Barrier(2)

    def entering_at(one: Site) -> None:
        at_once.wait()
        done.append(enter_filings(one, MONDAY))

    threads = [threading.Thread(target=entering_at, args=(one,)) for one in (site, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.ledger.dispose()
    assert sum(int(str(one["files"])) for one in done) == 20
    assert shares(site) == {ADA: 20, BEN: 1}
    assert due(site) == {(ACCOUNT, PERIOD): 42}
    assert not disagreeing(site)


def test_a_part_that_is_gone_is_told_and_nothing_is_entered(site: Site) -> None:
    accept(site, [filed("A", Block({ADA: 1}))])
    for part in (site.home.root / "datasets").rglob("*.parquet"):
        part.unlink()
    with pytest.raises(OutsideFailure, match="restore the datasets folder"):
        enter_filings(site, MONDAY)
    assert len(filings_of(site.ledger)) == 0


def test_lines_as_they_were_filed(site: Site) -> None:
    enter(
        site,
        filed("A", Block({ADA: 1, BEN: 2})),
        filed("B", Block({CEE: 3}), Block({DEE: 4}, branch=BRANCH)),
    )
    filings = filings_of(site.ledger)
    lines = filing_lines(site, filings.slice(1)).to_pylist()
    assert [(row["national_id"], row["header_number"], row["record_number"]) for row in lines] == [
        (CEE, 1, 2),
        (DEE, 3, 4),
    ]
    assert lines[0]["wage_satang"] == 6_000
    assert lines[0]["given_name"] == "สมชาย"
    assert lines[0]["title_code"] == "003"
    assert filing_lines(site, filings.slice(0, 0)).num_rows == 0


def test_a_filing_that_nobody_entered_keeps_the_day_open(site: Site) -> None:
    """Whoever writes what is due past the filings is found out by closing."""
    one = filed("A", Block({ADA: 750}))
    enter(site, one)
    with writing(site.ledger, "posting") as connection:
        posting = schema.posting
        row = connection.execute(sa.select(posting)).one()
        values = {**row._mapping, "leg": 2, "amount_satang": 100}
        del values["posting_id"]
        connection.execute(sa.insert(posting).values(values))
    with pytest.raises(BooksError) as told:
        close_books(site.ledger, MONDAY, recorded_at=site.clock(), due_of=partial(due_of, site))
    assert "filed that differ: 1 is not 0" in str(told.value)
    assert "filed_satang that differ: 150100 is not 150000" in str(told.value)
    with reading(site.ledger) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.day_close)) == 0
