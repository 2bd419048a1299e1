"""Goldens beside a sample: findings and table as the commands give them."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from interfaces.model import Interface
from parsers.arrow_types import detail_schema
from prakan.__main__ import main
from prakan.tables import table_batches

DAY = "2026-11-20"
FINDINGS = "findings.json"
TABLE = "table.jsonl"


def command(*arguments: object) -> tuple[int, str]:
    """Exit status and standard output of a command run in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue()


def answered(*arguments: object) -> tuple[int, Any]:
    """Exit status and JSON answer of a command."""
    status, out = command(*arguments, "--json")
    return status, json.loads(out)


def findings_of(path: Path, interface: Interface) -> str:
    """What ``validate`` says of a file, without the folder that it happens to lie in."""
    status, answer = answered("validate", path, "--interface", interface.id, "--date", DAY)
    content = {**answer, "file": path.name, "exit_status": status}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def table_of(path: Path, interface: Interface, folder: Path) -> str:
    """The detail table that ``decode`` makes of a file, as JSON lines."""
    target = folder / TABLE
    command("decode", path, "--interface", interface.id, "--out", target)
    return target.read_text("utf-8")


def write_goldens(path: Path, interface: Interface) -> None:
    """Write both goldens beside the input."""
    (path.parent / FINDINGS).write_text(findings_of(path, interface), "utf-8")
    table_of(path, interface, path.parent)


def difference(actual: str, golden: Path) -> str | None:
    """None when the text is that of the golden; else it is written to the golden's ``_actual``
    twin, and the answer says where."""
    twin = golden.with_stem(f"{golden.stem}_actual")
    if golden.is_file() and golden.read_text("utf-8") == actual:
        twin.unlink(missing_ok=True)
        return None
    twin.write_text(actual, "utf-8")
    return f"{golden} differs from {twin.name}"


def rows_in(path: Path, interface: Interface) -> list[dict[str, Any]]:
    """Rows of a table file in the interface's types."""
    batches = table_batches(path, detail_schema(interface))
    return [row for batch in batches for row in batch.to_pylist()]
