"""``prakan sniff``: the sample files are told for what they are declared to be."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from interfaces.model import Framing
from interfaces.names import read_name
from parsers.copybook import load_layout
from prakan.__main__ import main
from prakan.layouts import open_registry

SAMPLES = Path(__file__).parents[2] / "sample_files"


def sniffed(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[int, list[dict[str, object]]]:
    status = main(["sniff", str(path), "--json"])
    answer = json.loads(capsys.readouterr().out)
    return status, answer["proposals"]


def good_samples() -> list[tuple[str, Path]]:
    found = []
    for interface in open_registry().all():
        for path in sorted((SAMPLES / interface.name / "good").iterdir()):
            if read_name(interface.file, path.name):
                found.append((interface.name, path))
    return found


@pytest.mark.parametrize(("name", "path"), good_samples())
def test_the_best_proposal_is_what_is_declared(
    capsys: pytest.CaptureFixture[str], name: str, path: Path
) -> None:
    interface = open_registry().get(name)
    status, proposals = sniffed(capsys, path)
    best = proposals[0]
    rule = interface.file
    assert status == 0
    # Bytes that every code page reads alike tell of none.
    assert best["encoding"] == ("ascii" if path.read_bytes().isascii() else rule.encoding)
    assert best["framing"] == str(rule.framing)
    if rule.framing is Framing.FB:
        assert best["record_length"] == max(r.length for r in load_layout(interface))
    if rule.framing is Framing.TEXT:
        assert best["line_end"] == str(rule.line_end)


def test_blocks_are_seen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    records = [bytes([0xC1 + n % 9]) * (20 + n) for n in range(30)]
    chained = b"".join((len(r) + 4).to_bytes(2) + b"\0\0" + r for r in records)
    path = tmp_path / "BLOCKED"
    path.write_bytes((len(chained) + 4).to_bytes(2) + b"\0\0" + chained)
    _, proposals = sniffed(capsys, path)
    assert (proposals[0]["framing"], proposals[0]["bdw"]) == ("VB", True)


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("gnucobol", lambda n: n.to_bytes(2) + b"\0\0"),
        ("little", lambda n: (n + 4).to_bytes(2, "little") + b"\0\0"),
        ("gnucobol-4-little", lambda n: n.to_bytes(4, "little")),
        ("reversed", lambda n: b"\0\0" + (n + 4).to_bytes(2, "little")),
    ],
)
def test_other_descriptors_are_told_apart(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    form: str,
    head,  # type: ignore[no-untyped-def]
) -> None:
    records = [b"NAME %05d" % n + b" " * (n % 7) for n in range(40)]
    path = tmp_path / "CHAINED"
    path.write_bytes(b"".join(head(len(r)) + r for r in records))
    _, proposals = sniffed(capsys, path)
    assert proposals[0]["rdw"] == form


def test_a_packed_file_is_not_looked_into(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "PACKED"
    path.write_bytes(gzip.compress(b"x" * 100))
    assert sniffed(capsys, path)[1][0]["compression"] == "gzip"


def test_an_empty_file_has_no_proposal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "EMPTY"
    path.write_bytes(b"")
    assert sniffed(capsys, path) == (1, [])


def test_people_get_the_command_to_try(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = next(path for name, path in good_samples() if name == "registration_master")
    assert main(["sniff", str(path)]) == 0
    assert "--encoding cp838 --framing FB" in capsys.readouterr().out


def test_thai_lines_in_utf_8_are_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "THAI"
    path.write_text("สมชาย ใจดี  001\nสมหญิง ดีใจ 002\n" * 20, "utf-8")
    _, proposals = sniffed(capsys, path)
    assert (proposals[0]["framing"], proposals[0]["encoding"]) == ("text", "utf-8")
