"""Sentences of a partner's page for every form of file."""

from __future__ import annotations

import pytest

from exchange.specification.framing import framing_conventions, framing_text, line_end_text
from interfaces.container import DESCRIPTORS
from interfaces.model import (
    Compression,
    FileRule,
    Framing,
    LengthRule,
    LineEnd,
    SkippedBytes,
)


def rule(framing: Framing, encoding: str = "cp037", **more: object) -> FileRule:
    return FileRule(framing=framing, encoding=encoding, name="X", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("framing", Framing)
def test_every_framing_has_words(framing: Framing) -> None:
    end = LineEnd.LF if framing is Framing.TEXT else None
    assert framing_text(rule(framing, line_end=end, record_length=80))


@pytest.mark.parametrize(
    ("encoding", "end", "shown"),
    [
        ("cp874", LineEnd.CRLF, "CR LF (0D 0A)"),
        ("cp037", LineEnd.CRLF, "CR LF (0D 25)"),
        ("cp037", LineEnd.NEL, "NEL (15)"),
        ("cp037", LineEnd.LF, "LF (25)"),
    ],
)
def test_line_ends_are_bytes_of_the_page(encoding: str, end: LineEnd, shown: str) -> None:
    assert line_end_text(rule(Framing.TEXT, encoding, line_end=end)) == shown


def test_the_usual_descriptor() -> None:
    [said] = framing_conventions(rule(Framing.VB))
    assert "two bytes of length, big-endian, the four bytes of the word itself included" in said
    assert "then two zero bytes. There are no block descriptor words." in said


@pytest.mark.parametrize("form", [form for form, known in DESCRIPTORS.items() if known])
def test_every_form_of_descriptor_is_told(form: str) -> None:
    known = DESCRIPTORS[form]
    assert known is not None
    [said] = framing_conventions(rule(Framing.V, descriptor=known))
    assert ("not included" in said) is not known.includes_itself
    assert known.byte_order.value in said


def test_blocks_segments_margins_and_compression() -> None:
    said = " ".join(
        framing_conventions(
            rule(
                Framing.VBS,
                block_descriptor=True,
                skip=SkippedBytes(file_start=3, record_end=1),
                compression=Compression.GZIP,
            )
        )
    )
    assert "block descriptor word (BDW)" in said
    assert "1 its first segment" in said
    assert "3 before the first record, 1 after each record" in said
    assert "compressed: gzip" in said


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (LengthRule(), "the record type and its counters"),
        (LengthRule(field="LEN"), "that LEN holds"),
        (LengthRule(field="KIND", lengths={"A": 10, "B": 20}), "KIND tells (A = 10, B = 20)"),
        (LengthRule(expression="N * 4 + 2"), "of N * 4 + 2 bytes"),
    ],
)
def test_lengths_without_descriptors(length: LengthRule, shown: str) -> None:
    assert shown in framing_text(rule(Framing.V, descriptor=None, length=length))
