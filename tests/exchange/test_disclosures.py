"""Every file that carried a person's data, found again; and what cannot be looked at is said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from exchange.account.disclosures import Disclosures, disclosures_of
from exchange.account.looking import Asked, look_into
from exchange.account.person import target_of
from exchange.account.sent_rows import RowsFound
from interfaces.policies import SealKind
from ledger import schema
from ledger.acts import acts_on
from ledger.audit import entries_of
from ledger.deliveries import (
    deliveries_of,
    plan_delivery,
    record_content,
    record_event,
    record_seal,
)
from ledger.delivery import Delivery, DeliveryState, Sealed
from tests.exchange.account_night import (
    DAY,
    LATER,
    PARTNER,
    S39,
    S40,
    Account,
    account_night,
    answer_of,
)

NOBODY = "1100500000000"  # check digit: made below where a sound one is needed


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The night; nobody changes it."""
    with account_night(tmp_path_factory.mktemp("disclosures")) as night:
        yield night


@pytest.fixture
def copy(account: Account, tmp_path: Path) -> Iterator[Account]:
    """The same, to change."""
    own = account.copied(tmp_path)
    yield own
    own.site.ledger.dispose()


def names(found: Disclosures) -> set[str]:
    """Files on the wire."""
    return {one.name for one in found.files}


def feed(account: Account, interface: str, place: int = 0) -> Delivery:
    """A delivery of that feed, by sequence."""
    return [d for d in deliveries_of(account.site.ledger, DAY) if d.interface == interface][place]


def rows_of(account: Account, delivery: Delivery) -> Path:
    """Its rows in the outbox."""
    assert delivery.content is not None
    assert delivery.content.rows_uri is not None
    return account.home.root / delivery.content.rows_uri


def people_in(account: Account, interface: str) -> list[str]:
    """IDs in a feed."""
    ids: list[str] = pq.read_table(rows_of(account, feed(account, interface)))[
        "national_id"
    ].to_pylist()
    return ids


def payers(account: Account) -> list[str]:
    """People whose payment was posted or broken under the ID that the counter wrote."""
    posting = schema.posting
    query = (
        sa.select(posting.c.national_id)
        .where(
            posting.c.national_id.is_not(None),
            sa.or_(posting.c.pass_name.is_(None), ~posting.c.pass_name.like("check_digits%")),
        )
        .distinct()
    )
    with account.site.ledger.connect() as connection:
        return [one for (one,) in connection.execute(query)]


def naive(account: Account, person: str) -> set[str]:
    """Files in the partner's own folder that hold the digits of the ID."""
    return {
        name for name, data in account.texts_at_partner().items() if person.encode("ascii") in data
    }


def test_the_same_files_as_a_naive_search_in_the_partners_folder(account: Account) -> None:
    """Of everybody in a feed, of everybody who paid, and of people of no feed."""
    employed = pq.read_table(account.extracts.parent / "truth" / "persons.parquet")
    others = employed.filter(pc.equal(employed["section_code"], "33"))["national_id"].to_pylist()
    asked = {
        *people_in(account, S39)[::7],
        *people_in(account, S40)[::7],
        *payers(account)[::3],
        *others[::50],
    }
    found = {person: names(disclosures_of(account.site, person)) for person in asked}
    assert found == {person: naive(account, person) for person in asked}
    assert any(len(files) == 3 for files in found.values()), "two feeds and an answer"
    assert set() in found.values()


def test_both_versions_of_a_feed_that_was_made_again_count(account: Account) -> None:
    """The first one lay at the partner before the second replaced it."""
    person = people_in(account, S39)[3]
    found = disclosures_of(account.site, person, until=DAY)
    feeds = [one for one in found.files if one.interface == f"{S39}.1"]
    assert [one.state for one in feeds] == ["superseded", "delivered"]
    assert feeds[0].superseded_by == feeds[1].delivery_id
    assert all(one.arrived and len(one.delivered) == 1 for one in feeds)
    assert "PAYABLE-MONTH.AMOUNT" in feeds[0].fields
    assert "FILLER" not in feeds[0].fields
    assert found.gaps == ()


def test_an_acknowledgement_counts_with_the_person_s_records(account: Account) -> None:
    """Its records are found by what the ledger holds, and shown as they were sent."""
    person = payers(account)[0]
    found = disclosures_of(account.site, person, values=True)
    (answer,) = (one for one in found.files if "acknowledgement" in one.interface)
    with account.site.ledger.connect() as connection:
        paid = connection.execute(
            sa.select(schema.posting.c.record_number)
            .where(schema.posting.c.national_id == person)
            .distinct()
        ).all()
    assert answer.records == len(paid) == len(answer.values)
    assert {str(row["reference_1"]).strip() for row in answer.values} == {person}
    assert answer.found_in == "file"


def test_values_are_those_of_the_sent_record(account: Account) -> None:
    """What the rows say stands in the bytes: the person's line of the feed."""
    person = people_in(account, S40)[0]
    found = disclosures_of(account.site, person, values=True)
    (one,) = (one for one in found.files if one.interface == f"{S40}.1")
    (values,) = one.values
    data = account.texts_at_partner()[one.name].decode("cp874")
    (line,) = (line for line in data.splitlines() if person in line)
    assert str(values["given_name"]) in line
    assert str(values["family_name"]) in line
    assert f"{values['line_number']:09d}" == line[1:10]
    assert "listed" not in values, "a column that is kept beside the file was not disclosed"


@pytest.mark.parametrize(
    ("states", "counts"),
    [
        ((), False),
        ((DeliveryState.SENDING, DeliveryState.FAILED), False),
        ((DeliveryState.SENDING, DeliveryState.REFUSED), False),
        ((DeliveryState.SENDING,), True),
        ((DeliveryState.SENDING, DeliveryState.UNKNOWN), True),
        ((DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.FAILED), False),
        ((DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.REFUSED), True),
    ],
)
def test_a_file_counts_unless_it_surely_never_arrived(
    copy: Account, states: tuple[DeliveryState, ...], counts: bool
) -> None:
    """Never sent, failed, refused at the door: no. Unknown, or refused when it lay there: yes."""
    day = DAY + timedelta(days=1)
    ledger, old = copy.site.ledger, feed(copy, S40)
    assert old.content is not None
    new = plan_delivery(
        ledger, partner=PARTNER, interface=S40, version=1, business_date=day, recorded_at=LATER
    )
    target = copy.home.outbox(PARTNER, S40, new.sequence)
    shutil.copytree(rows_of(copy, old).parent, target)
    content = replace(
        old.content, file_id="ab" * 32, rows_uri=copy.home.relative(target / "rows.parquet")
    )
    record_content(ledger, new.delivery_id, content, recorded_at=LATER)
    sealed = Sealed(SealKind.NONE, old.content.name, "ab" * 32, 1, "cd" * 32)
    record_seal(ledger, new.delivery_id, sealed, recorded_at=LATER)
    for state in states:
        record_event(ledger, new.delivery_id, state, recorded_at=LATER)
    found = disclosures_of(copy.site, people_in(copy, S40)[0], since=day)
    assert [one.delivery_id for one in found.files] == ([new.delivery_id] if counts else [])
    assert found.not_arrived == (1 if states and not counts else 0)


def test_rows_that_are_gone_are_said_and_the_sent_file_answers(
    copy: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer stays complete, and somebody has something to restore."""
    person, old = people_in(copy, S40)[2], feed(copy, S40)
    before = names(disclosures_of(copy.site, person))
    rows_of(copy, old).unlink()
    found = disclosures_of(copy.site, person)
    assert names(found) == before
    assert [(gap.delivery_id, gap.answered) for gap in found.gaps] == [(old.delivery_id, True)]
    assert copy.prakan("disclosures", person, "--reason", "a test") == 1
    assert "are gone or damaged; the sent file was searched" in capsys.readouterr().out


def test_a_delivery_of_which_nothing_is_left_makes_the_answer_incomplete(
    copy: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also for somebody who may not have been in it: nobody can tell."""
    old = feed(copy, S40)
    shutil.rmtree(rows_of(copy, old).parent)
    found = disclosures_of(copy.site, people_in(copy, S39)[0])
    assert [(gap.delivery_id, gap.answered) for gap in found.gaps] == [(old.delivery_id, False)]
    assert copy.prakan("disclosures", people_in(copy, S39)[0], "--reason", "a test") == 1
    assert f"NOT COMPLETE: {old.delivery_id}" in capsys.readouterr().out


def test_rows_that_are_gone_of_a_file_without_ids_leave_the_answer_open(account: Account) -> None:
    """A file may carry a person's name and account, and its rows alone say whose they are."""
    (answer,) = (d for d in deliveries_of(account.site.ledger, DAY) if d.answers is not None)
    assert answer.content is not None
    path = account.home.root / "outbox" / "gone.parquet"
    kept = replace(answer, content=replace(answer.content, rows_uri=account.home.relative(path)))
    asked = Asked(people_in(account, S39)[0], values=False, verify=False, answered={})
    _, (gap,) = look_into(account.site, kept, RowsFound(missing=frozenset({path})), asked)
    assert not gap.answered
    assert "otherwise than by ID" in gap.problem


def test_damaged_rows_are_gone_rows(copy: Account) -> None:
    """A footer that is sound says nothing of the pages before it."""
    old = feed(copy, S40)
    path, person = rows_of(copy, old), people_in(copy, S40)[0]
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    path.chmod(0o644)
    path.write_bytes(data)
    found = disclosures_of(copy.site, person)
    assert [gap.delivery_id for gap in found.gaps] == [old.delivery_id]
    assert old.delivery_id in {one.delivery_id for one in found.files}


def test_verify_reads_the_sent_files(copy: Account) -> None:
    """Each has the recorded hash and names the person; one changed byte is seen."""
    person = people_in(copy, S39)[1]
    found = disclosures_of(copy.site, person, verify=True)
    assert found.gaps == ()
    assert {one.verified for one in found.files} == {True}
    old = feed(copy, S39)
    assert old.content is not None
    path = rows_of(copy, old).parent / old.content.name
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-40] + b"X" + data[-39:])
    found = disclosures_of(copy.site, person, verify=True)
    assert [gap.delivery_id for gap in found.gaps] == [old.delivery_id]
    assert "no longer has the recorded SHA-256" in found.gaps[0].problem
    assert {one.delivery_id: one.verified for one in found.files}[old.delivery_id] is False


def test_verify_sees_rows_that_name_somebody_whom_the_file_does_not(copy: Account) -> None:
    """The rows of another feed in its place: both sides are told."""
    mine, other = feed(copy, S39), feed(copy, S40)
    shutil.copy(rows_of(copy, other), rows_of(copy, mine))
    in_rows = disclosures_of(copy.site, people_in(copy, S40)[0], until=DAY, verify=True)
    assert any("does not name the person of its rows" in gap.problem for gap in in_rows.gaps)
    in_file = feed(copy, S39, 1)  # the second version, whose rows are sound
    person = pq.read_table(rows_of(copy, in_file))["national_id"][0].as_py()
    in_bytes = disclosures_of(copy.site, person, verify=True)
    assert any("names the person, its rows do not" in gap.problem for gap in in_bytes.gaps)


def test_who_looked_is_recorded_without_the_id(
    copy: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look needs a reason, and leaves act and audit under a hash of the ID."""
    person = people_in(copy, S39)[0]
    given = ("disclosures", person, "--who", "somchai", "--json")
    assert copy.prakan(*given, "--reason", f"request 12 of {person}") == 0
    told = answer_of(capsys)
    assert told["person"] == person
    (act,) = acts_on(copy.site.ledger, target_of(person))
    assert (act.verb, act.who) == ("disclosures", "somchai")
    assert person not in act.reason + act.target
    (entry,) = entries_of(copy.site.ledger, target_of(person))
    assert entry.kind == "act.disclosures"
    with pytest.raises(SystemExit) as caught:
        copy.prakan("disclosures", person)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ("123456789012", "13 digits, this has 12"),
        ("11005000000ab", "digits 0-9 only"),
        (NOBODY, "check digit"),
    ],
)
def test_a_wrong_id_is_refused_before_anything_is_recorded(
    copy: Account, capsys: pytest.CaptureFixture[str], person: str, text: str
) -> None:
    """The number itself is not repeated."""
    assert copy.prakan("disclosures", person, "--reason", "a test") == 2
    said = capsys.readouterr().err
    assert text in said
    assert person not in said
    with copy.site.ledger.connect() as connection:
        verbs = connection.execute(sa.select(schema.operator_act.c.verb)).scalars().all()
    assert "disclosures" not in verbs


def test_days_and_partner_narrow_what_is_looked_at(account: Account) -> None:
    """Business dates, both ends inclusive."""
    person = people_in(account, S39)[0]
    assert disclosures_of(account.site, person, since=DAY, until=DAY, partner=PARTNER).files
    assert not disclosures_of(account.site, person, since=DAY + timedelta(days=1)).files
    assert not disclosures_of(account.site, person, until=DAY - timedelta(days=1)).files


def test_content_is_what_the_ledger_says(account: Account) -> None:
    """The hash told with each file is that of the file at the partner."""
    from hashlib import sha256

    person = people_in(account, S39)[5]
    at_partner = account.texts_at_partner()
    for one in disclosures_of(account.site, person).files:
        assert one.sha256 == sha256(at_partner[one.name]).hexdigest()
