"""Code page tables of converters that we did not write: ICU's uconv, glibc's iconv, and Java.

Each gives two mappings for a page: text of every code, and code of every text, a code being one
byte or, in a mixed page, the two bytes between shift-out and shift-in.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

SHIFTS = b"\x0e\x0f"
BYTES = [bytes([byte]) for byte in range(256)]
PAIRS = [bytes([lead, trail]) for lead in range(0x40, 0xFF) for trail in range(0x40, 0xFF)]
PACKAGES = {"uconv": "icu-devtools", "iconv": "libc-bin"}
JAVA_PROGRAM = Path(__file__).with_name("Charsets.java")


class Table(NamedTuple):
    """What a converter knows of a page."""

    texts: dict[bytes, str]
    codes: dict[str, bytes]


def tool_path(tool: str) -> str:
    path = shutil.which(tool)
    if path is None:
        pytest.fail(f"{tool} is missing: run `apt-get install {PACKAGES[tool]}` as root")
    return path


def measured(tool: str, page: str, *, mixed: bool, separator: bytes) -> Table:
    """Every code of ``page`` through ``uconv`` or ``iconv`` and back, ``separator`` (the page's
    next line or line feed) between them. Codes and texts that the tool refuses are left out."""
    line = {b"\x15": "\x85", b"\n": "\n"}[separator]
    codes = [code for code in BYTES if code != separator and not (mixed and code in SHIFTS)]
    codes += PAIRS if mixed else []
    data = separator.join(shifted(code) for code in codes)
    texts = run(tool, page, "UTF-32BE", data).decode("utf-32-be").split(line)
    found = {
        code: text
        for code, text in zip(codes, texts, strict=True)
        if text and "\ufffd" not in text and (text[0] != "\x1a" or code in (b"\x3f", b"\x1a"))
    }
    several = sorted(set(found.values()))
    back = run(tool, "UTF-32BE", page, line.join(several).encode("utf-32-be")).split(separator)
    written = {
        text: code.strip(SHIFTS) if mixed else code
        for text, code in zip(several, back, strict=True)
    }
    return Table(found, {text: code for text, code in written.items() if code})


def has_page(tool: str, page: str) -> bool:
    """Whether this release of the tool knows the page."""
    return run(tool, page, "UTF-8", b"\x40") != b""


def shifted(code: bytes) -> bytes:
    return code if len(code) == 1 else b"\x0e" + code + b"\x0f"


def run(tool: str, source: str, target: str, data: bytes) -> bytes:
    """``data`` converted; what has no counterpart is substituted (uconv) or dropped (iconv)."""
    lenient = {"uconv": ["--callback", "substitute"], "iconv": ["-c"]}[tool]
    command = [tool_path(tool), *lenient, "-f", source, "-t", target]
    return subprocess.run(command, input=data, capture_output=True, check=False).stdout


def java_tables(names: Iterable[str]) -> dict[str, Table]:
    """Tables of those of Java's charsets ``names`` that it has, in one run of the program."""
    command = [shutil.which("java") or "java", str(JAVA_PROGRAM), *names]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    tables: dict[str, Table] = {}
    for line in output.splitlines():
        name, kind, *entries = line.split(" ")
        texts, codes = tables.setdefault(name, Table({}, {}))
        for left, _, right in (entry.partition("=") for entry in entries):
            if kind == "back":
                codes[unpointed(left)] = bytes.fromhex(right).strip(SHIFTS)
            else:
                texts[bytes.fromhex(left)] = unpointed(right)
    return tables


def unpointed(points: str) -> str:
    return "".join(chr(int(point, 16)) for point in points.split("+"))
