"""The ``[file]`` table of a declaration → :class:`interfaces.model.FileRule`."""

from __future__ import annotations

from typing import Final

from interfaces.model import (
    ByteOrder,
    Compression,
    DescriptorRule,
    FileRule,
    Framing,
    LengthRule,
    LineEnd,
    SkippedBytes,
)
from interfaces.toml_table import DeclarationError, Table

DESCRIPTORS: Final[dict[str, DescriptorRule | None]] = {
    "ibm": DescriptorRule(),
    "exclusive": DescriptorRule(includes_itself=False),
    "little": DescriptorRule(byte_order=ByteOrder.LITTLE),
    "reversed": DescriptorRule(byte_order=ByteOrder.LITTLE, position=2),
    "gnucobol": DescriptorRule(includes_itself=False),
    "gnucobol-4-big": DescriptorRule(length_bytes=4, includes_itself=False),
    "gnucobol-4-little": DescriptorRule(4, 4, ByteOrder.LITTLE, includes_itself=False),
    "gnucobol-2": DescriptorRule(width=2, includes_itself=False),
    "stripped": None,
}
"""Descriptor forms by name. ``reversed`` is IBM's word with its four bytes turned round by a
transfer; GnuCOBOL's are its COB_VARSEQ_FORMAT 0, 1, 2 and 3."""

_BY_DESCRIPTOR = (Framing.V, Framing.VB, Framing.VBS)


def file_rule(table: Table) -> FileRule:
    """Read the table; DeclarationError for keys that contradict each other."""
    framing = table.choice("framing", Framing)
    descriptor = _descriptor(table)
    rule = FileRule(
        framing=framing,
        # The text of a spreadsheet is Unicode whatever is declared.
        encoding=table.take("encoding", str, "utf-8" if framing is Framing.XLSX else ...),
        name=table.take("name", str),
        line_end=table.choice("line_end", LineEnd, None),
        descriptor=descriptor,
        block_descriptor=table.take("bdw", bool, False),
        length=_length(table),
        record_length=table.take("record_length", int, None),
        skip=_skip(table.table("skip")),
        compression=table.choice("compression", Compression, Compression.NONE),
    )
    table.close()
    check_container(rule, table.where)
    return rule


def check_container(rule: FileRule, where: str) -> None:
    """DeclarationError when keys contradict each other; ``where`` begins the message."""
    if (rule.framing is Framing.TEXT) != (rule.line_end is not None):
        raise DeclarationError(f"{where}: line_end goes with framing = 'text' and only with it")
    if rule.framing not in _BY_DESCRIPTOR:
        if rule.descriptor != DescriptorRule() or rule.block_descriptor or rule.length:
            raise DeclarationError(f"{where}: rdw, bdw and length go with V, VB and VBS only")
    elif rule.framing is Framing.VBS and not _can_span(rule.descriptor):
        raise DeclarationError(
            f"{where}: segments are told by the third byte of a descriptor of four; correct rdw"
        )
    elif rule.framing is Framing.VBS and (rule.skip.record_start or rule.skip.record_end):
        raise DeclarationError(f"{where}: no bytes can be skipped around spanned records")
    elif (rule.descriptor is None) != (rule.length is not None):
        raise DeclarationError(f"{where}: length goes with rdw = 'stripped' and only with it")
    elif rule.descriptor is None and rule.block_descriptor:
        raise DeclarationError(f"{where}: blocks without record descriptors cannot be cut")
    if rule.framing is Framing.XLSX and rule != FileRule(Framing.XLSX, "utf-8", rule.name):
        raise DeclarationError(f"{where}: framing xlsx says it all; leave the other keys out")
    if rule.framing is Framing.U and rule.record_length is None:
        raise DeclarationError(f"{where}: framing U needs record_length, the size of a block")
    if rule.record_length is not None and rule.record_length < 1:
        raise DeclarationError(f"{where}: record_length is {rule.record_length}; 1 at least")
    if rule.line_end not in (None, LineEnd.NONE) and rule.record_length is not None:
        raise DeclarationError(f"{where}: record_length goes with line_end = 'none' in text")


def _can_span(rule: DescriptorRule | None) -> bool:
    return rule is not None and (rule.width, rule.length_bytes, rule.position) == (4, 2, 0)


def _descriptor(table: Table) -> DescriptorRule | None:
    """``rdw = "stripped"`` or another name, or a table of the four parts."""
    value = table.take("rdw", (str, dict), "ibm")
    if isinstance(value, str):
        if value not in DESCRIPTORS:
            raise DeclarationError(
                f"{table.where}: rdw = {value!r} is not one of: {', '.join(DESCRIPTORS)}"
            )
        return DESCRIPTORS[value]
    parts = Table(value, f"{table.where} rdw")
    usual = DescriptorRule()
    rule = DescriptorRule(
        width=parts.take("width", int, usual.width),
        length_bytes=parts.take("length_bytes", int, usual.length_bytes),
        byte_order=parts.choice("byte_order", ByteOrder, usual.byte_order),
        includes_itself=parts.take("includes_itself", bool, usual.includes_itself),
        position=parts.take("position", int, usual.position),
    )
    parts.close()
    inside = rule.position >= 0 and rule.position + rule.length_bytes <= rule.width <= 16
    if not inside or not 1 <= rule.length_bytes <= 4:
        raise DeclarationError(f"{parts.where}: 1 to 4 length_bytes within a width of at most 16")
    return rule


def _length(table: Table) -> LengthRule | None:
    """``length = "layout"``, or a table with field, lengths or expression."""
    value = table.take("length", (str, dict), None)
    if value is None:
        return None
    if isinstance(value, str):
        if value != "layout":
            raise DeclarationError(f"{table.where}: length = {value!r}; write 'layout' or a table")
        return LengthRule()
    parts = Table(value, f"{table.where} length")
    lengths = parts.table("lengths")
    rule = LengthRule(
        field=parts.take("field", str, None),
        lengths={key: lengths.take(key, int) for key in lengths.remaining()},
        expression=parts.take("expression", str, None),
    )
    parts.close()
    if (rule.field is None) == (rule.expression is None) or (rule.lengths and not rule.field):
        raise DeclarationError(
            f"{parts.where}: either field (with or without lengths) or expression"
        )
    for key, length in rule.lengths.items():
        if length < 1:
            raise DeclarationError(
                f"{lengths.where}: {key} = {length}; a record has 1 byte at least"
            )
    return rule


def _skip(table: Table) -> SkippedBytes:
    rule = SkippedBytes(
        file_start=table.take("file_start", int, 0),
        file_end=table.take("file_end", int, 0),
        record_start=table.take("record_start", int, 0),
        record_end=table.take("record_end", int, 0),
    )
    table.close()
    if min(rule.file_start, rule.file_end, rule.record_start, rule.record_end) < 0:
        raise DeclarationError(f"{table.where}: bytes to skip cannot be negative")
    return rule
