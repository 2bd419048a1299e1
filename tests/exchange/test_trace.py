"""A person's months and one record's bytes, held against the files themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from exchange.account.entries import AsOf
from exchange.account.original import interface_of, read_original
from exchange.account.person import only_of, target_of
from exchange.account.record import RecordName, file_of, record_name, trace_record
from exchange.account.trace import trace_person
from exchange.inbound.landed import landed_path
from interfaces.errors import OutsideFailure, WrongUse
from ledger import schema
from ledger.acts import acts_on
from ledger.breaks import breaks_of
from ledger.files import FileStanding, files_of
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER
from parsers.decode import ORIGINAL, decode_file
from tests.exchange.account_night import (
    DAY,
    LATER,
    S40,
    Account,
    account_night,
    answer_of,
)

HISTORY, RETURN = "contribution_history", "counter_return"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The night; nobody changes it."""
    with account_night(tmp_path_factory.mktemp("trace")) as night:
        yield night


@pytest.fixture
def copy(account: Account, tmp_path: Path) -> Iterator[Account]:
    """The same, to change."""
    own = account.copied(tmp_path)
    yield own
    own.site.ledger.dispose()


def landed(account: Account, interface: str) -> FileStanding:
    """The file of that interface."""
    return next(s for s in files_of(account.site.ledger, DAY) if s.file.interface == interface)


def posted(account: Account) -> Any:
    """A payment that was posted to a month."""
    table = schema.posting
    query = (
        sa.select(table)
        .where(table.c.leg == 1, table.c.credit_account.startswith("contributions:"))
        .order_by(table.c.posting_id)
    )
    with account.site.ledger.connect() as connection:
        return connection.execute(query).first()


def broken(account: Account, code: str = "DOUBLE_PAYMENT") -> dict[str, Any]:
    """A break of that code."""
    rows: list[dict[str, Any]] = breaks_of(account.site.ledger).to_pylist()
    return next(row for row in rows if row["code"] == code)


def acts(account: Account) -> int:
    """How many acts are on record."""
    with account.site.ledger.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(schema.operator_act)) or 0


def line_of(account: Account, number: int) -> bytes:
    """That line of the partner's own return file, without its end."""
    (path,) = (account.partner_root / "returns").rglob("CSPAY_*.TXT")
    return path.read_bytes().split(b"\n")[number - 1]


def test_months_of_the_history_are_those_of_its_ebcdic_record(account: Account) -> None:
    """At the byte that is told the extract has the person's ID, in EBCDIC digits."""
    person = posted(account).national_id
    history = trace_person(account.site, person).history
    assert history.file_name is not None
    data = (account.extracts / history.file_name).read_bytes()
    digits = bytes(0xF0 + int(digit) for digit in person)
    assert history.months
    for month in history.months:
        assert data[month.byte_offset + 1 : month.byte_offset + 14] == digits
    assert data.count(digits) == len({month.byte_offset for month in history.months})
    packed = [f"{month.period + 54300}".encode() for month in history.months]  # Buddhist era
    first = history.months[0]
    bcd = data[first.byte_offset + 24 : first.byte_offset + 28].hex()[1:7].encode()
    assert bcd in packed


def test_a_posting_names_file_record_and_byte(account: Account) -> None:
    """There the partner's own file has the reference that was paid."""
    row = posted(account)
    trace = trace_person(account.site, row.national_id)
    moved = next(one for one in trace.movements if one.record_number == row.record_number)
    (path,) = (account.partner_root / "returns").rglob("CSPAY_*.TXT")
    assert moved.byte_offset is not None
    record = path.read_bytes()[moved.byte_offset : moved.byte_offset + 256]
    assert record == line_of(account, row.record_number)
    assert row.national_id.encode() in record
    assert (moved.file_name, moved.leg, moved.amount_satang) == (path.name, 1, row.amount_satang)
    assert (moved.debit_account, moved.taken_back) == ("clearing:counter_service", False)
    assert trace.gaps == ()


def test_breaks_have_their_texts_and_history(copy: Account) -> None:
    """State, moment and detail of each step; other people's IDs are masked."""
    one = broken(copy)
    with copy.site.ledger.begin() as connection:
        connection.execute(
            sa.insert(schema.payment_break_event).values(
                file_id=one["file_id"],
                record_number=one["record_number"],
                state="proposed",
                detail=f'{{"move":"{one["national_id"]} to 1234567890121"}}',
                recorded_at=LATER,
            )
        )
    (found,) = (
        b
        for b in trace_person(copy.site, one["national_id"]).breaks
        if b.record_number == one["record_number"]
    )
    assert (found.code, found.state) == ("DOUBLE_PAYMENT", "proposed")
    assert found.text_en == copy.site.catalogue.text("DOUBLE_PAYMENT", "en")
    assert found.text_th == copy.site.catalogue.text("DOUBLE_PAYMENT", "th")
    (step,) = found.steps
    assert step.detail["move"] == f"{one['national_id']} to 1-23xx-xxxxx-xx-1"
    earlier = AsOf(recorded_to=LATER - timedelta(seconds=1))
    assert trace_person(copy.site, one["national_id"], as_of=earlier).breaks[0].state == "open"


def test_a_posting_that_was_taken_back_says_so(copy: Account) -> None:
    """Both movements stand; as of before, the first one alone and as if nothing had happened."""
    row = posted(copy)
    taken = {
        **row._mapping,
        "posting_id": row.posting_id + 1_000_000,
        "leg": -1,
        "reverses": row.posting_id,
        "debit_account": row.credit_account,
        "credit_account": row.debit_account,
        "recorded_at": LATER,
        "book_date": DAY + timedelta(days=1),
        "effective_date": DAY + timedelta(days=2),
    }
    with copy.site.ledger.begin() as connection:
        connection.execute(sa.insert(schema.posting).values(**taken))

    def legs(as_of: AsOf) -> list[tuple[int, bool]]:
        trace = trace_person(copy.site, row.national_id, as_of=as_of)
        mine = [one for one in trace.movements if one.record_number == row.record_number]
        return [(one.leg, one.taken_back) for one in mine]

    assert legs(AsOf()) == [(1, True), (-1, False)]
    assert legs(AsOf(booked_to=DAY)) == [(1, False)]
    assert legs(AsOf(effective_to=DAY + timedelta(days=1))) == [(1, False)]
    assert legs(AsOf(recorded_to=LATER - timedelta(days=1))) == [(1, False)]
    assert legs(AsOf(booked_to=DAY - timedelta(days=1))) == []
    assert legs(AsOf(recorded_to=datetime(2026, 1, 1, tzinfo=UTC))) == []


def test_only_changes_of_standing_are_told_and_by_which_feed(copy: Account) -> None:
    """Four days: as before, ended, as the day before, no longer there."""
    person = pq.read_table(_standing(copy))["national_id"][0].as_py()
    table = pq.read_table(_standing(copy))
    mine = table.filter(pc.equal(table["national_id"], person))
    rest = table.filter(pc.not_equal(table["national_id"], person))
    ended = mine.set_column(
        mine.schema.get_field_index("status_code"), "status_code", pa.array(["E"] * len(mine))
    ).set_column(
        mine.schema.get_field_index("person_return_code"),
        "person_return_code",
        pa.array([21] * len(mine), pa.int64()),
    )
    for after, rows in ((1, mine), (2, ended), (3, ended), (4, None)):
        day = DAY + timedelta(days=after)
        path = copy.home.dataset("standing", day) / "made.parquet"
        path.parent.mkdir(parents=True)
        whole = rest if rows is None else pa.concat_tables([rows, rest])
        pq.write_table(whole.cast(table.schema), path)
    lines = [
        line
        for line in trace_person(copy.site, person).standing
        if line.section_code == mine["section_code"][0].as_py()
    ]
    assert [(line.business_date - DAY).days for line in lines] == [0, 2, 4]
    assert [line.present for line in lines] == [True, True, False]
    assert (lines[1].status_code, lines[1].rule) == ("E", 21)
    assert lines[1].rule_en == "Ended: three consecutive months unpaid"
    assert lines[1].told_by == ()
    assert len(trace_person(copy.site, person, as_of=AsOf(booked_to=DAY)).standing) < len(lines)


def test_a_standing_names_the_feeds_that_told_it(account: Account) -> None:
    """By the rows of the feed: those in it, and only those."""
    rows = pq.read_table(_standing(account))
    for listed in ("Y", "N"):
        some = rows.filter(
            pc.and_(pc.equal(rows["listed"], listed), pc.equal(rows["section_code"], "40"))
        )
        person = some["national_id"][0].as_py()
        (line,) = trace_person(account.site, person, section="40").standing
        feeds = (f"counter_service.{S40}.000001",) if listed == "Y" else ()
        assert (line.listed, line.told_by) == (listed, feeds)


def _standing(account: Account) -> Path:
    (part,) = account.home.dataset("standing", DAY).glob("*.parquet")
    return part


@pytest.mark.parametrize(
    "interface", [HISTORY, RETURN, "registration_master", "employer_master", "form_1_10"]
)
def test_a_record_is_read_as_reading_the_whole_file_reads_it(
    account: Account, interface: str
) -> None:
    """First, last and others, with and without knowing where they lie, in every framing."""
    standing = landed(account, interface)
    path = landed_path(account.site, standing.file.file_id)
    declared = interface_of(account.site, standing)
    whole = {
        number: (offset, raw)
        for block in decode_file(path, declared, file_id="whole", originals=True)
        for batch in block.batches.values()
        for number, offset, raw in zip(
            *(batch.column(name).to_pylist() for name in (RECORD_NUMBER, BYTE_OFFSET, ORIGINAL)),
            strict=True,
        )
    }
    numbers = sorted(whole)
    for number in {*numbers[:3], *numbers[:: max(1, len(numbers) // 7)], *numbers[-2:]}:
        offset, raw = whole[number]
        for known in (None, offset):
            found = read_original(account.site, standing, number, known)
            assert (found.record_number, found.byte_offset, found.raw) == (number, offset, raw)
    for absent in (0, max(numbers) + 1, 10**9):
        with pytest.raises(WrongUse, match="has no record"):
            read_original(account.site, standing, absent)


def test_a_record_of_a_posting_in_hex_and_field_by_field(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints the bytes of the partner's own file."""
    row = posted(account)
    name = f"{row.file_id[:12]}:{row.record_number}"
    assert account.prakan("trace", f"{name}:1", "--reason", "a test", "--json") == 0
    told = answer_of(capsys)
    raw = line_of(account, row.record_number)
    assert bytes.fromhex(told["bytes"]) == raw
    assert told["text"] == raw.decode("cp874")
    for field in told["fields"]:
        there = raw[field["offset"] : field["offset"] + field["length"]]
        assert bytes.fromhex(field["bytes"]) == there
    fields = {field["name"]: field for field in told["fields"]}
    assert fields["REFERENCE-1"]["value"].strip() == row.national_id
    assert fields["PAYMENT-DATE"]["type"] == "date32[day]"
    assert sum(field["length"] for field in told["fields"]) == len(raw) == told["length"]
    assert [moved["leg"] for moved in told["movements"]] == [1]
    assert account.prakan("trace", name, "--reason", "a test") == 0
    text = capsys.readouterr().out
    assert raw[:16].hex(" ").upper() in text
    assert row.file_id in text
    assert len(acts_on(account.site.ledger, f"{row.file_id}:{row.record_number}")) == 2


def test_a_record_of_a_break_has_its_break(account: Account) -> None:
    """Asked by the id under which breaks are listed; a whole hash will do as well."""
    one = broken(account, "STATUS_ENDED")
    for digits in (12, 64):
        name = record_name(f"{one['file_id'][:digits].upper()}:{one['record_number']}")
        assert name is not None
        found = trace_record(account.site, name, file_of(account.site, name))
        assert found.broken is not None
        assert found.broken.code == "STATUS_ENDED"
        assert found.original.raw == line_of(account, one["record_number"])
        assert [moved.credit_account for moved in found.movements] == ["suspense:counter_service"]


def test_a_record_that_we_sent_is_shown_too(account: Account) -> None:
    """From the outbox: a line of the feed at the partner."""
    with account.site.ledger.connect() as connection:
        file = schema.file
        of_feed = sa.select(file.c.file_id, file.c.name).where(file.c.interface == S40)
        file_id, sent = connection.execute(of_feed).one()
    name = RecordName(file_id[:12], 2, None)
    found = trace_record(account.site, name, file_of(account.site, name))
    assert found.original.raw == account.texts_at_partner()[sent].split(b"\r\n")[1]
    assert (found.movements, found.broken) == ((), None)


def test_what_is_not_there_is_refused(account: Account) -> None:
    """A leg, a file."""
    row = posted(account)
    name = RecordName(row.file_id[:12], row.record_number, 9)
    with pytest.raises(WrongUse, match="has no leg 9"):
        trace_record(account.site, name, file_of(account.site, name))
    with pytest.raises(WrongUse, match="no file whose SHA-256 begins"):
        file_of(account.site, RecordName("0" * 12, 1, None))
    assert record_name("late.0123456789ab") is None


def test_a_landing_copy_that_is_gone_is_said(copy: Account) -> None:
    """Nothing is shown of a file that is not the one that was received."""
    standing = landed(copy, RETURN)
    path = copy.home.landing(standing.file.file_id)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OutsideFailure, match="restore the landing and outbox"):
        read_original(copy.site, standing, 2)
    path.unlink()
    with pytest.raises(OutsideFailure, match="is gone"):
        read_original(copy.site, standing, 2)


def test_sources_that_are_gone_make_the_trace_incomplete(
    copy: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is left is shown, what is missing is named."""
    person = posted(copy).national_id
    standing = landed(copy, HISTORY)
    assert standing.result is not None
    assert standing.result.part_uri is not None
    (copy.home.root / standing.result.part_uri).unlink()
    _standing(copy).write_bytes(b"nothing of the kind")
    assert copy.prakan("trace", person, "--reason", "a test") == 1
    text = capsys.readouterr().out
    assert text.count("NOT COMPLETE") == 2
    assert "clearing:counter_service → contributions:" in text


def test_the_command_tells_months_breaks_and_who_looked(
    copy: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """As text and as JSON; the ID may be written with dashes."""
    one = broken(copy)
    person = one["national_id"]
    dashed = f"{person[0]}-{person[1:5]}-{person[5:10]}-{person[10:12]}-{person[12]}"
    assert copy.prakan("trace", dashed, "--who", "malee", "--reason", f"asked by {person}") == 0
    text = capsys.readouterr().out
    assert f"{one['file_id'][:12]}:{one['record_number']}  DOUBLE_PAYMENT  open" in text
    assert "mainframe's history" in text
    assert "malee" in text
    (act,) = acts_on(copy.site.ledger, target_of(person))
    assert person not in act.reason
    day = f"{DAY - timedelta(days=1)}"
    assert copy.prakan("trace", person, "--reason", "b", "--json", "--date", day) == 0
    told = answer_of(capsys)
    assert (told["movements"], told["breaks"], told["standing"]) == ([], [], [])
    assert len(told["accesses"]) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("1100500000000",), "check digit"),
        (("settlement.x.2026-11-20",), "breaks of whole files"),
        (("0123456789ab:1", "--section", "39"), "go with a person"),
        (("1100500000000", "--reason", " "), "say why"),
    ],
)
def test_wrong_calls_are_refused(
    copy: Account, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    """One line, status 2, and no act."""
    given = arguments if "--reason" in arguments else (*arguments, "--reason", "a test")
    before = acts(copy)
    assert copy.prakan("trace", *given) == 2
    assert text in capsys.readouterr().err
    assert acts(copy) == before


def test_details_show_no_other_person() -> None:
    """At any depth; hashes keep their digits' letters, numbers stay numbers."""
    detail = {"a": ["1100500000001", {"b": "of 3100500000007"}], "n": 1100500000001, "d": None}
    assert only_of("1100500000001", detail) == {
        "a": ["1100500000001", {"b": "of 3-10xx-xxxxx-xx-7"}],
        "n": 1100500000001,
        "d": None,
    }


def test_a_section_narrows_everything(account: Account) -> None:
    """Months, movements, breaks and standing."""
    row = posted(account)
    other = "39" if row.section_code == "40" else "40"
    trace = trace_person(account.site, row.national_id, section=other)
    sections = {
        one.section_code
        for one in (*trace.history.months, *trace.movements, *trace.breaks, *trace.standing)
    }
    assert sections <= {other}
    assert trace_person(account.site, row.national_id, section=row.section_code).movements


def test_a_history_of_a_later_day_is_not_seen_from_an_earlier_one(account: Account) -> None:
    """As of a date before any extract nothing is known."""
    person = posted(account).national_id
    early = trace_person(account.site, person, as_of=AsOf(booked_to=date(2026, 1, 5)))
    assert (early.history.file_name, early.history.months, early.standing) == (None, (), ())
    assert replace(early, gaps=()) == early
