"""``prakan show`` of an employer's file: what it made due, and where its answers lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.employers.answers import write_answers
from exchange.site import Site
from prakan.__main__ import main
from tests.exchange.employer_filings import (
    DAY,
    Line,
    account,
    installation,
    take_in_filings,
    write_form,
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    opened = installation(tmp_path)
    monkeypatch.setenv("PRAKAN_HOME", str(opened.home.root))
    yield opened
    opened.ledger.dispose()


def shown(site: Site, capsys: pytest.CaptureFixture[str], **override: object) -> str:
    path = site.home.employer_inbox / f"SPS110_{account(1)}_256912.TXT"
    blocks = [("000000", [Line(1), Line(2)])]
    (received,) = take_in_filings(site, [write_form(site, path, 1, blocks, override=override)])
    write_answers(site, DAY)
    assert main(["show", received.file_id[:12]]) == 0
    told = capsys.readouterr().out
    assert main(["show", received.file_id, "--json"]) == 0
    (page,) = json.loads(capsys.readouterr().out)["told_employer"]
    assert (site.home.root / page).is_file()
    assert f"the employer's answer: {page}\n" in told
    return told


def test_of_an_accepted_filing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(site, capsys)
    assert f"outbox/employers/{DAY}/{account(1)}/ANSWER_" in told
    lines = [line.split() for line in told.splitlines()]
    assert ["contributions", "due", "lines", "baht"] in lines
    assert ["entered", "2", "2,000.00"] in lines
    assert "payments" not in told


def test_of_a_refused_filing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(site, capsys, total_employee=9)
    assert "CONTROL_COUNT" in told
    assert "contributions due" not in told
    main(["status", "--date", str(DAY)])
    assert f"gets its answer (outbox/employers/{DAY})" in capsys.readouterr().out
