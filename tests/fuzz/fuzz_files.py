"""Random declarations of a random copybook, and random files that they are said to describe."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
from declared import dated, declare
from fuzz_copybooks import random_copybook
from fuzz_mutations import mutated_bytes
from fuzz_records import RecordMaker

from exporters.encode import EncodedBlock
from exporters.framing import file_end, file_start, frame_block
from interfaces.container import DESCRIPTORS, check_container
from interfaces.model import (
    BinarySize,
    ByteOrder,
    Compression,
    Dialect,
    Era,
    FieldRule,
    FileRule,
    Filled,
    FloatFormat,
    Framing,
    Interface,
    LengthRule,
    LineEnd,
    RecordRule,
    Role,
    SignRule,
    SkippedBytes,
    Truncation,
)
from interfaces.toml_table import DeclarationError
from parsers.codepages import code_page
from parsers.copybook import CopybookError, load_layout
from parsers.findings import empty_findings
from parsers.layout import Field, Record
from parsers.recognition import by_name

PAGES = (
    *("cp037", "cp838", "cp1047", "cp500", "cp874", "tis-620", "latin-1", "ascii", "cp1160"),
    *("cp273", "cp1026", "cp1140", "cp930", "cp939", "cp935", "cp937", "cp933", "cp1364", "utf-8"),
)
MASKS = ("yyyymmdd", "ddmmyyyy", "yymmdd", "yyyymm", "mmyy", "yyyyddd", "yyddd", "cyymmdd")
LONGEST_RECORD = 4_000


@dataclass(frozen=True)
class Sample:
    """A declaration with its layout, records that fit it, and a file that may be damaged."""

    interface: Interface
    layout: tuple[Record, ...]
    records: Sequence[bytes]
    data: bytes
    is_whole: bool

    def __str__(self) -> str:
        copybook = self.interface.copybook.read_text("utf-8")
        said = f"{self.interface.file}\n{self.interface.dialect}\n{self.interface.records}"
        more = f"{dict(self.interface.fields)}\n{dict(self.interface.redefines)}"
        return f"{copybook}{said}\n{more}\ndata {self.data.hex()}"


def random_interface(dice: Random, folder: Path, *, sliding: bool) -> Interface:
    """An interface that can be used, of a copybook that can be read."""
    while True:
        copybook = random_copybook(dice, dice.choice((2, 6, 6, 15)), sliding=sliding)
        interface = replace(
            declare(folder, copybook, framing=Framing.F, encoding=dice.choice(PAGES), records={}),
            dialect=random_dialect(dice),
        )
        try:
            layout = load_layout(interface)
        except CopybookError:
            continue
        if all(record.length <= LONGEST_RECORD for record in layout):
            return _declared(dice, interface, layout)


def random_dialect(dice: Random) -> Dialect:
    """Any options."""

    def filled() -> Filled:
        return dice.choice((Filled.FAULT, Filled.FAULT, Filled.NULL, Filled.ZERO))

    return Dialect(
        truncation=dice.choice(list(Truncation)),
        binary_size=dice.choice(list(BinarySize)),
        byte_order=dice.choice(list(ByteOrder)),
        floats=dice.choice(list(FloatFormat)),
        signs=dice.choice(list(SignRule)),
        spaces=filled(),
        low_values=filled(),
        high_values=filled(),
    )


def _declared(dice: Random, interface: Interface, layout: Sequence[Record]) -> Interface:
    rules = []
    for place, record in enumerate(layout):
        told = {}
        fields = [
            f for f in by_name(record.fields).values() if f.kind == "text" and not f.redefines
        ]
        plain = [f for f in fields if f.usage == "display" and f.length <= 5]
        if plain and place < len(layout) - 1:
            told = {dice.choice(plain).name: ("A", "", "BC"[: plain[0].length])}
        rules.append(RecordRule(record.name, Role.DETAIL if place == 0 else Role.HEADER, told))
    plain = {name for record in layout for name in _counters(record.fields)}
    plain |= {name for rule in rules for name in rule.when}
    some = [f for r in layout for f in r.walk() if f.name not in plain and dice.random() < 0.2]
    fields = {f.name: _field_rule(dice, f) for f in some}
    page = interface.file.encoding
    return replace(
        interface,
        records=tuple(rules),
        file=random_file_rule(dice, page, layout),
        fields={name: rule for name, rule in fields.items() if rule is not None},
        redefines=_redefines(dice, layout),
    )


def _counters(items: Sequence[Field]) -> set[str]:
    """Names of counters: a date cannot count."""
    found = {f.occurs.depending_on for f in items if f.occurs and f.occurs.depending_on}
    return found.union(*(_counters(f.children) for f in items))


def _field_rule(dice: Random, item: Field) -> FieldRule | None:
    """A date or period where a mask fits, or the meaning of fillings."""
    fitting = [mask for mask in MASKS if len(mask) == (item.digits or item.length)]
    whole = item.kind == "number" and item.scale == 0 and item.edit is None and not item.native
    characters = item.kind == "text" and item.usage == "display"
    if fitting and (whole or characters) and not item.blank_when_zero:
        mask = dice.choice(fitting)
        two = "yyyy" not in mask and "c" not in mask
        era = Era.CE if "c" in mask else dice.choice(list(Era))
        rule = dated(mask, era, pivot_base=1950 if two else None, null=dice.random() < 0.5)
        return replace(rule, nines_is_null=dice.random() < 0.3)
    if item.kind == "number":
        return FieldRule(spaces=dice.choice(list(Filled)), low_values=dice.choice(list(Filled)))
    return None


def _redefines(dice: Random, layout: Sequence[Record]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Conditions for some redefinitions at the top of a record, told by a text before them."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for record in layout:
        told = [f for f in record.fields if _can_tell(f)]
        for item in record.fields:
            before = [f for f in told if f.offset + f.length <= item.offset]
            if item.redefines is not None and before and dice.random() < 0.5:
                found[item.name] = {dice.choice(before).name: ("A", "B", "")}
    return found


def _can_tell(item: Field) -> bool:
    plain = item.kind == "text" and item.usage == "display" and item.occurs is None
    return plain and not item.is_filler and item.redefines is None and item.length <= 20


def random_file_rule(dice: Random, page: str, layout: Sequence[Record]) -> FileRule:
    """Any container that declarations admit."""
    longest = max(record.length for record in layout)
    while True:
        rule = _some_file_rule(dice, page, longest, layout)
        try:
            check_container(rule, "fuzz")
        except DeclarationError:
            continue
        return rule


def _some_file_rule(dice: Random, page: str, longest: int, layout: Sequence[Record]) -> FileRule:
    framing = dice.choice(list(Framing))
    line_end = dice.choice(list(LineEnd)) if framing is Framing.TEXT else None
    described = framing in (Framing.V, Framing.VB, Framing.VBS)
    few = (0, 0, 0, 0, 1, 5)
    length = _length_rule(dice, layout) if described and dice.random() < 0.2 else None
    descriptor = None if length else dice.choice([d for d in DESCRIPTORS.values() if d])
    record_length = dice.choice((None, longest, longest + 3))
    if framing is Framing.VBS or (described and dice.random() < 0.5):
        record_length = dice.choice((None, longest + 40, 30))
    return FileRule(
        framing=framing,
        encoding=page,
        name="SAMPLE",
        line_end=line_end,
        descriptor=descriptor if described else FileRule(Framing.V, page, "X").descriptor,
        block_descriptor=described and length is None and dice.random() < 0.4,
        length=length,
        record_length=longest if framing is Framing.U else record_length,
        skip=SkippedBytes(*(dice.choice(few) for _ in range(4))),
        compression=dice.choice((Compression.NONE,) * 6 + tuple(Compression)),
    )


def _length_rule(dice: Random, layout: Sequence[Record]) -> LengthRule:
    names = [
        f.name
        for f in by_name(layout[0].fields).values()
        if f.kind == "number" and f.scale == 0 and f.edit is None
    ]
    if len(layout) > 1 or not names or dice.random() < 0.5:
        return LengthRule()
    name = dice.choice(names)
    return dice.choice(
        (
            LengthRule(field=name),
            LengthRule(field=name, lengths={"1": 5, "2": layout[0].length}),
            LengthRule(expression=f"{name} * 2 + 4"),
        )
    )


def random_sample(dice: Random, folder: Path, *, sliding: bool) -> Sample:
    """An interface with a file; half of the files are damaged."""
    interface = random_interface(dice, folder, sliding=sliding)
    layout = load_layout(interface)
    maker = RecordMaker(dice, code_page(interface.file.encoding), dice.choice((0, 0.1, 0.6)))
    count = dice.choice((0, 1, 2, 5, 30))
    records = [maker.record(dice.choice(layout)) for _ in range(count)]
    if dice.random() < 0.3:
        records = [mutated_bytes(record, dice) for record in records]
    data = framed(records, interface.file, max(record.length for record in layout), dice)
    damaged = dice.random() < 0.4
    data = mutated_bytes(data, dice) if damaged else data
    data = packed(data, interface.file.compression, dice)
    if dice.random() < 0.1:
        data, damaged = mutated_bytes(data, dice), True
    return Sample(interface, layout, records, data, not damaged)


def framed(records: Sequence[bytes], rule: FileRule, longest: int, dice: Random) -> bytes:
    """The records in their container, or one behind the other where it cannot hold them."""
    lengths = np.array([len(record) for record in records], np.int64)
    flat = np.frombuffer(b"".join(records), np.uint8)
    unpacked = replace(rule, compression=Compression.NONE)
    try:
        body = frame_block(EncodedBlock(flat, lengths, empty_findings()), unpacked, longest)
        return file_start(unpacked) + body.tobytes() + file_end(unpacked)
    except ValueError:
        return dice.choice((b"", b"\n", b"\x25", b"\x15")).join(records)


def packed(data: bytes, how: Compression, dice: Random) -> bytes:
    """Packed as declared."""
    if how is Compression.AUTO:
        how = dice.choice([c for c in Compression if c is not Compression.AUTO])
    if how is Compression.GZIP:
        return gzip.compress(data, 1, mtime=0)
    if how is Compression.ZSTD:
        return pa.compress(data, codec="zstd", asbytes=True)
    if how is Compression.ZIP:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("data"), data)
        return out.getvalue()
    return data
