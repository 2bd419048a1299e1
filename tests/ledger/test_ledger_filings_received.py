"""Forms received as bytes and entered, night after night: what counts is as a person would say."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exchange.employers.answers import answers_folder, write_answers
from exchange.employers.entering import enter_filings
from exchange.employers.lines import due_of, live_lines
from exchange.employers.withdrawing import reinstate, withdraw
from exchange.inbound.arrivals import receive_paths
from exchange.inbound.filings import receive_folder
from exchange.inbound.replay import replay
from exchange.inbound.small_files import visible_files
from exchange.site import Site, open_site
from interfaces.model import Role
from ledger.books import check_books, close_books, last_closed
from ledger.digest import content_digest
from ledger.employer_accounts import standings
from ledger.filing_events import events_of_filing
from ledger.filings import filings_of
from parsers.decode import decode_whole
from tests.exchange.employer_filings import (
    DAY,
    Line,
    account,
    person,
    take_in_filings,
    write_form,
)
from tests.exchange.filed_months import Ticking
from tests.exchange.test_receive_spreadsheets import sheet_rows
from tests.parsers.made_workbooks import workbook

HEAD, BRANCH = "000000", "000002"
SHORT, LONG = "10000.00", "15000.00"
BY = {"who": "Malee", "reason": "asked by the employer"}

Blocks = Mapping[str, Mapping[int, str]]  # branch → number of a person → wage
BLOCKS = st.dictionaries(
    st.sampled_from([HEAD, BRANCH]),
    st.dictionaries(st.integers(1, 4), st.sampled_from([SHORT, LONG]), min_size=1, max_size=3),
    min_size=1,
)
MARK = st.sampled_from(["", "C", "S"])
FILE = st.tuples(st.sampled_from(["text", "text", "text", "sheet"]), MARK, BLOCKS)
COPY = st.tuples(st.just("copy"), MARK, st.integers(0, 9))
CHANGE = st.tuples(st.sampled_from(["withdraw", "reinstate", "close", "enter"]), st.integers(0, 9))
NIGHT = st.one_of(st.lists(st.one_of(FILE, COPY), min_size=1, max_size=4), CHANGE)
STORY = st.lists(NIGHT, min_size=1, max_size=7)


def opened(folder: Path, url: str | None = None) -> Site:
    """An installation with an employers' inbox."""
    named = {"PRAKAN_HOME": str(folder / "home")}
    site = open_site(named if url is None else named | {"PRAKAN_LEDGER_URL": url}, clock=_clock())
    site.home.employer_inbox.mkdir(parents=True, exist_ok=True)
    return site


def _clock() -> Ticking:
    return Ticking(now=datetime(2027, 1, 15, 13, tzinfo=UTC))


@pytest.fixture
def site(tmp_path: Path, ledger_url: str) -> Iterator[Site]:
    found = opened(tmp_path, ledger_url)
    yield found
    found.ledger.dispose()


@dataclass
class Told:
    """One employer's files as a person keeps them: a list in order, and who was crossed out."""

    employer: int
    contents: dict[str, tuple[Path, Blocks]] = field(default_factory=dict)
    counted: list[tuple[str, str, str]] = field(default_factory=list)  # file id, branch, mark
    withdrawn: set[str] = field(default_factory=set)
    day: date = DAY
    written: int = 0

    def live(self) -> dict[tuple[str, str], int]:
        """Employee's share in baht by branch and national ID."""
        found: dict[tuple[str, int], str] = {}
        for file_id, branch, mark in self.counted:
            if file_id in self.withdrawn:
                continue
            if mark == "C":
                found = {key: wage for key, wage in found.items() if key[0] != branch}
            for number, wage in self.contents[file_id][1][branch].items():
                if mark == "S":
                    found.setdefault((branch, number), wage)
                else:
                    found[branch, number] = wage
        return {
            (branch, person(number)): int(float(wage)) // 20
            for (branch, number), wage in found.items()
        }

    def came(self, file_id: str, mark: str) -> None:
        """Written below everything else; what is to be added and counts already stays."""
        for branch in self.contents[file_id][1]:
            if mark == "S" and self._counts(file_id, branch):
                continue
            self.counted = [one for one in self.counted if one[:2] != (file_id, branch)]
            self.counted.append((file_id, branch, mark))
        self.withdrawn.discard(file_id)

    def _counts(self, file_id: str, branch: str) -> bool:
        counts = False
        for other, of_branch, mark in self.counted:
            if of_branch == branch and other not in self.withdrawn:
                counts = other == file_id or (counts and mark != "C")
        return counts


_employers = iter(range(1, 10_000))


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=STORY)
def test_any_nights_end_in_what_counts(site: Site, tmp_path: Path, story: list[Any]) -> None:
    told = Told(next(_employers), day=_first_open(site))
    kept = tmp_path / "kept"
    kept.mkdir(exist_ok=True)
    for night in story:
        if isinstance(night, list):
            _file(site, told, night, kept)
        else:
            _change(site, told, *night)
        own = live_lines(site, accounts=[account(told.employer)]).to_pylist()
        assert {
            (row["employer_branch"], row["national_id"]): row["contribution_satang"] // 100
            for row in own
        } == told.live()
        due = standings(site.ledger, accounts=[account(told.employer)])["filed_satang"].to_pylist()
        assert sum(due) == 200 * sum(told.live().values())
    found = check_books(site.ledger, full=True, due_of=partial(due_of, site))
    assert [str(one) for one in found if not one.agrees] == []


def _first_open(site: Site) -> date:
    last = last_closed(site.ledger)
    return DAY if last is None else max(DAY, last + timedelta(days=1))


def _file(site: Site, told: Told, files: list[tuple[Any, ...]], kept: Path) -> None:
    """All files of a night lie in the inbox; they are received joined and entered."""
    came: list[tuple[int, str, str, str]] = []
    known = set(told.contents)
    for kind, mark, what in files:
        told.written += 1
        number = told.written
        sign = f"_{mark}{number:02d}" if mark else ""
        stem = f"SPS110_{account(told.employer)}"
        if kind == "copy":
            if not told.contents:
                continue
            original, blocks = list(told.contents.values())[what % len(told.contents)]
            source = original
        else:
            source, blocks = kept / f"{told.employer}-{number}", what
            if kind == "sheet":
                # Nobody else's workbook has the same bytes: the account stands in its name alone.
                above = [[account(told.employer)]]
                sheets = {b: [*above, *sheet_rows(*_lines(w))] for b, w in blocks.items()}
                source.write_bytes(workbook(sheets))
            else:
                write_form(site, source, told.employer, [(b, _lines(w)) for b, w in blocks.items()])
        is_sheet = source.read_bytes().startswith(b"PK")
        if is_sheet and not sign:
            sign, mark = f"_S{number:02d}", "S"  # only one plain name is free in a month
        name = f"{stem}_256912{sign}.XLSX" if is_sheet else f"{stem}-{number:02d}{sign}.TXT"
        shutil.copy(source, site.home.employer_inbox / name)
        file_id = hashlib.sha256(source.read_bytes()).hexdigest()
        told.contents.setdefault(file_id, (source, blocks))
        came.append((number if mark else 0, name, mark, file_id))
    inbox = site.home.employer_inbox
    counts = receive_folder(site, told.day, inbox, visible_files(inbox), empties=True)
    assert counts["quarantined"] == 0
    enter_filings(site, told.day)
    # Of bytes that came under several names of this night the first in the alphabet is theirs.
    first = {file_id: min(n for _, n, _, other in came if other == file_id)
             for *_, file_id in came if file_id not in known}  # fmt: skip
    for _, name, mark, file_id in _in_turn(came, first):
        if mark or first.get(file_id) == name:
            told.came(file_id, mark)


def _in_turn(came: list[Any], first: Mapping[str, str]) -> list[Any]:
    """By mark and name; a copy that would come before its own file comes last."""
    turns: list[Any] = []
    waits: list[Any] = []
    seen: set[str] = set()
    for one in sorted(came):
        *_, name, _, file_id = one
        is_early = file_id in first and first[file_id] != name and file_id not in seen
        (waits if is_early else turns).append(one)
        if first.get(file_id) == name:
            seen.add(file_id)
    return [*turns, *waits]


def _lines(wages: Mapping[int, str]) -> list[Line]:
    return [Line(number, wage) for number, wage in wages.items()]


def _change(site: Site, told: Told, verb: str, number: int) -> None:
    if verb == "close":
        close_books(site.ledger, told.day, recorded_at=site.clock(), due_of=partial(due_of, site))
        told.day += timedelta(days=1)
    elif verb == "enter":
        before = content_digest(site.ledger)
        enter_filings(site, told.day)
        assert content_digest(site.ledger) == before
    elif told.counted:
        file_id = told.counted[number % len(told.counted)][0]
        act = withdraw if verb == "withdraw" else reinstate
        act(site, file_id, **BY, business_date=told.day)
        (told.withdrawn.add if verb == "withdraw" else told.withdrawn.discard)(file_id)


def form(site: Site, name: str, wages: Mapping[int, str], branch: str = HEAD) -> Path:
    """A form of one branch in the inbox."""
    path = site.home.employer_inbox / f"SPS110_{name}.TXT"
    return write_form(site, path, 9_999, [(branch, _lines(wages))])


def due(site: Site) -> int:
    """Satang due of employer 9,999, all months."""
    found = standings(site.ledger, accounts=[account(9_999)])
    return sum(found["filed_satang"].to_pylist())


def test_a_correction_back_to_what_was_filed_first(site: Site) -> None:
    """The very bytes of before under a further name: the employer's word, not a repeated copy."""
    (first,) = take_in_filings(site, [form(site, "A", {1: SHORT, 2: SHORT})])
    take_in_filings(site, [form(site, "A_C01", {1: LONG})])
    assert due(site) == 2 * 75_000
    take_in_filings(site, [form(site, "B", {1: SHORT, 2: SHORT})])  # unmarked: sent twice
    assert due(site) == 2 * 75_000
    (again,) = take_in_filings(site, [form(site, "A_C02", {1: SHORT, 2: SHORT})])
    assert again.duplicate_of == "SPS110_A.TXT"
    assert due(site) == 2 * 100_000
    (*_, last) = filings_of(site.ledger).to_pylist()
    assert (last["file_id"], last["file_name"], last["purpose"]) == (
        first.file_id,
        "SPS110_A_C02.TXT",
        "replace",
    )
    before = content_digest(site.ledger)
    assert enter_filings(site, DAY)["filed_again"] == 0
    assert content_digest(site.ledger) == before
    found = check_books(site.ledger, full=True, due_of=partial(due_of, site))
    assert [str(one) for one in found if not one.agrees] == []


def test_a_copy_counts_in_its_turn_and_in_the_books_of_its_day(site: Site) -> None:
    later = DAY + timedelta(days=3)
    take_in_filings(site, [form(site, "A", {1: SHORT})])
    close_books(site.ledger, DAY, recorded_at=site.clock(), due_of=partial(due_of, site))
    files = [
        form(site, "A_C01", {2: LONG}),
        form(site, "A_C02", {1: SHORT}),
        form(site, "A_S03", {3: SHORT}),
    ]
    take_in_filings(site, files, day=later)
    assert due(site) == 2 * 100_000
    as_of = [live_lines(site, booked_to=day)["national_id"].to_pylist() for day in (DAY, later)]
    assert as_of == [[person(1)], [person(1), person(3)]]


def test_a_withdrawn_form_that_is_filed_again(site: Site) -> None:
    (first,) = take_in_filings(site, [form(site, "A", {1: SHORT})])
    withdraw(site, first.file_id, **BY, business_date=DAY)
    take_in_filings(site, [form(site, "A_S01", {1: SHORT})])
    assert due(site) == 100_000
    take_in_filings(site, [form(site, "A_S02", {1: SHORT})])  # counts already
    told = events_of_filing(site.ledger, first.file_id)
    assert [one.state for one in told] == ["withdrawn", "filed_again", "filed_again"]
    assert due(site) == 100_000
    withdraw(site, first.file_id, **BY, business_date=DAY)
    assert due(site) == 0


class _Narrow:
    """A policy under which every file is too large."""

    largest = 1


def test_a_form_accepted_days_later_is_entered_and_answered_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused on its day, accepted by a replay after that day was closed."""
    later = DAY + timedelta(days=3)
    path = form(site, "A", {1: SHORT})
    with monkeypatch.context() as narrow:
        narrow.setattr("exchange.inbound.intake.CollectPolicy", _Narrow)
        (refused,) = receive_paths(site, DAY, [path])
    assert refused.is_quarantined
    enter_filings(site, DAY)
    assert write_answers(site, DAY)["answered"] == 1
    close_books(site.ledger, DAY, recorded_at=site.clock(), due_of=partial(due_of, site))
    replay(site, refused.file_id, who="somchai", reason="the limit was too low")
    assert write_answers(site, later)["waiting"] == 1
    for _ in range(2):
        enter_filings(site, later)
        done = write_answers(site, later)
    assert (done["answered"], done["waiting"]) == (0, 0)
    assert sorted(one.name for one in answers_folder(site, DAY).rglob("*_02*")) != []
    assert not answers_folder(site, later).exists()
    (filing,) = filings_of(site.ledger).to_pylist()
    assert (filing["business_date"], filing["book_date"]) == (DAY, later)
    assert due(site) == 100_000


def test_a_form_accepted_days_later_is_told_what_is_due_then(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another form for the month was entered meanwhile, and a branch in the later one's books."""
    later = DAY + timedelta(days=3)
    path = form(site, "A", {1: SHORT})
    with monkeypatch.context() as narrow:
        narrow.setattr("exchange.inbound.intake.CollectPolicy", _Narrow)
        (refused,) = receive_paths(site, DAY, [path])
    take_in_filings(site, [form(site, "B", {2: LONG})], day=DAY + timedelta(days=1))
    replay(site, refused.file_id, who="somchai", reason="the limit was too low")
    take_in_filings(site, [form(site, "C", {3: SHORT}, BRANCH)], day=later)
    write_answers(site, later)
    told = {row["trl_month_due"] for row in _trailers(site, DAY, "*_02.TXT")}
    assert told == {Decimal("3500.00")} == {Decimal(due(site)) / 100}


def _trailers(site: Site, day: date, name: str) -> Iterator[dict[str, Any]]:
    interface = site.registry.get("form_1_10_answer", on=day)
    for path in answers_folder(site, day).rglob(name):
        yield (
            decode_whole(path, interface)
            .tables[interface.record(Role.TRAILER).record]
            .to_pylist()[0]
        )
