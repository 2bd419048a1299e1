"""How records lie in the bytes of a file, in sentences for a partner."""

from __future__ import annotations

from collections.abc import Iterator

from interfaces.model import (
    ByteOrder,
    Compression,
    DescriptorRule,
    FileRule,
    Framing,
    LengthRule,
    LineEnd,
)
from parsers.codepages import code_page

_BY_DESCRIPTOR = (Framing.V, Framing.VB, Framing.VBS)
_LINE_ENDS = {
    LineEnd.LF: ("LF (0A)", "LF (25)"),
    LineEnd.CRLF: ("CR LF (0D 0A)", "CR LF (0D 25)"),
    LineEnd.NEL: ("NEL (85)", "NEL (15)"),
    LineEnd.NONE: ("none: a line is as long as its record",) * 2,
}
_COMPRESSIONS = {
    Compression.GZIP: "gzip",
    Compression.ZSTD: "Zstandard",
    Compression.ZIP: "ZIP with exactly one file in it",
    Compression.AUTO: "gzip, Zstandard, ZIP or none, told by the first bytes",
}


def framing_text(rule: FileRule) -> str:
    """The framing in a few words."""
    if rule.framing in (Framing.F, Framing.FB):
        return (
            f"{rule.framing}: records of one fixed length, one after the other, nothing between "
            "them"
        )
    if rule.framing is Framing.U:
        return f"U: records of {rule.record_length} bytes, the last one may be shorter"
    if rule.framing is Framing.TEXT:
        return "lines of text"
    if rule.framing is Framing.XLSX:
        return "Excel workbook (Office Open XML, `.xlsx`)"
    if rule.descriptor is None:
        return f"{rule.framing} without descriptors: records one after the other, {_length(rule)}"
    spanned = ", long records in segments" if rule.framing is Framing.VBS else ""
    blocks = ", gathered into blocks" if rule.block_descriptor else ""
    width = _count(rule.descriptor.width)
    return f"{rule.framing}: each record behind a {width}-byte record descriptor word" + (
        spanned + blocks
    )


def line_end_text(rule: FileRule) -> str:
    """Line end with its bytes in the file's code page."""
    ascii_like, ebcdic = _LINE_ENDS[rule.line_end or LineEnd.LF]
    return ebcdic if code_page(rule.encoding).kind == "ebcdic" else ascii_like


def framing_conventions(rule: FileRule) -> Iterator[str]:
    """Sentences on descriptors, skipped bytes and compression; only what the file has."""
    if rule.framing in _BY_DESCRIPTOR and rule.descriptor is not None:
        yield _descriptor(rule.descriptor, blocks=rule.block_descriptor)
    if rule.framing is Framing.VBS:
        yield (
            "The third byte of the descriptor says which part of a record follows: 0 a whole "
            "record, 1 its first segment, 2 its last, 3 one between. Positions below count in the "
            "record put together."
        )
    skipped = {
        "before the first record": rule.skip.file_start,
        "after the last record": rule.skip.file_end,
        "before each record": rule.skip.record_start,
        "after each record": rule.skip.record_end,
    }
    told = [f"{count} {place}" for place, count in skipped.items() if count]
    if told:
        yield f"Bytes that belong to no record and are not counted: {', '.join(told)}."
    if rule.compression is not Compression.NONE:
        yield f"The file as a whole is compressed: {_COMPRESSIONS[rule.compression]}."


def _descriptor(rule: DescriptorRule, *, blocks: bool) -> str:
    order = "big-endian" if rule.byte_order is ByteOrder.BIG else "little-endian"
    own = (
        f"the {_count(rule.width)} bytes of the word itself included"
        if rule.includes_itself
        else "the word itself not included"
    )
    before = f"{rule.position} zero bytes, then " if rule.position else ""
    after = rule.width - rule.length_bytes - rule.position
    rest = f", then {_count(after)} zero bytes" if after else ""
    block = (
        "Blocks begin with a four-byte block descriptor word (BDW): two bytes of the block's "
        "length, itself included, and two zero bytes."
        if blocks
        else "There are no block descriptor words."
    )
    return (
        f"The record descriptor word (RDW) is {before}{_count(rule.length_bytes)} bytes of length, "
        f"{order}, {own}{rest}. {block} Positions below count from the first byte after it."
    )


def _count(number: int) -> str:
    return {1: "one", 2: "two", 3: "three", 4: "four"}.get(number, str(number))


def _length(rule: FileRule) -> str:
    length = rule.length or LengthRule()
    if length.lengths:
        table = ", ".join(f"{value} = {size}" for value, size in length.lengths.items())
        return f"of the length that {length.field} tells ({table})"
    if length.field is not None:
        return f"of the length that {length.field} holds"
    if length.expression is not None:
        return f"of {length.expression} bytes"
    return "of the length that the record type and its counters give"
