"""Which filings are answered, when, where, and what is said of the month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchange.employers.answers import DATASET, answers_folder, write_answers
from exchange.employers.entering import enter_filings
from exchange.inbound.arrivals import QuarantinedError, receive_paths
from exchange.inbound.replay import replay
from exchange.site import Site, open_site
from interfaces.errors import OutsideFailure
from parsers.decode import decode_whole
from tests.exchange.employer_filings import (
    DAY,
    PERIOD,
    Line,
    Registered,
    account,
    installation,
    receive_master,
    take_in_filings,
    write_form,
)
from tests.postgres import running_postgres


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def form(
    site: Site,
    employer: int,
    name: str = "",
    *,
    period: int = PERIOD,
    override: dict[str, object] | None = None,
) -> Path:
    path = site.home.employer_inbox / (name or f"SPS110_{account(employer)}.TXT")
    blocks = [("000000", [Line(10 * employer), Line(10 * employer + 1, "20000.00")])]
    return write_form(site, path, employer, blocks, period=period, override=override)


def noted(site: Site, day: date = DAY) -> list[dict[str, object]]:
    parts = sorted(site.home.dataset(DATASET, day).glob("*.parquet"))
    rows = [row for part in parts for row in pq.read_table(part, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: (row["employer_account"] or "", row["answer_number"]))


def trailer(site: Site, row: dict[str, object], day: date = DAY) -> dict[str, object]:
    path = answers_folder(site, day) / str(row["folder"]) / str(row["name"])
    interface = site.registry.get("form_1_10_answer")
    return dict(decode_whole(path, interface).tables["ANSWER-TRAILER-RECORD"].to_pylist()[0])


def test_a_filing_that_is_not_in_the_books_waits(site: Site) -> None:
    paths = [form(site, 1), form(site, 2, override={"total_employee": 9})]
    receive_paths(site, DAY, paths)
    first = write_answers(site, DAY)
    assert first == {"answered": 1, "refused": 1, "already": 0, "waiting": 1}
    enter_filings(site, DAY)
    second = write_answers(site, DAY)
    assert second == {"answered": 1, "refused": 0, "already": 1, "waiting": 0}
    assert sorted(str(row["result"]) for row in noted(site)) == ["A", "R"]


def test_nothing_is_answered_before_the_interface_is_in_force(site: Site) -> None:
    early = date(2026, 12, 15)
    path = form(site, 1, period=202611)
    take_in_filings(site, [path], day=early)
    counts = write_answers(site, early)
    assert counts == {"answered": 0, "refused": 0, "already": 0, "waiting": 0}
    assert not answers_folder(site, early).exists()


def test_a_replayed_filing_gets_a_second_answer_beside_the_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = form(site, 1)
    with monkeypatch.context() as narrow:
        narrow.setattr("exchange.inbound.intake.CollectPolicy", _Narrow)
        (received,) = receive_paths(site, DAY, [path])
    assert received.is_quarantined
    write_answers(site, DAY)
    replay(site, received.file_id, who="somchai", reason="the limit was too low")
    enter_filings(site, DAY)
    assert write_answers(site, DAY)["answered"] == 1
    refused, accepted = sorted(noted(site), key=lambda row: str(row["name"]))
    assert (refused["result"], accepted["result"]) == ("R", "A")
    assert (refused["answer_number"], accepted["answer_number"]) == (1, 2)
    assert trailer(site, accepted)["trl_accepted_count"] == 2
    assert trailer(site, refused)["trl_accepted_count"] == 0


def test_who_was_registered_since_is_accepted_entered_and_answered_by_the_next_night(
    site: Site,
) -> None:
    later = DAY + timedelta(days=3)
    receive_master(site, [Registered(1)])
    path = form(site, 2)
    (received,) = take_in_filings(site, [path])
    write_answers(site, DAY)
    with pytest.raises(QuarantinedError, match="still refused"):
        replay(site, received.file_id, who="somchai", reason="registered today")
    receive_master(site, [Registered(1), Registered(2)], day=later)
    replay(site, received.file_id, who="somchai", reason="registered today")
    enter_filings(site, later)
    assert write_answers(site, later)["answered"] == 1
    assert write_answers(site, later)["answered"] == 0
    refused, accepted = sorted(noted(site), key=lambda row: str(row["name"]))
    assert (refused["result"], refused["reason_code"]) == ("R", "FORM_EMPLOYER_UNKNOWN")
    assert (accepted["result"], accepted["folder"]) == ("A", account(2))
    assert trailer(site, accepted)["trl_month_due"] == 2 * (500 + 875)


def test_what_was_entered_a_day_late_is_answered_by_that_night(site: Site) -> None:
    later = DAY + timedelta(days=3)
    receive_paths(site, DAY, [form(site, 1)])
    assert write_answers(site, DAY)["waiting"] == 1
    enter_filings(site, later)
    assert write_answers(site, later) == {"answered": 1, "refused": 0, "already": 0, "waiting": 0}
    assert len(noted(site)) == 1


@pytest.mark.parametrize("month", ["202612", "256913", "000000", "999999"])
def test_a_name_without_a_month_of_ours_stops_no_answer(site: Site, month: str) -> None:
    sample = SAMPLES / "form_1_10_sheet" / "good"
    (book,) = sample.glob("*.XLSX")
    odd = site.home.employer_inbox / f"SPS110_{account(5)}_{month}.XLSX"
    odd.write_bytes(book.read_bytes())
    assert write_answers(site, DAY)["answered"] == 0
    take_in_filings(site, [odd, form(site, 1)])
    assert write_answers(site, DAY)["answered"] == 2
    (row,) = [row for row in noted(site) if row["result"] == "R"]
    assert (row["employer_account"], row["period"]) == (account(5), None)


class _Narrow:
    """A policy under which every file is too large."""

    largest = 1


def test_files_of_one_name_are_told_apart(site: Site) -> None:
    path = form(site, 1)
    first = take_in_filings(site, [path])
    form(site, 2, path.name)
    second = take_in_filings(site, [path])
    assert not first[0].is_quarantined
    assert second[0].is_quarantined
    assert write_answers(site, DAY)["answered"] == 2
    rows = noted(site)
    assert len({row["name"] for row in rows}) == 2
    assert {row["reason_code"] for row in rows} == {None, "FILE_NAME_REUSED"}


def test_what_is_known_already_is_not_answered_again(site: Site) -> None:
    path = form(site, 1)
    take_in_filings(site, [path])
    write_answers(site, DAY)
    take_in_filings(site, [path])
    assert write_answers(site, DAY)["answered"] == 0
    assert len(noted(site)) == 1


def test_the_month_is_told_as_the_books_have_it(site: Site) -> None:
    take_in_filings(site, [form(site, 1, f"SPS110_{account(1)}.TXT")])
    more = site.home.employer_inbox / f"SPS110_{account(1)}_S01.TXT"
    write_form(site, more, 1, [("000000", [Line(99, "9000.00")])])
    take_in_filings(site, [more])
    write_answers(site, DAY)
    both = 2 * (500 + 875 + 450)
    for row in noted(site):
        told = trailer(site, row)
        assert told["trl_month_due"] == both
        assert told["trl_month_outstanding"] == both
        assert told["trl_month_paid"] == told["trl_month_overpaid"] == 0
    assert {trailer(site, row)["trl_due_amount"] for row in noted(site)} == {2750, 900}


def test_a_part_that_is_gone_is_a_failure_outside(site: Site) -> None:
    take_in_filings(site, [form(site, 1)])
    (part,) = site.home.dataset("form_1_10", DAY).glob("*.parquet")
    part.rename(part.with_suffix(".away"))
    with pytest.raises(OutsideFailure, match="is gone"):
        write_answers(site, DAY)
    assert noted(site) == []
    part.with_suffix(".away").rename(part)
    assert write_answers(site, DAY)["answered"] == 1


def test_days_are_answered_apart(site: Site) -> None:
    later = DAY + timedelta(days=3)
    take_in_filings(site, [form(site, 1)])
    take_in_filings(site, [form(site, 2)], day=later)
    assert write_answers(site, DAY)["answered"] == 1
    assert write_answers(site, later)["answered"] == 1
    assert [row["employer_account"] for row in noted(site, later)] == [account(2)]
    assert all(row["period"] == PERIOD for row in (*noted(site), *noted(site, later)))


def test_the_same_answers_whichever_database_keeps_the_books(tmp_path: Path) -> None:
    contents = []
    with running_postgres() as server:
        for name, url in (("sqlite", ""), ("postgres", server.create("answers"))):
            made = installation(tmp_path / name)
            made.ledger.dispose()
            home = made.home.root
            site = open_site({"PRAKAN_HOME": str(home), "PRAKAN_LEDGER_URL": url}, clock=made.clock)
            paths = [form(site, n) for n in range(3)]
            paths.append(form(site, 4, override={"total_paid": 7}))
            for name in ("SPS110_copy.TXT", f"SPS110_{account(0)}_C01.TXT"):
                paths.append(paths[0].with_name(name))
                paths[-1].write_bytes(paths[0].read_bytes())
            take_in_filings(site, paths)
            write_answers(site, DAY)
            folder = answers_folder(site, DAY)
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            contents.append({str(p.relative_to(folder)): p.read_bytes() for p in files})
            site.ledger.dispose()
    assert len(contents[0]) == 12
    assert contents[0] == contents[1]


def test_the_part_of_what_was_answered_has_its_schema(site: Site) -> None:
    take_in_filings(site, [form(site, 1)])
    write_answers(site, DAY)
    (part,) = site.home.dataset(DATASET, DAY).glob("*.parquet")
    table = pq.read_table(part, partitioning=None)
    assert table.schema.field("period").type == pa.int32()
    (row,) = table.to_pylist()
    folder = answers_folder(site, DAY) / row["folder"]
    assert {path.name for path in folder.iterdir()} == {row["name"], row["page_name"]}


def test_a_line_put_right_by_the_agency_is_told_as_corrected(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.employers.filed_lines.CORRECTING", ("FORM_WAGE_ZERO",))
    lines = [Line(1), Line(2, "0.00"), Line(3, "17500.00")]
    path = site.home.employer_inbox / "SPS110_corrected.TXT"
    take_in_filings(site, [write_form(site, path, 1, [("000000", lines)])])
    write_answers(site, DAY)
    (row,) = noted(site)
    answer = answers_folder(site, DAY) / str(row["folder"]) / str(row["name"])
    interface = site.registry.get("form_1_10_answer")
    told = decode_whole(answer, interface).tables["ANSWER-LINE-RECORD"]
    assert told["outcome"].to_pylist() == ["A", "A", "C", "W"]
    assert row["result"] == "A"


SAMPLES = Path(__file__).resolve().parents[2] / "sample_files"


@pytest.mark.parametrize(
    ("interface", "case"),
    [
        (interface, case)
        for interface in ("form_1_10_sheet", "employee_registration")
        for case in ("good", "bad")
    ],
)
def test_spreadsheets_and_registrations_are_answered_too(
    site: Site, interface: str, case: str
) -> None:
    (sample,) = (
        path
        for path in (SAMPLES / interface / case).iterdir()
        if path.suffix not in (".json", ".jsonl")
    )
    path = site.home.employer_inbox / sample.name
    path.write_bytes(sample.read_bytes())
    (received,) = take_in_filings(site, [path])
    assert write_answers(site, DAY)["answered"] == 1
    (row,) = noted(site)
    answer = answers_folder(site, DAY) / str(row["folder"]) / str(row["name"])
    tables = decode_whole(answer, site.registry.get("form_1_10_answer")).tables
    (told,) = tables["ANSWER-TRAILER-RECORD"].to_pylist()
    lines = tables["ANSWER-LINE-RECORD"].to_pylist()
    assert (told["trl_read_count"], told["trl_accepted_count"]) == (
        received.read,
        received.accepted,
    )
    assert received.is_quarantined == (row["result"] == "R")
    people = [line for line in lines if line["national_id"] is not None]
    assert sum(line["outcome"] != "R" for line in people) == received.accepted
    if case == "good":
        assert all(line["branch_no"] is not None for line in people)
        assert {line["outcome"] for line in people} <= {"A", "W", "C"}
    else:
        assert received.rejected
        assert tables["ANSWER-FINDING-RECORD"].num_rows > received.rejected
    page = (answer.parent / str(row["page_name"])).read_text(encoding="utf-8")
    subject = "registrations" if interface == "employee_registration" else "contributions"
    assert f'<body class="{subject}">' in page
