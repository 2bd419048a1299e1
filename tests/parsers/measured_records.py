"""Records without descriptors, measured by a rule and cut."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from interfaces.model import Dialect, FileRule, Framing, LengthRule, RecordRule, Role, SkippedBytes
from parsers.codepages import code_page
from parsers.copybook import parse_copybook
from parsers.framing import frames
from parsers.framing.lengths import record_measure

ASCII = code_page("ascii")

ONE = """
       01  R.
           05  KIND     PIC X(2).
           05  N        PIC 9(2).
           05  P        PIC S9(3) COMP-3.
           05  B        PIC 9(4) COMP.
           05  REST     PIC X(90).
"""


def measure(rule: LengthRule, copybook: str = ONE, when=None, page=ASCII, **dialect):
    settings = Dialect(**dialect)
    layout = parse_copybook(copybook, source="test.cpy", dialect=settings)
    conditions = when or {}
    rules = [RecordRule(r.name, Role.DETAIL, conditions.get(r.name, {})) for r in layout]
    return record_measure(rule, rules, layout, page, settings)


def cut(data: bytes, ruler, block_bytes: int = 1000, skip: SkippedBytes | None = None):
    rule = FileRule(Framing.VB, "ascii", "X", descriptor=None, length=LengthRule())
    rule = replace(rule, skip=skip or rule.skip)
    found, faults = [], []
    for frame in frames(BytesIO(data), rule, 100, block_bytes, measure=ruler):
        for start, size in zip(frame.rows.starts, frame.lengths, strict=True):
            found.append(frame.rows.data[start : start + size].tobytes())
        faults += [(f.code, frame.base + f.place) for f in frame.faults]
    return found, faults


def record(
    length: int, n: int = 0, p: bytes = b"\x00\x0c", b: int = 0, kind: bytes = b"AA"
) -> bytes:
    return (kind + b"%02d" % n + p + b.to_bytes(2, "big")).ljust(length, b".")
