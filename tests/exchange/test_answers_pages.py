"""The readable answers: what stands on them, and that nothing filed becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchange.employers.answers import DATASET, answers_folder, write_answers
from exchange.employers.readable import FIELD_NAMES, VERDICTS
from exchange.site import Site
from parsers.copybook import load_layout
from tests.exchange.employer_filings import (
    DAY,
    Line,
    account,
    installation,
    person,
    take_in_filings,
    write_form,
)

HOSTILE = "<b>x</b>&'\"<i>"
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page taken apart: rows of its tables, texts of its fields; open tags must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.fields: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag in ("dd", "dt"):
            self.fields.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data
        elif {"dd", "dt"} & set(self._open):
            self.fields[-1] += data


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def pages(site: Site) -> dict[str, str]:
    """Text of each page by employer account, or by file id."""
    found = {}
    for part in site.home.dataset(DATASET, DAY).glob("*.parquet"):
        for row in pq.read_table(part, partitioning=None).to_pylist():
            path = answers_folder(site, DAY) / row["folder"] / row["page_name"]
            found[row["folder"]] = path.read_text(encoding="utf-8")
    return found


def answered(site: Site, *blocks: tuple[str, list[Line]], **override: object) -> str:
    path = site.home.employer_inbox / "SPS110_one.TXT"
    take_in_filings(site, [write_form(site, path, 1, blocks, override=override)])
    write_answers(site, DAY)
    (page,) = pages(site).values()
    return page


def test_every_line_stands_there_with_its_outcome(site: Site) -> None:
    lines = [Line(n, f"{9000 + n}.25") for n in range(12)]
    lines[3] = Line(3, paid="1.00")
    page = Page(answered(site, ("000000", lines), ("000007", [Line(50, "20000.00")])))
    told = [row for row in page.rows if len(row) == 7][1:]
    assert [row[0] for row in told] == [str(n) for n in range(1, 16)]
    people = {row[2]: row for row in told if row[2]}
    assert set(people) == {person(n) for n in (*range(12), 50)}
    assert people[person(0)][1:6] == ["000000", person(0), "สมศักดิ์ ใจดีเสมอ", "9,000.25", "450.00"]
    assert people[person(50)][1] == "000007"
    assert people[person(3)][6].startswith("ไม่รับ")
    assert sum(row[6].startswith("ไม่รับ") for row in told) == 1


def test_what_was_found_stands_there_in_both_languages(site: Site) -> None:
    lines = [Line(n) for n in range(11)]
    lines[4] = Line(4, paid="1.00")
    page = Page(answered(site, ("000000", lines)))
    (found,) = [row for row in page.rows if len(row) == 8][1:]
    entry = site.catalogue["FORM_CONTRIBUTION"]
    assert found[:5] == ["6", "000000", person(4), "ปิ่นแก้ว ใจดีเสมอ", "เงินสมทบ"]
    assert found[5] == "1.00 · ต้องเป็น 500.00"
    assert entry.th in found[7]
    assert entry.en in found[7]
    assert "FORM_CONTRIBUTION" in found[7]


def test_sums_are_written_for_people(site: Site) -> None:
    page = Page(answered(site, ("000000", [Line(n, "17500.00") for n in range(700)])))
    both = f"{2 * 700 * Decimal(875):,.2f}"
    assert both == "1,225,000.00"
    assert page.fields.count(both) == 4  # declared, due, due of the month, outstanding
    assert "700" in page.fields
    assert "12/2569" in page.fields


def test_nothing_filed_becomes_markup(site: Site) -> None:
    text = answered(site, ("000000", [Line(n, given=HOSTILE) for n in range(3)]))
    page = Page(text)
    assert "<b>x" not in text
    assert [row[3] for row in page.rows if len(row) == 7 and row[2]][1:] == [
        f"{HOSTILE} {family}" for family in ("ใจดีเสมอ", "แก้วกระจ่าง", "ศรีสุขสันต์")
    ]


def test_a_page_loads_nothing_and_runs_nothing(site: Site) -> None:
    text = answered(site, ("000000", [Line(1)]))
    page = Page(text)
    assert page.links == []
    assert not page.tags & {"script", "iframe", "object", "link", "img", "form"}
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_a_refused_file_says_why_first(site: Site) -> None:
    text = answered(site, ("000000", [Line(1), Line(2)]), total_employee=9)
    page = Page(text)
    thai, english = VERDICTS["R"]
    assert thai in text
    assert english in text
    assert site.catalogue.told("CONTROL_COUNT", "th") in text
    (found,) = [row for row in page.rows if len(row) == 8][1:]
    assert found[4] == FIELD_NAMES["TOTAL-EMPLOYEE"]
    assert person(1) not in text  # of a refused file only what is wrong is listed


def test_a_finding_about_the_whole_file_names_no_record(site: Site) -> None:
    path = site.home.employer_inbox / "SPS110_empty.TXT"
    path.write_bytes(b"")
    take_in_filings(site, [path])
    write_answers(site, DAY)
    (text,) = pages(site).values()
    (found,) = [row for row in Page(text).rows if len(row) == 8][1:]
    assert found[0] == "ทั้งแฟ้ม"
    assert found[1:4] == ["", "", ""]
    assert "FILE_EMPTY" in found[7]


def test_a_page_without_findings_says_so(site: Site) -> None:
    page = Page(answered(site, ("000000", [Line(1)])))
    assert ["ไม่พบสิ่งผิดปกติ Nothing was found"] in page.rows


def test_every_field_of_the_form_has_a_thai_name(site: Site) -> None:
    named = {
        item.name
        for interface in ("form_1_10", "form_1_10_sheet")
        for record in load_layout(site.registry.get(interface, on=DAY))
        for item in record.walk()
        if not item.is_filler and not item.is_group
    }
    assert named <= set(FIELD_NAMES)


def test_each_employer_gets_its_own_page_only(site: Site) -> None:
    paths = [
        write_form(
            site,
            site.home.employer_inbox / f"SPS110_{n}.TXT",
            n,
            [("000000", [Line(100 * n + k) for k in range(4)])],
        )
        for n in range(5)
    ]
    take_in_filings(site, paths)
    write_answers(site, DAY)
    found = pages(site)
    for n in range(5):
        text = found[account(n)]
        for other in range(5):
            for k in range(4):
                assert (person(100 * other + k) in text) == (other == n)


def test_sums_that_do_not_add_up_are_told_in_thai(site: Site) -> None:
    page = answered(site, ("000000", [Line(1), Line(2)]), total_wages="20001.00")
    assert "แจ้งไว้ 20001 · นับได้ 20000 · ต่างกัน 1</td>" in page
    assert "declared=" not in page


def test_a_file_in_utf8_is_shown_as_it_was_meant(site: Site) -> None:
    path = site.home.employer_inbox / "SPS110_utf8.TXT"
    write_form(site, path, 1, [("000000", [Line(1), Line(2)])])
    content = path.read_bytes().decode("cp874").encode("utf-8-sig")
    path.write_bytes(content)
    take_in_filings(site, [path])
    write_answers(site, DAY)
    (page,) = pages(site).values()
    assert "EF BB BF" in page
    assert f">1{account(1)}000000150170" in page
    assert "1269บ?<" in page
