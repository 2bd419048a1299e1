"""Whatever goes wrong, right after it the ledger says what is so, the operator is told in one
line, and the re-run ends where an undisturbed delivery ends. See docs/reliability.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.bad_line import BadLine
from tests.faults.command_lines import command
from tests.faults.ground import LARGE, NAME, Ground
from tests.faults.matrix import ROWS, SHORT, measure
from tests.faults.outbound_faults import cut_when_written
from tests.faults.outbound_rows import RESUME
from tests.faults.outbound_runs import undisturbed
from tests.faults.page import PAGE, table
from tests.faults.rows import PUBLISH, Row

WRITTEN = 1_500_000
OVERHEAD = 100_000  # of SSH, of looking, of the manifest and its signature


def _title(row: Row) -> str:
    return row.title


@pytest.mark.parametrize("row", SHORT, ids=_title)
def test_it_comes_out_as_it_must(ground: Ground, row: Row) -> None:
    assert measure(ground, row) == row.must


@pytest.mark.soak
@pytest.mark.parametrize("row", ROWS, ids=_title)
def test_every_row_comes_out_as_it_must(ground: Ground, row: Row) -> None:
    assert measure(ground, row) == row.must


def test_the_rows_have_names_of_their_own() -> None:
    assert len({row.title for row in ROWS}) == len(ROWS)


def test_what_arrived_is_not_sent_again_over_the_wire(ground: Ground) -> None:
    case = ground.case(RESUME)
    with cut_when_written(WRITTEN)(case) as stage:
        assert command(case, stage, PUBLISH)[0] == 3
    arrived = (case.drop / f".{NAME}.part").stat().st_size
    assert WRITTEN <= arrived < LARGE
    with BadLine(ground.sshd.port) as line:
        assert command(case, case.at_port(line.port), PUBLISH) == (0, [])
        assert LARGE - arrived < line.to_server < LARGE - arrived + OVERHEAD
    assert case.understood() == undisturbed(ground, RESUME).understood
    case.close()


def test_the_page_tells_of_these_rows() -> None:
    """It is written from what was measured; what must come out is what it says."""
    page = Path(PAGE).read_text("utf-8")
    as_they_must = [(row, row.must) for row in ROWS]
    assert all(line in page for line in table(as_they_must))
