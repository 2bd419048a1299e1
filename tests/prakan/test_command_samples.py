"""Every sample file: its findings, its table, and the way back to the same bytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from exporters.writer import FileWriter
from interfaces.model import ControlKind, Framing, Interface, Role
from parsers.decode import DecodedFile, decode_whole
from parsers.layout import column_name
from tests.prakan.goldens import DAY, FINDINGS, TABLE, command, difference, findings_of, table_of
from tests.prakan.sample_cases import CASES, SAMPLES, Case

CASE = pytest.mark.parametrize("case", CASES, ids=[f"{c.interface.id}-{c.name}" for c in CASES])
GOOD = [case for case in CASES if case.name == "good"]
WRITTEN = [case for case in GOOD if case.interface.file.framing is not Framing.XLSX]


@CASE
def test_findings_are_those_of_the_golden(case: Case) -> None:
    golden = case.folder / FINDINGS
    assert difference(findings_of(case.input, case.interface), golden) is None


@CASE
def test_table_is_that_of_the_golden(case: Case, tmp_path: Path) -> None:
    golden = case.folder / TABLE
    assert difference(table_of(case.input, case.interface, tmp_path), golden) is None


@CASE
def test_inputs_are_what_their_cases_make(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.input.name
    case.make(path)
    assert path.read_bytes() == case.input.read_bytes()


@pytest.mark.parametrize("case", WRITTEN, ids=[case.interface.id for case in WRITTEN])
def test_good_files_encode_back_byte_for_byte(case: Case, tmp_path: Path) -> None:
    decoded = decode_whole(case.input, case.interface)
    path = tmp_path / case.input.name
    with FileWriter(path, case.interface, context_of(decoded, case.interface)) as writer:
        if case.interface.block_controls:
            for header, details in blocks(decoded, case.interface):
                writer.write_block(header, details)
        else:
            writer.write_details(decoded.tables[case.interface.record(Role.DETAIL).record])
        writer.close()
    assert path.read_bytes() == case.input.read_bytes()


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
@pytest.mark.parametrize("name", ["contribution_history", "counter_feed_s40", "employer_master"])
def test_decode_and_encode_commands_are_inverse(name: str, suffix: str, tmp_path: Path) -> None:
    case = next(c for c in GOOD if c.interface.name == name)
    table, out = tmp_path / f"rows{suffix}", tmp_path / "out"
    assert command("decode", case.input, "--interface", name, "--out", table)[0] == 0
    settings = ["--date", DAY, "--set", "sequence=1"]
    if name == "counter_feed_s40":
        settings += ["--set", f"valid_from={DAY}", "--set", "valid_until=2026-11-23"]
    assert command("encode", table, "--interface", name, "--out", out, *settings)[0] == 0
    assert out.read_bytes() == case.input.read_bytes()


def test_every_interface_has_a_good_and_a_bad_sample_and_nothing_else_lies_there() -> None:
    found = {path for path in SAMPLES.rglob("*") if path.is_file() and path.parent != SAMPLES}
    expected = {path for c in CASES for path in (c.input, c.folder / FINDINGS, c.folder / TABLE)}
    assert {path for path in found if "_actual" not in path.name} == expected
    assert {case.interface.id for case in GOOD} == {case.interface.id for case in CASES}


def context_of(decoded: DecodedFile, interface: Interface) -> dict[str, object]:
    """Header and trailer values as the context of writing the file again."""
    values: dict[str, object] = {}
    controlled = {(rule.record, rule.field): rule for rule in interface.controls}
    for rule in interface.records:
        rows = decoded.tables[rule.record].to_pylist()
        if rule.role is Role.DETAIL or not rows:
            continue
        for column, value in rows[0].items():
            control = next(
                (
                    c
                    for (r, f), c in controlled.items()
                    if r == rule.record and column_name(f) == column
                ),
                None,
            )
            if control is None:
                values.setdefault(column, value)
            elif control.kind is ControlKind.CONTEXT:
                values[control.of] = value
    return values


def blocks(decoded: DecodedFile, interface: Interface) -> list[tuple[dict[str, object], pa.Table]]:
    """Header values (without totals) and the details that follow each header."""
    headers = decoded.tables[interface.record(Role.HEADER).record].to_pylist()
    details = decoded.tables[interface.record(Role.DETAIL).record]
    totals = {column_name(rule.field) for rule in interface.controls}
    starts = [header["_record_number"] for header in headers] + [decoded.records_read + 1]
    found = []
    for place, header in enumerate(headers):
        first, last = starts[place], starts[place + 1]
        rows = [first < n < last for n in details["_record_number"].to_pylist()]
        own = {name: v for name, v in header.items() if name not in totals and name[0] != "_"}
        found.append((own, details.filter(pa.array(rows))))
    return found
