"""The [file] table: every form that can be declared, and contradictions refused."""

import tomllib

import pytest

from interfaces.container import file_rule
from interfaces.model import (
    ByteOrder,
    Compression,
    DescriptorRule,
    FileRule,
    LengthRule,
    SkippedBytes,
)
from interfaces.toml_table import DeclarationError, Table


def declared(text: str) -> FileRule:
    usual = 'encoding = "cp037"\nname = "X"\n'
    return file_rule(Table(tomllib.loads(usual + text), "x.toml [file]"))


@pytest.mark.parametrize(
    ("text", "descriptor"),
    [
        ("", DescriptorRule()),
        ('rdw = "exclusive"', DescriptorRule(includes_itself=False)),
        ('rdw = "reversed"', DescriptorRule(byte_order=ByteOrder.LITTLE, position=2)),
        ('rdw = "gnucobol-4-big"', DescriptorRule(4, 4, includes_itself=False)),
        ("rdw = { width = 8, length_bytes = 3, position = 5 }", DescriptorRule(8, 3, position=5)),
        (
            'rdw = { width = 2, includes_itself = false, byte_order = "little" }',
            DescriptorRule(2, 2, ByteOrder.LITTLE, includes_itself=False),
        ),
    ],
)
def test_descriptors_by_name_or_by_their_parts(text, descriptor):
    assert declared('framing = "VB"\n' + text).descriptor == descriptor


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('length = "layout"', LengthRule()),
        ('length = { field = "N" }', LengthRule(field="N")),
        (
            'length = { field = "KIND", lengths = { A = 80, B = 120 } }',
            LengthRule(field="KIND", lengths={"A": 80, "B": 120}),
        ),
        ('length = { expression = "N * 2" }', LengthRule(expression="N * 2")),
    ],
)
def test_lengths_where_descriptors_are_missing(text, rule):
    file = declared('framing = "V"\nrdw = "stripped"\n' + text)
    assert (file.descriptor, file.length) == (None, rule)


def test_what_surrounds_the_records():
    file = declared(
        'framing = "FB"\nrecord_length = 100\ncompression = "auto"\n'
        "skip = { file_start = 1, file_end = 2, record_start = 3, record_end = 4 }"
    )
    assert file.skip == SkippedBytes(1, 2, 3, 4)
    assert (file.record_length, file.compression) == (100, Compression.AUTO)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('framing = "VB"\nrdw = "other"', "not one of: ibm"),
        ('framing = "VB"\nrdw = { width = 4, length_bytes = 5 }', "length_bytes"),
        ('framing = "VB"\nrdw = { width = 4, position = 3 }', "length_bytes"),
        ('framing = "VB"\nrdw = { width = 17 }', "at most 16"),
        ('framing = "VB"\nrdw = { wide = 4 }', "unknown key 'wide'"),
        ('framing = "FB"\nrdw = "little"', "go with V, VB and VBS"),
        ('framing = "FB"\nbdw = true', "go with V, VB and VBS"),
        ('framing = "VB"\nrdw = "stripped"', "only with it"),
        ('framing = "VB"\nlength = "layout"', "only with it"),
        ('framing = "VB"\nrdw = "stripped"\nlength = "layout"\nbdw = true', "cannot be cut"),
        ('framing = "VB"\nrdw = "stripped"\nlength = "guess"', "layout"),
        ('framing = "VB"\nrdw = "stripped"\nlength = {}', "either field"),
        (
            'framing = "VB"\nrdw = "stripped"\nlength = { field = "N", lengths = { A = 0 } }',
            "1 byte at least",
        ),
        ('framing = "VBS"\nrdw = "stripped"\nlength = "layout"', "third byte"),
        ('framing = "VBS"\nrdw = "reversed"', "third byte"),
        ('framing = "VBS"\nskip = { record_start = 1 }', "spanned"),
        ('framing = "U"', "needs record_length"),
        ('framing = "FB"\nrecord_length = 0', "1 at least"),
        ('framing = "text"\nline_end = "lf"\nrecord_length = 80', "line_end = 'none'"),
        ('framing = "text"', "line_end"),
        ('framing = "FB"\nskip = { file_end = -1 }', "negative"),
        ('framing = "FB"\ncompression = "rar"', "not one of: auto"),
    ],
)
def test_contradictions_are_refused(text, said):
    with pytest.raises(DeclarationError, match=said):
        declared(text)
