"""Answers to refused files: whom a wrong line is about, what was filed, and whose folder it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchange.employers.answers import DATASET, answers_folder, write_answers
from exchange.inbound.arrivals import receive_filings
from exchange.inbound.landed import landed_path
from exchange.site import Site
from interfaces.errors import OutsideFailure
from parsers.decode import decode_whole
from tests.exchange.employer_filings import (
    DAY,
    PERIOD,
    Line,
    account,
    installation,
    person,
    write_form,
)

WRONG = [Line(1), Line(2, paid="1.00"), Line(3)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def form(site: Site, name: str, *, period: int = PERIOD, **override: object) -> Path:
    path = site.home.employer_inbox / name
    blocks = [("000000", [Line(7)]), ("000012", WRONG)]
    return write_form(site, path, 1, blocks, period=period, override=override)


def named(employer: int) -> str:
    return f"SPS110_{account(employer)}_256912.TXT"


def answered(site: Site) -> dict[str, object]:
    """Receive the one file as the night does; what was noted of its answer."""
    receive_filings(site, DAY)
    counts = write_answers(site, DAY)
    assert (counts["answered"], counts["refused"]) == (1, 1)
    (part,) = site.home.dataset(DATASET, DAY).glob("*.parquet")
    (row,) = pq.read_table(part, partitioning=None).to_pylist()
    return dict(row)


def tables(site: Site, row: dict[str, object]) -> dict[str, pa.Table]:
    path = answers_folder(site, DAY) / str(row["folder"]) / str(row["name"])
    return dict(decode_whole(path, site.registry.get("form_1_10_answer")).tables)


def page(site: Site, row: dict[str, object]) -> str:
    path = answers_folder(site, DAY) / str(row["folder"]) / str(row["page_name"])
    return path.read_text("utf-8")


def test_a_wrong_line_names_its_person_and_branch(site: Site) -> None:
    form(site, named(1), total_employee=9)
    row = answered(site)
    told = tables(site, row)
    lines = told["ANSWER-LINE-RECORD"].to_pylist()
    (wrong,) = [line for line in lines if line["national_id"] is not None]
    assert (wrong["national_id"], wrong["branch_no"], wrong["outcome"]) == (
        person(2),
        "000012",
        "R",
    )
    assert (wrong["filed_wages"], wrong["due_amount"]) == (10_000, 0)
    text = page(site, row)
    assert person(2) in text
    assert person(1) not in text
    assert person(7) not in text
    (trailer,) = told["ANSWER-TRAILER-RECORD"].to_pylist()
    assert (trailer["trl_due_amount"], trailer["trl_declared_amount"]) == (0, 0)


def test_nothing_is_taken_out_of_the_pack(site: Site) -> None:
    form(site, named(1), total_employee=9)
    row = answered(site)
    assert not site.home.landing(str(row["file_id"])).exists()
    assert landed_path(site, str(row["file_id"])).is_file()


def test_a_landed_copy_that_is_gone_is_a_failure_outside(site: Site) -> None:
    form(site, named(1), total_employee=9)
    receive_filings(site, DAY)
    (pack,) = (site.home.root / "landing" / "packs").rglob("*.pack")
    pack.unlink()
    with pytest.raises(OutsideFailure, match="restore the landing folder"):
        write_answers(site, DAY)


def test_the_answer_goes_to_the_account_of_name_and_header(site: Site) -> None:
    form(site, named(1), total_employee=9)
    row = answered(site)
    assert (row["folder"], row["employer_account"], row["period"]) == (
        account(1),
        account(1),
        PERIOD,
    )


@pytest.mark.parametrize(
    "name",
    [
        named(2),  # another employer's
        "SPS110_256912.TXT",  # none
        f"SPS110_{account(1)}_{account(2)}.TXT",  # two
        f"SPS110_{account(1)}0.TXT",  # longer
    ],
)
def test_a_name_that_does_not_agree_gets_a_folder_of_the_file(site: Site, name: str) -> None:
    form(site, name, total_employee=9)
    row = answered(site)
    assert row["folder"] == row["file_id"]
    assert row["employer_account"] is None


def test_an_account_with_a_wrong_check_digit_is_not_believed(site: Site) -> None:
    wrong = account(1)[:-1] + str((int(account(1)[-1]) + 1) % 10)
    path = form(site, f"SPS110_{wrong}.TXT", total_employee=9)
    path.write_bytes(path.read_bytes().replace(account(1).encode(), wrong.encode()))
    row = answered(site)
    assert row["folder"] == row["file_id"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_form_in_utf8_still_tells_its_account(site: Site, encoding: str) -> None:
    path = form(site, named(1))
    path.write_bytes(path.read_bytes().decode("cp874").encode(encoding))
    row = answered(site)
    assert row["folder"] == account(1)
    assert row["reason_code"] in ("FILE_UTF8", "TEXT_UTF8")


def test_a_path_in_the_content_is_no_folder(site: Site) -> None:
    path = form(site, "SPS110_x.TXT", total_employee=9)
    path.write_bytes(b"1../../../x" + path.read_bytes()[11:])
    row = answered(site)
    assert row["folder"] == row["file_id"]


def test_a_gregorian_year_is_shown_with_the_one_that_is_meant(site: Site) -> None:
    form(site, named(1), period=198312)
    row = answered(site)
    found = tables(site, row)["ANSWER-FINDING-RECORD"].to_pylist()
    codes = {one["finding_code"]: one["value_filed"] for one in found}
    assert codes["FORM_YEAR_GREGORIAN"] == "1226"
    assert "1226 (ปี ค.ศ.) · ต้องเป็น 1269" in page(site, row)


def test_a_month_to_come_is_shown_as_it_was_filed(site: Site) -> None:
    form(site, named(1), period=202712)
    row = answered(site)
    found = tables(site, row)["ANSWER-FINDING-RECORD"].to_pylist()
    assert {one["value_filed"] for one in found if one["finding_code"] == "FORM_PERIOD"} == {"1270"}
    assert ">1270</td>" in page(site, row)
