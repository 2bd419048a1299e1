"""Breaks about a file or a day beside those of payments: listed, shown, closed, aged."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from exchange.breaks.ageing import ageing
from ledger.file_breaks import FileBreak, FileBreakCode, record_file_break
from tests.night.conftest import Undisturbed
from tests.night.desk import SUSPENSE, Desk, desk_at
from tests.night.stage import DAY, PARTNER

SETTLEMENT = f"settlement.{PARTNER}.2026-10-12"


@pytest.fixture
def desk(undisturbed: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The night's breaks, a settlement that differs and a return that came late."""
    desk = desk_at(undisturbed.stage, tmp_path, capsys)
    site = desk.stage.site()
    file_id = desk.breaks()[0].file_id
    assert file_id is not None
    for found in (
        FileBreak(
            SETTLEMENT,
            FileBreakCode.SETTLEMENT_DIFFERS,
            PARTNER,
            date(2026, 10, 12),
            None,
            150_000,
            {"collected_satang": 150_000, "credited_satang": 0},
        ),
        FileBreak(f"late.{file_id[:12]}", FileBreakCode.RETURN_LATE, PARTNER, DAY, file_id, 0, {}),
    ):
        record_file_break(site.ledger, found, recorded_at=site.clock())
    site.ledger.dispose()
    return desk


def test_breaks_of_files_stand_in_the_same_list(desk: Desk) -> None:
    lines = desk.json("list", status=1)["lines"]
    assert lines[0]["break_id"] == SETTLEMENT
    assert (lines[0]["age_days"], lines[0]["owner"]) == (42, "finance")
    assert lines[0]["suggestion"] == "usual: close"
    assert lines[0]["about"]["collected_satang"] == 150_000
    assert {line["code"] for line in lines} >= {"RETURN_LATE", "DOUBLE_PAYMENT"}
    old = desk.json("list", "--older-than", "30", status=1)
    assert [line["break_id"] for line in old["lines"]] == [SETTLEMENT]
    assert desk.json("list", "--owner", "partner", status=1)["count"] == 1


def test_one_is_shown_closed_and_opened_again_without_a_posting(desk: Desk) -> None:
    money = desk.balance()
    (late,) = desk.breaks("RETURN_LATE")
    life = desk.json("show", late.break_id)
    assert life["origin"]["file_id"] == late.file_id
    assert life["payment"] is None
    assert "collected 1,500.00 baht" in " ".join(desk("show", SETTLEMENT).split())
    why = ("--reason", "the bank sent the items", "--who", "malee")
    assert "about a file or a day" in desk.refused("resolve", SETTLEMENT, "--return", *why)
    assert desk("resolve", SETTLEMENT, "--close", *why) == f"break {SETTLEMENT} is resolved\n"
    assert "is resolved already" in desk.refused("resolve", SETTLEMENT, "--close", *why)
    assert "needs no approval" in desk.refused("approve", SETTLEMENT, *why)
    assert "the bank sent the items" in desk("show", SETTLEMENT)
    assert desk.json("list", "--state", "resolved")["lines"][0]["decision"] == "close"
    assert "open again" in desk("reopen", SETTLEMENT, *why)
    assert "is open already" in desk.refused("reopen", SETTLEMENT, *why)
    assert desk.balance() == money


def test_breaks_of_files_are_closed_from_a_csv(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "close.csv"
    (late,) = (one.break_id for one in desk.breaks("RETURN_LATE"))
    path.write_text(
        f"break_id,resolution,reason\n{SETTLEMENT},close,explained\n{late},close,explained\n",
        encoding="utf-8",
    )
    done = {"resolved": 2, "proposed": 0, "held": 0, "known": 0}
    assert desk.json("resolve", "--from", str(path)) == done
    assert desk.json("resolve", "--from", str(path)) == {**done, "resolved": 0, "known": 2}
    path.write_text(f"break_id,resolution,reason\n{SETTLEMENT},return,x\n", encoding="utf-8")
    assert "line 2:" in desk.refused("resolve", "--from", str(path))


def test_the_ageing_counts_every_unsettled_break_once_by_age(desk: Desk) -> None:
    site = desk.stage.site()
    figures = ageing(site, date(2026, 11, 23))
    site.ledger.dispose()
    assert figures.total.count == len(desk.breaks())
    assert figures.total.satang == 150_000 - desk.balance()[SUSPENSE]
    assert [age.count for age in figures.ages] == [0, figures.total.count - 1, 0, 1, 0]
    assert figures.rows[0].code == "SETTLEMENT_DIFFERS"
    assert figures.rows[0].ages[3].satang == 150_000


def test_an_old_day_is_aged_as_it_was_without_later_files(desk: Desk) -> None:
    site = desk.stage.site()
    figures = ageing(site, date(2026, 10, 13))
    site.ledger.dispose()
    assert [(line.code, line.ages[0].count) for line in figures.rows] == [("SETTLEMENT_DIFFERS", 1)]


def test_the_answer_is_machine_readable_wherever_the_option_stands(desk: Desk) -> None:
    assert desk.stage.prakan("breaks", "--json", "list", "--date", "2026-11-23") == 1
    assert json.loads(desk.printed().out)["count"] == len(desk.breaks())
