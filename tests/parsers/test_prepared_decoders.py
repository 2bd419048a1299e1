"""What decoding an interface keeps for the next file, how it tells records, what it imports."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from interfaces.model import RecordRule, Role
from interfaces.registry import Registry
from parsers.codepages import code_page
from parsers.copybook import load_layout, parse_copybook
from parsers.kernels.prepared import prepared
from parsers.kernels.records import Recogniser
from parsers.recognition import RecordKinds, recognise
from parsers.rows import Rows

PAGE = code_page("cp037")
LAYOUT = """
       01  FIRST-RECORD.
           05  KIND-A          PIC X(1).
           05  KIND-B          PIC X(3).
           05  FILLER          PIC X(8).
           05  KIND-C          PIC X(2).
       01  SECOND-RECORD.
           05  KIND-A          PIC X(1).
           05  FILLER          PIC X(19).
"""


@pytest.mark.parametrize(
    "conditions",
    [
        ({"KIND-A": ("1",)}, {"KIND-A": ("2", "3")}),
        ({"KIND-A": ("1", "2"), "KIND-B": ("AB", "11")}, {"KIND-A": ("1",)}),
        ({"KIND-B": ("1",), "KIND-C": ("12", "2")}, {"KIND-A": ("1", "2")}),
        ({"KIND-A": ("1",)}, {}),
        ({}, {"KIND-A": ("1",)}),
    ],
)
def test_records_are_told_apart_as_by_numpy(conditions):
    """Near conditions go by one word, far ones field by field; runs, mixtures, short records."""
    layout = parse_copybook(LAYOUT, source="two.cpy")
    roles = Role.DETAIL, Role.TRAILER
    rules = [
        RecordRule(record=record.name, role=role, when=when)
        for record, role, when in zip(layout, roles, conditions, strict=True)
    ]
    random = np.random.default_rng(7)
    letters = np.frombuffer("123AB ".encode("cp037"), np.uint8)
    data = random.choice(letters, 20 * 600)
    data[: 20 * 200] = np.tile(data[:20], 200)
    starts = np.arange(600, dtype=np.int64) * 20
    lengths = np.where(random.random(600) < 0.2, random.integers(0, 20, 600), 20)
    rows = Rows(data, starts)
    told = Recogniser(rules, layout, PAGE).tell(rows, lengths)
    expected = RecordKinds.of(recognise(rows, lengths, rules, layout, PAGE), len(rules))
    np.testing.assert_array_equal(told.kinds, expected.kinds)
    np.testing.assert_array_equal(told.spans, expected.spans)


def test_decoders_are_kept_for_the_same_declaration_only():
    interface = Registry().get("registration_master", on=date(2026, 11, 20))
    layout, page = load_layout(interface), code_page(interface.file.encoding)
    first = prepared(interface, layout, page, None)
    assert prepared(replace(interface), layout, page, None) is first
    some = prepared(interface, layout, page, ["national_id"])
    assert some is not first
    assert prepared(interface, layout, page, ("national_id",)) is some
    changed = replace(interface, fields={})
    assert prepared(changed, layout, page, None) is not first
    assert prepared(interface, (*layout,), page, None).layout is not layout


def test_decoding_does_not_load_pandas():
    """A third of a second and 40 MB; faulty records are decoded here, too."""
    program = (
        "import sys; from datetime import date; from interfaces.registry import Registry;"
        "from parsers.decode import decode_whole;"
        "i = Registry().get('registration_master', on=date(2026, 11, 20));"
        "decode_whole(2 * (bytes([0xC4]) + bytes(219)), i); print('pandas' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.split() == ["False"], run.stderr
