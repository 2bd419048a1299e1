"""The delivery report and how the lists stand: every account in one column, nobody's address."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.notices.bounces import take_bounces
from exchange.notices.report_files import DAYS, NUMBERS, write_daily_report, write_report
from exchange.notices.reporting import OFFICE, DeliveryReport, delivery_report
from exchange.notices.standing import masked, notice_standing
from interfaces.errors import WrongUse
from tests.exchange.breaking_mail_server import breaking_server
from tests.exchange.notice_lists import (
    DAY,
    NEXT_DAY,
    Notices,
    address,
    contact,
    notices,
    record,
)
from tests.exchange.returned_mails import report


@pytest.fixture
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notices:
    """Nine accounts of three types: sent, bounced, unknown, waiting, without an address."""
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    made = notices(tmp_path)
    told = [contact(number, address(number)) for number in range(5)]
    told += [contact(5, address(4)), contact(6, "a@b@c"), contact(7, None)]
    made.register(told)
    made.to_tell([record(number) for number in range(9)])
    made.receive()
    with breaking_server("end") as server:
        here = replace(made, port=server.port)
        here.send(limit=3)  # the first one is unknown
    inbox = made.site.home.bounces_inbox
    inbox.mkdir(parents=True)
    (inbox / "1.eml").write_bytes(report(made.mails()[1].message_id))
    take_bounces(made.site)
    return made


def columns(found: DeliveryReport) -> Counter[str]:
    """Accounts by column, over all groups."""
    return Counter({name: sum(getattr(line, name) for line in found.lines) for name in NUMBERS})


def test_every_account_is_in_one_column(mixed: Notices) -> None:
    found = delivery_report(mixed.site, None, DAY)
    assert columns(found) == Counter(
        accounts=9,
        unknown=1,
        bounced=1,
        sent=1,
        waiting=3,  # two mails, one of them about two accounts
        address_invalid=1,
        no_address=2,
        refused=0,
    )
    for line in found.lines:
        assert line.accounts == sum(getattr(line, name) for name in NUMBERS) - line.accounts
    assert [(line.group, line.group_th) for line in found.lines] == [
        ("10", "บริษัท"),
        ("20", "ห้างหุ้นส่วน"),
        ("30", "เจ้าของคนเดียว"),
    ]
    assert {(line.business_date, line.notice_code) for line in found.lines} == {(DAY, "N020")}
    assert found.needs_people


def test_by_office_and_within_days(mixed: Notices) -> None:
    found = delivery_report(mixed.site, None, DAY, by=OFFICE)
    assert [(line.group, line.accounts) for line in found.lines] == [
        ("1000", 3),
        ("1001", 2),
        ("1002", 2),
        ("1003", 2),
    ]
    assert {line.group_th for line in found.lines} == {"กรุงเทพมหานคร"}
    assert columns(delivery_report(mixed.site, DAY, DAY))["accounts"] == 9
    assert delivery_report(mixed.site, NEXT_DAY, NEXT_DAY).lines == ()
    assert not delivery_report(mixed.site, NEXT_DAY, NEXT_DAY).needs_people


def test_who_was_told_by_nobody_and_why(mixed: Notices) -> None:
    found = delivery_report(mixed.site, None, DAY)
    assert [(one.employer_account, one.why) for one in found.untold] == [
        (record(8)["employer_account"], "NOTICE_NO_ADDRESS"),
        (record(1)["employer_account"], "NOTICE_BOUNCED"),
        (record(6)["employer_account"], "NOTICE_ADDRESS_INVALID"),
        (record(7)["employer_account"], "NOTICE_NO_ADDRESS"),
    ]


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.html"])
def test_a_report_file_holds_the_numbers_and_no_address(
    mixed: Notices, tmp_path: Path, name: str
) -> None:
    found = delivery_report(mixed.site, None, DAY)
    path = tmp_path / name
    write_report(found, mixed.site.catalogue, path)
    text = path.read_text("utf-8-sig")
    assert "@" not in text
    first = path.read_bytes()
    write_report(delivery_report(mixed.site, None, DAY), mixed.site.catalogue, path)
    assert path.read_bytes() == first
    if name == "r.csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert sum(int(row["accounts"]) for row in rows) == 9
        assert rows[0]["business_date"] == "2027-01-05" and rows[0]["group_th"] == "บริษัท"
    elif name == "r.json":
        told = json.loads(text)
        assert len(told["lines"]) == 3 and len(told["untold"]) == 4
    else:
        assert "2570-01-05" in text and "ไม่มีที่อยู่อีเมลของนายจ้าง" in text
        assert not re.search(r"<script|https?:|src=|href=", text)


def test_another_end_is_no_report(mixed: Notices, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"\.csv, \.json, \.html"):
        write_report(delivery_report(mixed.site, None, DAY), mixed.site.catalogue, tmp_path / "r.x")


def test_a_text_that_a_spreadsheet_would_run_is_quoted(mixed: Notices, tmp_path: Path) -> None:
    found = delivery_report(mixed.site, None, DAY)
    hostile = replace(found.lines[0], group="=1+1", group_th="<b>@x</b>")
    found = replace(found, lines=(hostile,))
    for name in ("r.csv", "r.html"):
        write_report(found, mixed.site.catalogue, tmp_path / name)
    rows = list(csv.reader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig"))))
    assert rows[1][3] == "'=1+1"
    assert "<b>" not in (tmp_path / "r.html").read_text("utf-8")


def test_the_daily_report_is_three_files(mixed: Notices) -> None:
    page = write_daily_report(mixed.site, NEXT_DAY)
    folder = mixed.site.home.report(NEXT_DAY)
    assert page == folder / "notices.html"
    assert {path.name for path in folder.iterdir()} == {
        "notices.html",
        "notices.csv",
        "notices.json",
    }
    assert DAYS == 31 and "2570-01-05" in page.read_text("utf-8")


def test_how_the_lists_stand(mixed: Notices) -> None:
    mixed.to_tell([record(0)], day=NEXT_DAY, sequence=2)
    mixed.receive(NEXT_DAY)
    found = notice_standing(mixed.site, None, NEXT_DAY)
    (one,) = found.lists
    assert (one.accounts, one.unmatched) == (9, 3)
    assert one.mails == {"waiting": 2, "sent": 1, "bounced": 1, "unknown": 1}
    assert found.unplanned == ("EMPNOTE.D20270106.S000002",)
    assert {(m.state, m.address) for m in found.waiting_for_people} == {
        ("unknown", "p…@employer.example"),
        ("bounced", "p…@employer.example"),
    }
    assert not found.in_order
    assert notice_standing(mixed.site, NEXT_DAY, NEXT_DAY).in_order


def test_a_masked_address_cannot_be_written_to() -> None:
    assert masked("somchai@one.example") == "s…@one.example"
