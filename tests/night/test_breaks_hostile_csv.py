"""Files of resolutions as spreadsheets and people spoil them: each is taken whole or refused whole
in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.night.conftest import Undisturbed
from tests.night.desk import Desk, desk_at

HEADING = "break_id,resolution,amount,reason,payee_bank,payee_branch,payee_account,payee_name"
FORMULA = "=cmd|' /C calc'!A0"
MANY = 100_000


@pytest.fixture
def desk(undisturbed: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return desk_at(undisturbed.stage, tmp_path, capsys)


def written(folder: Path, *lines: str, heading: str = HEADING, end: str = "\n") -> str:
    path = folder / "resolutions.csv"
    text = end.join((heading, *lines)) + end
    path.write_bytes(text.encode("utf-8"))
    return str(path)


def test_what_a_spreadsheet_makes_of_it_is_refused_whole(desk: Desk, tmp_path: Path) -> None:
    first, other = (one.break_id for one in desk.breaks("NOT_SENT"))
    right = f"{first},return,,not ours,,,,"
    refund = f"{other},refund,,x,006,0001"
    money = desk.balance()
    for line, said in (
        (f'{refund},1234567890,"{FORMULA}"', "line 3: payee: the name on the account begins"),
        (f"{refund},1234567890,@SUM(A1)", "line 3: payee: the name on the account begins"),
        (f"{refund},=1+1,Somchai", "line 3: payee: the account number"),
        (f"{other},return,7E1,x,,,,", "line 3: '7E1' is no amount"),
        (f"{other},return,,a\x1b[31mb,,,,", "line 3: reason: it has characters"),
        (f"{other},return,,a\0b,,,,", "line 3: reason: it has characters"),
        (right, "line 3: break " + first + ": the same as in a line before"),
        (f"{first[:6]}{first[12:]},return,,x,,,,", "line 3: "),
        (f"{first.upper()},return,,x,,,,", "is the break of line 2, written otherwise"),
        (f"{other};return;;x;;;;", "line 3: another number of columns"),
    ):
        assert said in desk.refused("resolve", "--from", written(tmp_path, right, line))
        assert desk.balance() == money
    twice = written(tmp_path, right, heading=HEADING.replace("payee_name", "reason"))
    assert "the heading has 'reason' twice" in desk.refused("resolve", "--from", twice)
    utf16 = tmp_path / "utf16.csv"
    utf16.write_text(f"{HEADING}\n{right}\n", encoding="utf-16")
    assert "is not UTF-8" in desk.refused("resolve", "--from", str(utf16))
    assert desk.balance() == money


def test_byte_order_mark_line_ends_and_blank_lines_do_no_harm(desk: Desk, tmp_path: Path) -> None:
    first, other = (one.break_id for one in desk.breaks("NOT_SENT"))
    lines = (f"{first},return,,not ours,,,,", ",,,,,,,", f"{other},return,70,เลข\u200bผิด,,,,", "")
    path = written(tmp_path, *lines, heading=f"\ufeff{HEADING}", end="\r\n")
    done = desk.json("resolve", "--from", path)
    assert done == {"resolved": 2, "proposed": 0, "held": 0, "known": 0}
    assert "เลขผิด" in desk("show", other)


def test_an_id_in_a_reason_is_not_kept_however_it_is_written(desk: Desk, tmp_path: Path) -> None:
    first, other = (one.break_id for one in desk.breaks("NOT_SENT"))
    for said, target in (("1101500000012", first), ("1-1015-00000-01-2", other)):
        path = written(tmp_path, f'{target},return,,"payer {said}, asked",,,,')
        desk("resolve", "--from", path)
        desk("show", target)
        desk("show", target, "--json")
    desk("reopen", other, "--reason", "wrong, 1 1015 00000 01 2 called")
    desk("show", other)
    assert desk.stage.prakan("audit", "list") == 0
    everything = "".join(desk.said) + desk.printed().out
    assert "payer 1-10xx-xxxxx-xx-2, asked" in everything
    for readable in ("1101500000012", "1-1015-00000-01-2", "1 1015 00000 01 2"):
        assert readable not in everything


def test_a_hundred_thousand_lines_are_refused_at_the_first_wrong_one(
    desk: Desk, tmp_path: Path
) -> None:
    first = desk.breaks("NOT_SENT")[0].break_id
    lines = [f"{first},return,,x,,,,"]
    lines += [f"{first[:12]}:{number},return,,x,,,," for number in range(500_000, 500_000 + MANY)]
    money = desk.balance()
    said = desk.refused("resolve", "--from", written(tmp_path, *lines))
    assert f"line 3: no break {first[:12]}:500000" in said
    assert desk.balance() == money
