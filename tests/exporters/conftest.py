"""Interfaces declared on the spot, for layouts that no shipped interface has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from interfaces.loader import load_interface
from interfaces.model import Interface

Declare = Callable[[str, str], Interface]

_HEAD = """\
name = "sample"
version = 1
title = "Sample"
title_th = "ตัวอย่าง"
kind = "feed"
source = "a test"
valid_from = 2025-01-01
"""
_FILE = 'file = { framing = "FB", encoding = "cp838", name = "SAMPLE" }\n'
_RECORDS = '[records]\nR = { role = "detail", when = {} }\n'


@pytest.fixture
def declare(tmp_path: Path) -> Declare:
    """Makes an interface of copybook text and TOML text; head, [file] and [records] are added
    where the TOML has none."""

    def make(copybook: str, toml: str = "") -> Interface:
        folder = tmp_path / "interfaces"
        folder.mkdir(exist_ok=True)
        (folder / "sample.1.cpy").write_text(copybook, "utf-8")
        head = _HEAD + ("" if "file = " in toml else _FILE)
        records = "" if "[records]" in toml else _RECORDS
        path = folder / "sample.1.toml"
        path.write_text(head + toml + records, "utf-8")
        return load_interface(path)

    return make
