"""Records whose items move behind OCCURS DEPENDING ON, written by a real COBOL program (GnuCOBOL
with ``-fodoslide``, which lays them out as IBM's compilers do), and what we make of them.

Its tables in tables are counted outside of them: COBOL cannot subscript the counter of a table.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from declared import declare
from odo_layouts import Counter, Group, Item, Table, Text, copybook, write

from exporters.encode import encode_batch
from interfaces.model import Framing, Role
from parsers.copybook import load_layout
from parsers.decode import decode_whole

MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"
RECORDS = 12

BEHIND = (
    Counter("N1", "9(2)", 0, 4),
    Text("X1", 3),
    Table("T1", 0, 4, "N1", (Text("X2", 2), Counter("V1", "S9(3) COMP-3", 0, 9))),
    Text("X3", 4),
    Counter("N2", "9(4) COMP", 1, 3),
    Table("T2", 1, 3, "N2", width=2),
    Counter("V2", "S9(9) COMP", 0, 9),
    Group("G1", (Text("X4", 1), Counter("N3", "S9(3) COMP-3", 0, 2))),
    Table("T3", 0, 2, "N3", (Table("T4", 0, 2, None, width=1), Text("X5", 2))),
    Text("X6", 5),
)
NESTED = (
    Counter("N1", "9(2)", 0, 3),
    Counter("N2", "S9(3) COMP-3", 0, 4),
    Counter("N3", "9(4) COMP", 1, 2),
    Table(
        "T1", 0, 3, "N1",
        (
            Table("T2", 0, 4, "N2", (Text("X1", 2), Table("T3", 1, 2, "N3", width=1))),
            Counter("V1", "S9(3) COMP-3", 0, 9),
        ),
    ),
    Text("X2", 4),
    Table("T5", 0, 2, None, (Text("X3", 1), Table("T6", 0, 4, "N2", width=2))),
    Text("X4", 3),
)  # fmt: skip


def moves(
    items: Sequence[Item], row: dict[str, object], places: tuple[int, ...] = ()
) -> Iterator[str]:
    """MOVE statements that make a record of ``row``, counters first: they say where all else is."""
    subscripts = f" ({', '.join(map(str, places))})" if places else ""
    for item in sorted(items, key=lambda item: not isinstance(item, Counter | Group)):
        value = row.get(item.name.lower())
        match item:
            case Counter(name):
                yield f"MOVE {value} TO {name}{subscripts}"
            case Text(name):
                yield f"MOVE '{value}' TO {name}{subscripts}"
            case Group(_, inner):
                yield from moves(inner, row, places)
            case Table(name, items=inner):
                assert isinstance(value, list)
                for place, element in enumerate(value, start=1):
                    at = (*places, place)
                    if isinstance(element, dict):
                        yield from moves(inner, element, at)
                    else:
                        yield f"MOVE '{element}' TO {name} ({', '.join(map(str, at))})"


def program(items: Sequence[Item], rows: Sequence[dict[str, object]]) -> str:
    lines = copybook(items).splitlines()
    statements = [f"{move}." for row in rows for move in (*moves(items, row), "WRITE R")]
    source = """
       IDENTIFICATION DIVISION.
       PROGRAM-ID. WRITER.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT OUT-FILE ASSIGN TO "out.dat"
           ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  OUT-FILE RECORDING MODE IS V.
{}
       PROCEDURE DIVISION.
           OPEN OUTPUT OUT-FILE.
{}
           CLOSE OUT-FILE.
           STOP RUN.
"""
    head, *below = ["\n".join(" " * 11 + line for line in part) for part in (lines, statements)]
    return source.lstrip("\n").format(head.replace(" " * 11 + "01", "       01"), *below)


def written_by_cobol(folder: Path, source: str) -> list[bytes]:
    """Compile and run the program; the records that it wrote."""
    compiler = shutil.which("cobc")
    if compiler is None:
        pytest.fail(MISSING)
    (folder / "writer.cob").write_text(source)
    options = ["-x", "-std=ibm", "-fodoslide", "-fsign=EBCDIC", "-o", "writer", "writer.cob"]
    compiled = subprocess.run([compiler, *options], cwd=folder, capture_output=True, text=True)
    assert compiled.returncode == 0, compiled.stderr
    subprocess.run([folder / "writer"], cwd=folder, check=True)
    data = (folder / "out.dat").read_bytes()
    records = []
    while data:
        length = int.from_bytes(data[:2], "big")
        records.append(data[4 : 4 + length])
        data = data[4 + length :]
    return records


@pytest.mark.parametrize("items", [BEHIND, NESTED], ids=["behind", "nested"])
def test_a_cobol_program_lays_records_out_as_we_read_them(tmp_path, items):
    dice = Random(7)
    made = [write(items, dice, "cp874") for _ in range(RECORDS)]
    rows = [row for _, row in made]
    records = written_by_cobol(tmp_path, program(items, rows))
    assert records == [original for original, _ in made]
    interface = declare(
        tmp_path,
        copybook(items),
        framing=Framing.V,
        encoding="cp874",
        records={"R": (Role.DETAIL, {})},
    )
    file = b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)
    [layout] = load_layout(interface)
    for engine in ("numpy", "compiled"):
        whole = decode_whole(file, interface, engine=engine)
        assert whole.findings.to_pylist() == []
        read = whole.tables["R"].to_pylist()
        assert [{k: v for k, v in r.items() if not k.startswith("_")} for r in read] == rows
        batch = whole.tables["R"].combine_chunks().to_batches()[0]
        assert encode_batch(batch, layout, interface, engine=engine).data.tobytes() == b"".join(
            records
        )
