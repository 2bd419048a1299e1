"""An address that a notice came back from is not tried by the next one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchange.notices.bounces import take_bounces
from exchange.notices.planning import FINDINGS, plan_lists
from exchange.notices.releasing import release
from exchange.notices.reporting import delivery_report
from ledger.bounced_addresses import bounced_for_good
from ledger.database import reading
from tests.exchange.breaking_mail_server import breaking_server
from tests.exchange.notice_lists import DAY, NEXT_DAY, Notices, address, contact, notices, record
from tests.exchange.returned_mails import report

THIRD_DAY = date(2027, 1, 7)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notices]:
    """Three mails that were sent; the server takes further ones."""
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
    with breaking_server() as server:
        opened = notices(tmp_path, server.port)
        opened.usual(3)
        opened.send()
        yield opened


def came_back(made: Notices, number: int, status: str = "5.1.1") -> None:
    (mail,) = (m for m in made.mails() if m.address == address(number))
    path = made.site.home.bounces_inbox / f"{number}.eml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(report(mail.message_id, status=status))
    assert take_bounces(made.site).counts["bounced"] == 1


def next_list(made: Notices, day: date = NEXT_DAY) -> dict[str, str]:
    """The same employers are to be told something else; state of the new mails by address."""
    before = {mail.message_id for mail in made.mails()}
    made.to_tell([record(n) for n in range(3)], day=day)
    made.receive(day)
    made.send(day)
    return {m.address: m.state.value for m in made.mails() if m.message_id not in before}


def reasons(made: Notices, day: date = NEXT_DAY) -> list[tuple[int, str]]:
    folder = made.site.home.findings(FINDINGS, day)
    rows = [
        row
        for part in folder.glob("*.parquet")
        for row in pq.read_table(part, partitioning=None).to_pylist()
    ]
    return [(row["record_number"], row["code"]) for row in rows]


def test_it_is_passed_over_and_told(made: Notices) -> None:
    came_back(made, 1)
    assert next_list(made) == {address(0): "sent", address(2): "sent"}
    assert reasons(made) == [(3, "NOTICE_ADDRESS_BOUNCED")]
    told = delivery_report(made.site, NEXT_DAY, NEXT_DAY)
    assert sum(line.bounced for line in told.lines) == 1
    assert [one.why for one in told.untold] == ["NOTICE_ADDRESS_BOUNCED"]
    assert told.needs_people


@pytest.mark.parametrize("status", ["5.2.2", "4.4.7", ""])
def test_what_may_pass_is_tried_again(made: Notices, status: str) -> None:
    came_back(made, 1, status)
    assert next_list(made) == {address(n): "sent" for n in range(3)}
    assert bounced_for_good(made.site.ledger) == {}


def test_another_address_of_the_register_ends_it(made: Notices) -> None:
    came_back(made, 1)
    made.register(
        [contact(0, address(0)), contact(1, "new@employer.example"), contact(2, address(2))],
        day=NEXT_DAY,
    )
    assert set(next_list(made)) == {address(0), address(2), "new@employer.example"}


@pytest.mark.parametrize(("days", "is_tried"), [(0, False), (1, True)])
def test_the_same_address_confirmed_since_is_tried(
    made: Notices, days: int, is_tried: bool
) -> None:
    came_back(made, 1)
    (at,) = bounced_for_good(made.site.ledger).values()
    confirmed = date.fromordinal(at.date().toordinal() + days)
    rows = [contact(n, address(n)) | {"confirmed_date": confirmed} for n in range(3)]
    made.register(rows, day=NEXT_DAY)
    assert (address(1) in next_list(made)) == is_tried


def test_the_head_office_is_told_for_a_branch_whose_address_bounced(made: Notices) -> None:
    came_back(made, 1)
    made.register(
        [contact(1, "head@employer.example"), contact(1, address(1), "000001")], day=NEXT_DAY
    )
    made.to_tell([record(1, "000001")], day=NEXT_DAY)
    made.receive(NEXT_DAY)
    made.send(NEXT_DAY)
    assert made.states()["head@employer.example"] == "sent"


def test_a_mail_that_a_person_released_and_that_went_ends_it(made: Notices) -> None:
    came_back(made, 1)
    (mail,) = (m for m in made.mails() if m.address == address(1))
    release(made.site, mail.message_id, None, who="malee", reason="the mailbox is there again")
    made.send()
    assert bounced_for_good(made.site.ledger) == {}
    assert len(next_list(made)) == 3


def test_lists_that_were_planned_stay_as_they_were(made: Notices) -> None:
    assert len(next_list(made)) == 3
    came_back_of_list(made, DAY, 1)
    query = "SELECT count(*) FROM employer_mail WHERE address = ?"
    with reading(made.site.ledger) as connection:
        assert connection.exec_driver_sql(query, (address(1),)).scalar_one() == 2
    assert set(next_list(made, THIRD_DAY)) == {address(0), address(2)}


def came_back_of_list(made: Notices, day: date, number: int) -> None:
    (mail,) = (m for m in made.mails() if m.address == address(number) and m.business_date == day)
    path = made.site.home.bounces_inbox / "late.eml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(report(mail.message_id))
    assert take_bounces(made.site).counts["bounced"] == 1


def test_that_the_server_takes_a_further_mail_ends_nothing(made: Notices) -> None:
    made.to_tell([record(n) for n in range(3)], day=NEXT_DAY)
    made.receive(NEXT_DAY)
    plan_lists(made.site, NEXT_DAY)
    came_back_of_list(made, DAY, 1)
    made.send(NEXT_DAY)
    assert [m.state.value for m in made.mails() if m.address == address(1)] == ["bounced", "sent"]
    assert set(bounced_for_good(made.site.ledger)) == {address(1)}
    assert set(next_list(made, THIRD_DAY)) == {address(0), address(2)}
