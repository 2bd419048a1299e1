"""The report of an ordinary night: its sums agree, it names nobody, it is always the same."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchange.report import NightFigures, figures_of, summarise, write_report
from exchange.report.page import render
from exchange.report.write import SUMMARY, to_json
from exchange.site import Site, open_site
from exchange.status.advice import Level
from tests.exchange.nights import DAY, HOLIDAY, Played, make_country, played

DIGITS = re.compile(r"[0-9]{13}")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One whole night with the partner's answer; the tests only read it."""
    folder = tmp_path_factory.mktemp("reported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
        with played(folder, make_country(folder / "country")) as done:
            yield done


@pytest.fixture(scope="module")
def figures(night: Played) -> NightFigures:
    """Its figures."""
    return figures_of(night.site, DAY)


@pytest.fixture(scope="module")
def texts(night: Played, figures: NightFigures) -> dict[str, str]:
    """Everything that is written about it."""
    return {"page": render(figures), "json": to_json(figures), "terminal": summarise(figures)}


def test_every_sum_agrees(night: Played, figures: NightFigures) -> None:
    assert figures.disagreeing == ()
    subjects = {check.subject for check in figures.checks}
    assert {"ledger", f"{night.filings} filings"} <= subjects
    assert {line.delivery_id for line in figures.status.deliveries if not line.answers} <= subjects


def test_money_is_complete_to_the_satang(night: Played, figures: NightFigures) -> None:
    book = json.loads(next((night.partner_root / "books").glob("*.json")).read_bytes())
    assert figures.paid.count == len(book) > 0
    assert figures.paid.satang == sum(payment["amount"] for payment in book)
    assert figures.paid == figures.posted + figures.broken
    assert figures.broken.satang == sum(code.satang for code in figures.broken_by_code) > 0
    assert figures.breaks_total == figures.broken.count == len(figures.breaks)
    assert sum(account.balance_satang for account in figures.accounts) == 0


def test_feeds_say_what_their_rows_hold(night: Played, figures: NightFigures) -> None:
    feeds = [feed for feed in figures.feeds if feed.kind == "feed"]
    assert len(feeds) == 2
    assert [feed.kind for feed in figures.feeds][-1] == "acknowledgement"
    for feed in feeds:
        folder = night.site.home.outbox(
            feed.delivery.partner, feed.delivery.interface, feed.delivery.sequence
        )
        rows = pq.read_table(folder / "rows.parquet")
        assert feed.rows == rows.num_rows
        assert feed.months == pc.sum(rows["payable_count"]).as_py()
        amounts = rows["payable_month"].combine_chunks().flatten().field("amount")
        assert feed.satang == int(pc.sum(amounts).as_py() * 100)


def test_standing_counts_everybody_once(night: Played, figures: NightFigures) -> None:
    part = next(night.site.home.dataset("standing", DAY).glob("*.parquet"))
    assert sum(row.persons for row in figures.standing) == pq.read_metadata(part).num_rows
    assert {row.section for row in figures.standing} == {"39", "40"}


def test_filings_are_one_line_a_state_and_the_refused_are_listed(
    night: Played, figures: NightFigures
) -> None:
    filings = [group for group in figures.files if group.interface == "form_1_10"]
    assert sorted(group.state for group in filings) == ["accepted", "quarantined"]
    assert sum(group.files for group in filings) == night.filings
    refused = next(group for group in filings if group.state == "quarantined")
    assert refused.files == figures.refused_filings_total == len(figures.refused_filings) > 0
    assert all(line.refusals for line in figures.refused_filings)


def test_a_night_with_breaks_is_complete_and_has_items_to_follow_up(figures: NightFigures) -> None:
    assert figures.level is Level.FOLLOW_UP
    assert figures.exit_status == 1
    subjects = [task.subject for task in figures.tasks]
    assert "filings" in subjects
    assert {code.code for code in figures.broken_by_code} <= set(subjects)


def test_no_id_and_no_name_of_anybody_is_shown(night: Played, texts: dict[str, str]) -> None:
    extract = next(night.site.home.dataset("registration_master", DAY).glob("*.parquet"))
    people = pq.read_table(extract, columns=["national_id", "given_name", "family_name"])
    truth = pq.read_table(night.country / "truth" / "persons.parquet", columns=["national_id"])
    ids = set(people["national_id"].to_pylist()) | set(truth["national_id"].to_pylist())
    names = set(people["given_name"].to_pylist()) | set(people["family_name"].to_pylist())
    telling = {name for name in names if name is not None and len(name) >= 7}
    assert len(ids) > 1000 and len(telling) > 100
    for where, text in texts.items():
        without_hashes = re.sub(r"\b[0-9a-f]{12,64}\b", "", text)
        assert DIGITS.search(without_hashes) is None, where
        assert not {name for name in telling if name in text}, where
        assert not {identity for identity in ids if identity in text}, where


def test_ids_in_raw_bytes_are_masked_in_either_code_page(figures: NightFigures) -> None:
    shown = [f for f in figures.findings if f.code in ("ID_CHECKSUM", "ID_ALIEN")]
    assert {f.field for f in shown} >= {"NATIONAL-ID", "SSO-ID"}  # EBCDIC and CP874
    assert all(re.fullmatch(r"\d-\d\dxx-xxxxx-xx-\d", f.raw or "") for f in shown)


def test_the_same_ledger_gives_the_same_bytes(night: Played, tmp_path: Path) -> None:
    folder = night.site.home.report(DAY)
    first = {path.name: path.read_bytes() for path in _written(night.site)}
    again = {path.name: path.read_bytes() for path in _written(night.site)}
    assert first == again
    assert set(first) == {"report.html", SUMMARY}
    assert {path.name for path in folder.iterdir()} == set(first)
    moved = tmp_path / "elsewhere"
    _copy(night.site, moved)
    elsewhere = open_site({"PRAKAN_HOME": str(moved)})
    assert {path.name: path.read_bytes() for path in _written(elsewhere)} == first
    assert b"2026-12-01" not in first["report.html"]  # when it was recorded is not told


def test_a_second_run_of_the_night_changes_nothing_in_the_report(
    night: Played, texts: dict[str, str]
) -> None:
    night.run()
    assert render(figures_of(night.site, DAY)) == texts["page"]


def test_the_terminal_summary_fits_and_tells_the_money(
    figures: NightFigures, texts: dict[str, str]
) -> None:
    lines = texts["terminal"].splitlines()
    assert max(map(len, lines)) <= 100
    satang = figures.paid.satang
    assert f"{satang // 100:,}.{satang % 100:02d}" in texts["terminal"]
    assert "all agree" in texts["terminal"]


def test_the_page_stands_alone_and_is_well_formed(texts: dict[str, str]) -> None:
    page = texts["page"]
    reader = _Tags()
    reader.feed(page)
    assert reader.open == []
    assert not {"script", "link", "iframe", "img"} & reader.seen
    assert "http:" not in page and "https:" not in page and "url(" not in page
    assert reader.headless == 0, "a table heading without a scope"
    assert reader.unnamed == 0, "a chart without a label"
    assert "2569" in page and "2026-11-30" in page


def test_a_sum_that_does_not_agree_is_said_loudly(night: Played, tmp_path: Path) -> None:
    moved = tmp_path / "tampered"
    _copy(night.site, moved)
    with sqlite3.connect(moved / "ledger.sqlite") as ledger:
        for (trigger,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            ledger.execute(f'DROP TRIGGER "{trigger}"')
        ledger.execute("UPDATE payment_break SET amount_satang = amount_satang + 1")
    figures = figures_of(open_site({"PRAKAN_HOME": str(moved)}), DAY)
    wrong = figures.disagreeing
    assert wrong and figures.level is Level.TROUBLE and figures.exit_status == 1
    assert figures.tasks[0].level is Level.TROUBLE
    assert "≠" in wrong[0].statement.en
    assert "DO NOT AGREE" in summarise(figures)
    assert "do NOT agree" in render(figures)


def test_a_feed_changed_in_the_outbox_is_said_loudly(night: Played, tmp_path: Path) -> None:
    moved = tmp_path / "changed"
    _copy(night.site, moved)
    rows = next((moved / "outbox").rglob("*s40*/rows.parquet"))
    pq.write_table(pq.read_table(rows).slice(1), rows)
    figures = figures_of(open_site({"PRAKAN_HOME": str(moved)}), DAY)
    fields = {check.statement.en.split()[0] for check in figures.disagreeing}
    assert {"TRL-RECORD-COUNT", "TRL-ID-HASH"} <= fields


def test_a_manifest_that_is_not_the_recorded_one_is_said_loudly(
    night: Played, tmp_path: Path
) -> None:
    moved = tmp_path / "forged"
    _copy(night.site, moved)
    manifest = next((moved / "outbox").rglob("*s39*/manifest.json"))
    manifest.write_bytes(manifest.read_bytes().replace(b'"details":', b'"details":1'))
    figures = figures_of(open_site({"PRAKAN_HOME": str(moved)}), DAY)
    assert [check.subject.split(".")[1] for check in figures.disagreeing] == ["counter_feed_s39"]


def test_a_holiday_and_an_empty_day_have_a_report_too(night: Played) -> None:
    holiday = figures_of(night.site, HOLIDAY)
    assert holiday.holiday and holiday.level is Level.IN_ORDER
    assert "วันหยุด" in render(holiday)
    assert "nothing is due" in summarise(holiday)


def _written(site: Site) -> list[Path]:
    page = write_report(site, DAY)
    return [page, page.with_name(SUMMARY)]


def _copy(site: Site, to: Path) -> None:
    """A copy of an installation that may be spoilt."""
    shutil.copytree(site.home.root, to)


class _Tags(HTMLParser):
    """What the page is made of, and what in it lacks its counterpart."""

    EMPTY = frozenset({"meta", "br", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.headless = 0
        self.unnamed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.seen.add(tag)
        self.headless += tag == "th" and given.get("scope") not in ("col", "row")
        self.unnamed += tag == "svg" and not given.get("aria-label")
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
