"""Spoilt return files: nothing of them is posted, the partner is answered why, the next one
counts."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable

import pytest

from ledger.acknowledgements import acknowledgement_of
from ledger.balances import balances
from ledger.files import FileStanding, files_of
from ledger.landing import FileState
from simulation.partner.evening import Evening
from tests.night.stage import DAY, PARTNER, Stage

RUN = ("run", "--date", str(DAY))
LINE = 257

Spoil = Callable[[bytes], bytes]


def cut_short(data: bytes) -> bytes:
    """The trailer and half a record are missing."""
    return data[: -LINE - 100]


def lying_trailer(data: bytes) -> bytes:
    """The trailer's credit amount is one satang too high."""
    at = len(data) - LINE + 39 + 12
    return data[:at] + bytes([(data[at] - 48 + 1) % 10 + 48]) + data[at + 1 :]


def emptied(_data: bytes) -> bytes:
    """Nothing but the name."""
    return b""


def in_ebcdic(data: bytes) -> bytes:
    """A translation that nobody asked for."""
    return data.decode("cp874").encode("cp037", "replace")


def with_letters_in_amounts(data: bytes) -> bytes:
    """Every amount holds letters: no sum can be proven."""
    lines = data.splitlines(keepends=True)
    return b"".join(
        line[:163] + b"ABCDEFGHIJKLM" + line[176:] if line[:1] == b"D" else line for line in lines
    )


def without_a_line(data: bytes) -> bytes:
    """A payment was lost on the way."""
    return data[: 3 * LINE] + data[4 * LINE :]


#: How it is spoilt, a code that is found, and the one that the partner is told.
SPOILT = [
    (cut_short, "RECORD_TRAILER_MISSING", "RECORD_TRAILER_MISSING"),
    (lying_trailer, "CONTROL_SUM", "CONTROL_SUM"),
    (emptied, "FILE_EMPTY", "FILE_EMPTY"),
    (in_ebcdic, "FILE_ENCODING", "FILE_ENCODING"),
    (with_letters_in_amounts, "NUMBER_DIGIT", "FILE_REJECTED_RATIO"),
    (without_a_line, "SEQUENCE_BROKEN", "SEQUENCE_BROKEN"),
]


@pytest.fixture
def at_evening(stage: Stage) -> tuple[Stage, Evening]:
    """The feeds are delivered and the partner has closed its evening."""
    assert stage.night().status == 0
    return stage, stage.evening()


@pytest.mark.parametrize(
    ("spoil", "code", "told"), SPOILT, ids=[spoil.__name__ for spoil, _, _ in SPOILT]
)
def test_a_spoilt_return_is_refused_and_answered_and_the_next_one_is_posted(
    at_evening: tuple[Stage, Evening],
    capsys: pytest.CaptureFixture[str],
    spoil: Spoil,
    code: str,
    told: str,
) -> None:
    stage, evening = at_evening
    path = stage.root / "returns" / evening.return_file
    good = path.read_bytes()
    path.write_bytes(spoil(good))

    assert stage.prakan(*RUN) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    (line,) = (line for line in said.out.splitlines() if line.startswith("FAILED"))
    assert f"{evening.return_file} is quarantined, nothing of it was posted" in line
    refused = stage.file(evening.return_file)
    assert refused.result is not None
    assert refused.result.state is FileState.QUARANTINED
    assert code in stage.codes(refused)
    assert stage.home.landing(refused.file.file_id).read_bytes() == spoil(good)
    assert _money(stage) == {}
    assert _answer(stage, refused) == "R"
    header, trailer = _lines_of_answer(stage, 1)
    reason = stage.site().catalogue.text(told, "th")
    assert header[15:75].strip() == evening.return_file
    assert header[75:139] == refused.file.file_id
    assert (header[139], header[140:170].strip()) == ("R", told)
    assert header[170:294].strip() == reason
    assert header[294:] == "000000"
    assert set(trailer[1:].strip()) == {"0"}

    # Nothing new came: nothing new is done, and nothing breaks.
    seen, digest = stage.at_partner(), stage.digest()
    assert stage.night().status == 0
    assert (stage.at_partner(), stage.digest()) == (seen, digest)

    again = stage.root / "returns" / evening.return_file.replace("_000001", "_000002")
    again.write_bytes(good)
    assert stage.night().status == 0
    money = _money(stage)
    assert sum(money.values()) == 0
    assert money[f"clearing:{PARTNER}"] == evening.satang
    assert _answer(stage, stage.file(again.name)) == "P"
    assert stage.at_partner("returns").keys() == {
        f"returns/done/{evening.return_file}",
        f"returns/done/{evening.receipt_file}",
        f"returns/done/{again.name}",
    }


@pytest.mark.parametrize("together", [True, False], ids=["one_poll", "two_polls"])
def test_the_same_return_under_another_name_is_posted_once(
    at_evening: tuple[Stage, Evening], together: bool
) -> None:
    stage, evening = at_evening
    path = stage.root / "returns" / evening.return_file
    copy = path.with_name(path.name.replace("_000001", "_000002"))
    if not together:
        shutil.copyfile(path, stage.folder / "kept")
        assert stage.night().status == 0
        shutil.copyfile(stage.folder / "kept", copy)
    else:
        shutil.copyfile(path, copy)
    assert stage.night().status == 0
    assert _money(stage)[f"clearing:{PARTNER}"] == evening.satang
    assert len([n for n in stage.at_partner("acks") if n.endswith(".TXT")]) == 1
    assert stage.at_partner("returns").keys() == {
        f"returns/done/{path.name}",
        f"returns/done/{evening.receipt_file}",
        f"returns/done/{copy.name}",
    }
    digest = stage.digest()
    assert stage.night().status == 0
    assert stage.digest() == digest
    assert [p for p in stage.home.partner_inbox(PARTNER).rglob("*") if p.is_file()] == []


def test_the_same_name_with_other_payments_is_refused(at_evening: tuple[Stage, Evening]) -> None:
    stage, evening = at_evening
    path = stage.root / "returns" / evening.return_file
    other = without_a_line(path.read_bytes())
    assert stage.night().status == 0
    money = _money(stage)
    path.write_bytes(other)
    assert stage.prakan(*RUN) == 1
    assert _money(stage) == money
    with stage.ledger() as ledger:
        both = [s for s in files_of(ledger, DAY) if s.file.name == path.name]
    assert len(both) == 2
    (refused,) = (s for s in both if s.result and s.result.state is FileState.QUARANTINED)
    assert stage.codes(refused) == {"FILE_NAME_REUSED"}
    assert _answer(stage, refused) == "R"
    assert _lines_of_answer(stage, 2)[0][140:170].strip() == "FILE_NAME_REUSED"
    assert (stage.root / "returns" / "done" / path.name).is_file()
    assert (
        stage.root / "returns" / "done" / f"{path.name}.{hashlib.sha256(other).hexdigest()[:12]}"
    ).is_file()
    assert stage.night().status == 0


def _money(stage: Stage) -> dict[str, int]:
    """Balances of what payments move; employers' filings are due whatever the return is."""
    with stage.ledger() as ledger:
        rows = balances(ledger).to_pylist()
    filed = {"filed:33", "receivable:33"}
    return {r["account"]: r["balance_satang"] for r in rows if r["account"] not in filed}


def _lines_of_answer(stage: Stage, sequence: int) -> list[str]:
    """The lines of an acknowledgement as the partner reads them."""
    path = stage.root / "acks" / f"CSACK_{DAY:%Y%m%d}_{sequence:06d}.TXT"
    return path.read_bytes().decode("cp874").split("\r\n")[:-1]


def _answer(stage: Stage, standing: FileStanding) -> str | None:
    with stage.ledger() as ledger:
        found = acknowledgement_of(ledger, standing.file.file_id)
    return None if found is None else str(found.result)


def test_the_refused_bytes_under_a_new_name_are_told_and_not_lost_in_silence(
    at_evening: tuple[Stage, Evening],
) -> None:
    stage, evening = at_evening
    path = stage.root / "returns" / evening.return_file
    good = path.read_bytes()
    path.write_bytes(without_a_line(good))
    assert stage.night().status == 1
    (stage.root / "returns" / path.name.replace("_000001", "_000002")).write_bytes(
        without_a_line(good)
    )
    assert stage.night().status == 1
    assert _money(stage) == {}
