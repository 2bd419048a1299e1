from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from interfaces.registry import SHIPPED
from tests.prakan.goldens import answered, command

HEAVY = ("numpy", "pyarrow", "polars", "duckdb", "pandas", "sqlalchemy", "paramiko")


def test_an_interface_is_described_in_json() -> None:
    status, answer = answered("describe", "registration_master")
    assert status == 0
    assert answer["interface"]["id"] == "registration_master.1"
    assert answer["interface"]["encoding"] == "cp838"
    detail = next(r for r in answer["records"] if r["name"] == "REG-MASTER-RECORD")
    field = next(f for f in detail["fields"] if f["path"] == "EFFECTIVE-DATE")
    assert (detail["length"], field["offset"], field["length"]) == (220, 97, 5)
    assert field["type"] == "date32[day]"


def test_a_copybook_is_described_without_an_interface() -> None:
    status, answer = answered("describe", SHIPPED / "form_1_10.1.cpy")
    assert status == 0
    assert answer["interface"] is None
    assert [record["length"] for record in answer["records"]] == [135, 135]


def test_text_and_markdown_show_positions_from_one() -> None:
    text = command("describe", "form_1_10")[1]
    markdown = command("describe", "form_1_10", "--markdown")[1]
    assert "form_1_10.1" in text.splitlines()[0]
    assert "\n| 83 | 14 | 05 | WAGES | 9(12)V99 |" in markdown
    assert markdown.startswith("# form_1_10.1")


def test_describing_imports_nothing_heavy() -> None:
    code = (
        "import json, sys; from prakan.__main__ import main; main(['describe', 'form_1_10']); "
        f"print(json.dumps([m for m in {HEAVY} if m in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr) == []


def test_interfaces_of_further_folders_are_known(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    for suffix in (".cpy", ".toml"):
        text = (SHIPPED / f"form_1_10.1{suffix}").read_text("utf-8")
        text = text.replace('name = "form_1_10"', 'name = "other_form"')
        (tmp_path / f"other_form.1{suffix}").write_text(text, "utf-8")
    monkeypatch.setenv("PRAKAN_INTERFACES", str(tmp_path))
    assert answered("describe", "other_form")[1]["name"] == "other_form"
    assert {row["name"] for row in answered("interfaces")[1]} >= {"other_form", "form_1_10"}
