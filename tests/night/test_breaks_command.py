"""Settling the breaks of a small night as an operator does: through the command line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchange.breaks.releasing import release_held
from insurance.identifiers import mask_id
from ledger.refunds import refunds_to_pay
from tests.night.conftest import Undisturbed
from tests.night.desk import SUSPENSE, TODAY, Desk, desk_at
from tests.night.stage import DAY, PARTNER

REFUND = ("--to-account", "006/0001/123-4-56789-0", "--payee", "สมชาย ใจดี")


@pytest.fixture
def desk(undisturbed: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return desk_at(undisturbed.stage, tmp_path, capsys)


def someone_else(desk: Desk, besides: str) -> str:
    """A registered person with another ID, for section 40."""
    with desk.stage.ledger():
        parts = (desk.stage.home.root / "datasets" / "registration_master").rglob("*.parquet")
        people = pq.read_table(next(parts), columns=["national_id", "section_code"]).to_pylist()
    return next(
        str(p["national_id"])
        for p in people
        if p["section_code"] == "40" and p["national_id"] != besides
    )


def test_open_breaks_are_listed_masked_with_money_age_owner_and_suggestion(desk: Desk) -> None:
    everything = desk.json("list", status=1)
    found = desk.breaks()
    assert everything["count"] == len(everything["lines"]) == len(found) > 3
    assert everything["satang"] == sum(one.amount_satang for one in found)
    assert everything["satang"] == -desk.balance()[SUSPENSE]
    (double,) = [line for line in everything["lines"] if line["code"] == "DOUBLE_PAYMENT"]
    assert (double["age_days"], double["owner"], double["state"]) == (3, "finance", "open")
    assert double["en"].startswith("Month is already paid")
    assert double["th"].startswith("งวดนี้ชำระแล้ว")
    assert double["suggestion"].startswith("refund 70.00")
    text = desk("list", status=1)
    for one in found:
        assert one.break_id in text
        assert one.national_id is not None
        assert mask_id(one.national_id) in text
        assert one.national_id not in text + json.dumps(everything)


def test_the_list_is_narrowed_and_empty_lists_end_with_0(desk: Desk) -> None:
    assert {
        line["code"] for line in desk.json("list", "--owner", "finance", status=1)["lines"]
    } == {"DOUBLE_PAYMENT"}
    assert desk.json("list", "--code", "NOT_SENT", status=1)["count"] == 2
    assert desk.json("list", "--partner", PARTNER, "--of", str(DAY), status=1)["count"] > 3
    assert desk.json("list", "--older-than", "2", status=1)["count"] > 3
    one = desk.json("list", "--limit", "1", status=1)
    assert (len(one["lines"]), one["count"] > 3) == (1, True)
    for nothing in (
        ("--older-than", "3"),
        ("--state", "resolved"),
        ("--state", "held"),
        ("--of", "2026-11-19"),
        ("--code", "DEBIT"),
    ):
        assert desk("list", *nothing) == "no break\n"
    assert "no break 'TYPO'" in desk.refused("list", "--code", "TYPO")
    assert "known: contributions, finance, partner" in desk.refused("list", "--owner", "me")
    assert "no partner 'nobody'" in desk.refused("list", "--partner", "nobody")


def test_the_list_says_who_decided_and_what_waits_for_a_second_person(desk: Desk) -> None:
    one, other = (each.break_id for each in desk.breaks("UNKNOWN_PERSON"))
    why = ("--reason", "no payer")
    desk("resolve", one, "--write-off", *why, "--who", "malee")
    desk("resolve", other, "--return", *why, "--who", "somchai")
    found = desk.json("list", "--state", "all", status=1)
    by_id = {line["break_id"]: line for line in found["lines"]}
    assert (by_id[one]["decided_by"], by_id[one]["proposed_by"]) == ("malee", None)
    states = {each["state"]: (each["count"], each["satang"]) for each in found["states"]}
    assert states["proposed"] == states["resolved"] == (1, 7_000)
    assert sum(count for count, _ in states.values()) == found["count"]
    text = desk("list", "--state", "all", status=1)
    assert "write off 70.00 (malee)" in text
    assert "return to the partner 70.00 (somchai)" in text
    assert "proposed 1 of 70.00 baht, resolved 1 of 70.00 baht" in text
    desk("approve", one, *why, "--who", "prasert")
    assert "write off 70.00 (malee, approved by prasert)" in desk("list", "--state", "resolved")
    desk("reopen", one, *why, "--who", "prasert")
    assert desk.json("list", "--code", "UNKNOWN_PERSON", status=1)["lines"][0]["decided_by"] is None
    cut = desk("list", "--limit", "1", status=1)
    assert f"the first 1 are shown; all: --limit {found['count'] - 1}" in cut


def test_the_status_names_the_list_of_each_code(desk: Desk) -> None:
    desk.stage.prakan("status", "--date", str(DAY))
    told = desk.printed().out
    for code in ("NOT_SENT", "DOUBLE_PAYMENT"):
        look = ("list", "--code", code, "--of", str(DAY))
        assert f"`prakan breaks {' '.join(look)}`" in told
        assert desk.json(*look, status=1)["count"] == len(desk.breaks(code))


def test_ages_are_counted_at_the_business_date(desk: Desk) -> None:
    table = desk.json("list", "--ageing", status=1)
    assert table["buckets"] == ["0–1", "2–7", "8–30", "31–90", "over 90"]
    assert [age["count"] for age in table["ages"]] == [0, len(desk.breaks()), 0, 0, 0]
    assert sum(age["satang"] for age in table["ages"]) == -desk.balance()[SUSPENSE]
    text = desk("list", "--ageing", status=1)
    assert "1 / 70.00" in text
    assert "over 90 days" in text


def test_everything_behind_a_break_is_shown_and_nobody_named(desk: Desk) -> None:
    (double,) = desk.breaks("DOUBLE_PAYMENT")
    life = desk.json("show", double.break_id)
    origin = life["origin"]
    landed = (desk.stage.home.root / origin["landed"]).read_bytes()
    record = landed[origin["byte_offset"] :][: origin["length"]]
    assert str(double.national_id).encode() in record
    assert record[:1] == b"D"
    (sent,) = life["sent"]
    assert sent["delivery_id"] == f"{PARTNER}.counter_feed_s40.000001"
    assert [month["period"] for month in sent["months"]] == [202611]
    ours = [month for month in life["paid"] if month["by"] == "ledger"]
    assert [(month["period"], month["rule"]) for month in ours] == [(202611, "exact.1")]
    assert {month["by"] for month in life["paid"]} == {"ledger", "mainframe"}
    assert life["payment"]["expected_satang"] == 7_000
    assert [leg["credit_account"] for leg in life["postings"]] == [SUSPENSE]
    assert [row["section"] for row in life["registered"]] == ["40"]
    assert life["rule_version"] == 3
    text = desk("show", double.break_id)
    assert f"at byte {origin['byte_offset']:,}" in text
    assert str(double.national_id) not in text + json.dumps(life)


def test_money_is_moved_to_the_month_owed_and_back_again(desk: Desk) -> None:
    before = desk.balance()
    target = desk.breaks("NOT_SENT")[0].break_id
    why = ("--reason", "registered on the day")
    settled = desk.json("resolve", target, "--move", "40/01:2026-11", *why, "--who", "malee")
    assert settled == {
        "break_id": target,
        "state": "resolved",
        "legs": [2],
        "book_date": TODAY,
    }
    after = desk.balance()
    assert after["contributions:40:01"] == before["contributions:40:01"] - 7_000
    assert after[SUSPENSE] == before[SUSPENSE] + 7_000
    assert "is resolved by malee: reopen it first" in desk.refused(
        "resolve", target, "--return", *why
    )
    assert desk.json("list", "--state", "resolved")["lines"][0]["break_id"] == target
    shown = desk("show", target)
    assert "registered on the day" in shown
    assert "move 70.00 to section 40 option 01, 2026-11" in shown
    assert "resolution.move.1" in shown
    assert waiting(desk, "NOT_SENT") == 1
    desk("reopen", target, "--reason", "the wrong person")
    assert waiting(desk, "NOT_SENT") == 2
    assert desk.balance() == {**before, "contributions:40:01": before["contributions:40:01"]}
    assert desk("resolve", target, "--return", *why).startswith(f"break {target} is resolved")
    assert desk.balance()[f"payable:{PARTNER}"] == -7_000


def waiting(desk: Desk, code: str) -> int:
    """How many breaks of a code ``prakan status`` tells to settle."""
    desk.stage.prakan("status", "--date", str(DAY), "--json")
    breaks = json.loads(desk.printed().out)["breaks"]
    return sum(line["count"] for line in breaks if line["code"] == code)


def test_a_month_paid_before_takes_no_money(desk: Desk) -> None:
    (double,) = desk.breaks("DOUBLE_PAYMENT")
    life = desk.json("show", double.break_id)
    history = [month["period"] for month in life["paid"] if month["by"] == "mainframe"]
    paid = f"{history[-1] // 100}-{history[-1] % 100:02d}"
    why = ("--reason", "asked")
    money = desk.balance()
    for month, said in (
        ("40/01:2026-11", "is paid in the ledger already (70.00 baht)"),
        (f"40/01:{paid}", "is paid by the mainframe's history of 2026-11-20"),
        ("39:2026-09", "owes 432.00 baht, not 70.00"),
        ("40/09:2026-09", "no contribution is known"),
        ("40/01:2026-12", "has not begun on 2026-11-23: hold the money for it"),
        ("40/01:2569-11", "is no month: write YYYY-MM with the Gregorian year"),
        ("40:2026", "a month is written SECTION[/OPTION]:YYYY-MM[=BAHT]"),
        ("40/01:2026-11=1.234", "is no amount"),
    ):
        assert said in desk.refused("resolve", double.break_id, "--move", month, *why)
    assert desk.balance() == money


def test_money_is_held_for_the_next_month_and_posted_in_it(desk: Desk) -> None:
    (double,) = desk.breaks("DOUBLE_PAYMENT")
    why = ("--reason", "the payer agreed by telephone")
    assert "wait" in desk("resolve", double.break_id, "--hold", "2026-12", *why)
    assert desk.json("list", "--state", "held")["count"] == 1
    assert "hold 70.00 for section 40 option 01, 2026-12" in desk("list", "--state", "held")
    site = desk.stage.site()
    before = desk.balance()
    nothing = {"released": 0, "released_satang": 0, "reopened": 0}
    assert release_held(site, date(2026, 11, 30)) == nothing
    done = {"released": 1, "released_satang": 7_000, "reopened": 0}
    assert release_held(site, date(2026, 12, 1)) == done
    assert release_held(site, date(2026, 12, 1)) == nothing
    site.ledger.dispose()
    assert desk.balance()[SUSPENSE] == before[SUSPENSE] + 7_000
    shown = desk("show", double.break_id)
    assert "held.1" in shown
    assert "the month has begun" in shown


def test_a_refund_needs_an_account_and_tells_it_nobody_but_the_bank(desk: Desk) -> None:
    (ended,) = desk.breaks("STATUS_ENDED")
    why = ("--reason", "left the section in July")
    assert "--to-account and --payee" in desk.refused(
        "resolve", ended.break_id, "--suggested", *why
    )
    for account, said in (
        ("006/0001", "BANK/BRANCH/NUMBER"),
        ("06/0001/1", "the bank has 3 digits"),
        ("006/1/1", "the branch has 4 digits"),
        ("006/0001/123456789012", "the account number has 1 to 11 digits"),
    ):
        bad = ("--to-account", account, "--payee", "สมชาย ใจดี")
        assert said in desk.refused("resolve", ended.break_id, "--suggested", *bad, *why)
    desk("resolve", ended.break_id, "--suggested", *REFUND, *why)
    with desk.stage.ledger() as ledger:
        (row,) = refunds_to_pay(ledger, None, date(2026, 11, 23)).to_pylist()
    assert row["account_number"] == "1234567890"
    assert row["payee_name"] == "สมชาย ใจดี"
    assert desk.balance()["refunds:payable"] == -ended.amount_satang
    desk("show", ended.break_id)
    desk("show", ended.break_id, "--json")
    desk.stage.prakan("audit", "list")
    everything = "".join(desk.said) + desk.printed().out
    assert "1234567890" not in everything
    assert "สมชาย" not in everything
    assert str(ended.national_id) not in everything


def test_giving_money_up_takes_two_people(desk: Desk) -> None:
    target = desk.breaks("UNKNOWN_PERSON")[0].break_id
    money = desk.balance()
    said = desk("resolve", target, "--write-off", "--reason", "no payer", "--who", "Somchai")
    assert "proposed: nothing is posted until a second person approves it" in said
    assert desk.balance() == money
    assert desk.json("list", "--state", "proposed")["lines"][0]["decision"] == "write off 70.00"
    assert "proposed by Somchai: a second person has to approve it" in desk.refused(
        "approve", target, "--reason", "agreed", "--who", "somchai"
    )
    desk("approve", target, "--reason", "agreed", "--who", "malee")
    assert desk.balance()[f"written_off:{PARTNER}"] == -7_000
    shown = desk("show", target)
    assert "no payer" in shown
    assert "agreed" in shown


def test_money_of_an_unknown_person_goes_to_a_registered_one_only(desk: Desk) -> None:
    unknown = desk.breaks("UNKNOWN_PERSON")[0]
    month = ("--move", "40/01:2026-02")
    why = ("--reason", "the payer showed the card")
    assert "is not in the register of 2026-11-20" in desk.refused(
        "resolve", unknown.break_id, *month, *why
    )
    assert "check digit of this national ID is wrong" in desk.refused(
        "resolve", unknown.break_id, *month, "--person", "1234567890123", *why
    )
    other = someone_else(desk, str(unknown.national_id))
    desk("resolve", unknown.break_id, *month, "--person", mask_free(other), *why)
    assert other not in "".join(desk.said)
    assert mask_id(other) in desk("show", unknown.break_id)


def mask_free(person: str) -> str:
    """An ID as a card shows it."""
    return f"{person[0]}-{person[1:5]}-{person[5:10]}-{person[10:12]}-{person[12]}"


def test_a_payment_is_divided_where_its_parts_add_up(desk: Desk) -> None:
    (ended,) = desk.breaks("STATUS_ENDED")
    why = ("--reason", "agreed with the payer")
    assert "the parts are 402.00: they must add up exactly" in desk.refused(
        "resolve", ended.break_id, "--refund", "400", *REFUND, "--return", "2", *why
    )
    assert "only one of them may be left out" in desk.refused(
        "resolve", ended.break_id, "--refund", *REFUND, "--return", *why
    )
    done = desk.json("resolve", ended.break_id, "--refund", "400.50", *REFUND, "--return", *why)
    assert done["legs"] == [2, 3]
    money = desk.balance()
    assert (money["refunds:payable"], money[f"payable:{PARTNER}"]) == (-40_050, -3_150)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say which break"),
        (("ID",), "--reason"),
        (("ID", "--reason", " ", "--return"), "say why"),
        (("ID", "--reason", "x"), "say what is to be done"),
        (("ID", "--reason", "x", "--refund"), "a refund needs --to-account and --payee"),
        (("ID", "--reason", "x", "--refund", "--payee", "x"), "go together"),
        (("ID", "--reason", "x", "--return", *REFUND), "go with --refund"),
        (("ID", "--reason", "x", "--suggested", "--return"), "leave the other ways out"),
        (("ID", "--reason", "x", "--close"), "cannot be settled by close"),
        (("ID", "--reason", "x", "--reverse"), "cannot be settled by reverse"),
        (("ffffffffffff:1", "--reason", "x", "--return"), "no break ffffffffffff:1"),
        (("settlement.x.2026-11-20", "--reason", "x", "--close"), "no break"),
        (("settlement.x.2026-11-20", "--reason", "x", "--return"), "about a file or a day"),
        (("ID", "--reason", "a\x1b[31mb", "--return"), "characters that cannot be shown"),
        (("ID", "--from", "x.csv"), "its lines say which breaks"),
        (("--from", "no-such-file.csv"), "no-such-file.csv"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_changes_nothing(
    desk: Desk, arguments: tuple[str, ...], said: str
) -> None:
    target = desk.breaks("STATUS_ENDED")[0].break_id
    money = desk.balance()
    words = [target if word == "ID" else word for word in arguments]
    status = desk.stage.prakan("breaks", "resolve", *words, "--date", TODAY)
    printed = desk.printed()
    assert status in (2, 3)
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert desk.balance() == money


def test_many_breaks_are_settled_from_a_csv_once(desk: Desk, tmp_path: Path) -> None:
    not_sent = [one.break_id for one in desk.breaks("NOT_SENT")]
    unknown = [one.break_id for one in desk.breaks("UNKNOWN_PERSON")]
    (ended,) = (one.break_id for one in desk.breaks("STATUS_ENDED"))
    heading = (
        "break_id,resolution,section,option,period,amount,reason,"
        "payee_bank,payee_branch,payee_account,payee_name\n"
    )
    lines = [
        f"{not_sent[0]},move,40,01,2026-11,,registered that day,,,,",
        f"{not_sent[1]},return,,,,70.00,not ours,,,,",
        f"{ended},refund,,,,400,left in July,006,0001,1234567890,สมชาย ใจดี",
        f"{ended},return,,,,32,,,,,",
        f"{unknown[0]},write_off,,,,,nobody asked,,,,",
    ]
    path = tmp_path / "resolutions.csv"

    def write(*changed: str) -> None:
        path.write_text(heading + "\n".join(changed) + "\n", encoding="utf-8-sig")

    money = desk.balance()
    for line, said in (
        (f"{unknown[1]},refund,,,,,x,006,0001,,", "line 7: payee: the account number"),
        (f"{unknown[1]},move,40,01,2026-11,,x,,,,", "line 7: 1-10xx"),
        (f"{unknown[1]},return,,,,1,x,,,,", "line 7: break"),
        (f"{unknown[1]},return,,,,,,,,,", "line 7: reason"),
        (f"{unknown[1]},throw_away,,,,,x,,,,", "line 7: resolution 'throw_away'"),
        (f"{unknown[1]},move,40,01,,,x,,,,", "line 7: period: move needs it"),
        (f"{unknown[1]},return,40,,,,x,,,,", "line 7: section: return takes none"),
        ("ffffffffffff:1,return,,,,,x,,,,", "line 7: no break ffffffffffff:1"),
        (f"{unknown[1]},return", "line 7: another number of columns"),
    ):
        write(*lines, line)
        assert said in desk.refused("resolve", "--from", str(path))
        assert desk.balance() == money
    write(*lines)
    first = desk.json("resolve", "--from", str(path), "--who", "malee")
    assert first == {"resolved": 3, "proposed": 1, "held": 0, "known": 0}
    settled = desk.balance()
    again = desk.json("resolve", "--from", str(path), "--who", "malee")
    assert again == {"resolved": 0, "proposed": 0, "held": 0, "known": 4}
    assert desk.balance() == settled
    left = [one for one in desk.breaks() if one.state != "resolved"]
    assert settled[SUSPENSE] == -sum(one.amount_satang for one in left)
    write(lines[0].replace("move,40,01,2026-11", "return,,,"))
    assert f"line 2: break {not_sent[0]} is resolved by malee" in desk.refused(
        "resolve", "--from", str(path)
    )


def test_two_lines_cannot_pay_one_month(desk: Desk, tmp_path: Path) -> None:
    one, other = (each.break_id for each in desk.breaks("NOT_SENT"))
    person = desk.breaks("NOT_SENT")[0].national_id
    path = tmp_path / "twice.csv"
    path.write_text(
        "break_id,resolution,section,option,period,reason,person\n"
        f"{one},move,40,01,2026-11,x,{person}\n{other},move,40,01,2026-11,x,{person}\n",
        encoding="utf-8",
    )
    money = desk.balance()
    assert "line 3: line 2 pays the same month already" in desk.refused(
        "resolve", "--from", str(path)
    )
    assert desk.balance() == money


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"break_id,resolution\n", "the heading lacks 'reason'"),
        (b"break_id,resolution,reason,colour\n", "the heading has the unknown 'colour'"),
        ("break_id,resolution,reason\nx,return,ชื่อ\n".encode("cp874"), "is not UTF-8"),
        (b'break_id,resolution,reason\n"x,return\n', "nothing was changed"),
    ],
)
def test_a_csv_that_cannot_be_read_is_told(
    desk: Desk, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert said in desk.refused("resolve", "--from", str(path))
