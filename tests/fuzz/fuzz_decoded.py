"""What must hold of every decoded file, whatever the bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fuzz_files import Sample

from interfaces.model import Filled, Interface
from parsers.arrow_types import visible_fields
from parsers.blocks import Engine
from parsers.codecs.fault import REMARK, Fault
from parsers.decode import DecodedFile, decode_whole
from parsers.layout import Field, Record

OF_RECORDS = {"RECORD_TYPE", "RECORD_LENGTH", "ODO_COUNT", "TEXT_UTF8", "COUNTER_VALUE"}
REMARKS = {fault.name for fault in Fault if fault.value >= REMARK}


def check(sample: Sample, block_sizes: Sequence[int]) -> DecodedFile:
    """Both engines and every block size give one answer, and the answer adds up.

    Of a packed file that is damaged the records ahead of the damage depend on the block: what
    the unpacker had begun with is lost. Such a file is refused as a whole.
    """
    plain = decode_whole(sample.data, sample.interface, file_id="f", engine="numpy")
    compiled = decode_whole(sample.data, sample.interface, file_id="f")
    same(plain, compiled, "engines")
    if "FILE_COMPRESSION" not in plain.findings["code"].to_pylist():
        for size in block_sizes:
            same(compiled, _decoded(sample, size, "compiled"), f"blocks of {size}")
            same(plain, _decoded(sample, size, "numpy"), f"blocks of {size}, by numpy")
    adds_up(plain)
    for record in sample.layout:
        nulls_have_reasons(plain, record, sample.interface)
    return plain


def _decoded(sample: Sample, size: int, engine: Engine) -> DecodedFile:
    return decode_whole(sample.data, sample.interface, file_id="f", block_bytes=size, engine=engine)


def same(one: DecodedFile, other: DecodedFile, what: str) -> None:
    """Tables, findings and counts are equal."""
    left, right = one.findings.to_pylist(), other.findings.to_pylist()
    assert left == right, f"{what}: {_first_difference(left, right)}"
    assert (one.records_read, one.bytes_read) == (other.records_read, other.bytes_read), what
    for name, table in one.tables.items():
        other.tables[name].validate(full=True)
        if not other.tables[name].equals(table):
            for column in table.schema.names:
                left, right = table[column].to_pylist(), other.tables[name][column].to_pylist()
                assert repr(left) == repr(right), f"{what}: {name} {column}"


def _first_difference(left: list[dict[str, object]], right: list[dict[str, object]]) -> str:
    for one, other in zip(left, right, strict=False):
        if one != other:
            return f"{one} / {other}"
    more = left[len(right) :] or right[len(left) :]
    return f"{len(left)} / {len(right)} findings, then {more[0]}"


def adds_up(whole: DecodedFile) -> None:
    """Every record is a row or has a finding, and none is both."""
    findings = whole.findings.to_pylist()
    refused = {
        found["record_number"]
        for found in findings
        if found["code"] in OF_RECORDS
        and (found["field"] is None or found["code"] != "TEXT_UTF8")
        and found["record_number"] > 0
    }
    rows = [n for table in whole.tables.values() for n in table["_record_number"].to_pylist()]
    assert len(set(rows)) == len(rows)
    assert not refused & set(rows)
    framing = {f["code"] for f in findings if f["field"] is None} - OF_RECORDS
    if not framing:
        assert len(rows) + len(refused) == whole.records_read
    assert len(rows) + len(refused) >= whole.records_read
    for table in whole.tables.values():
        table.validate(full=True)


def nulls_have_reasons(whole: DecodedFile, record: Record, interface: Interface) -> None:
    """A value with a finding is null. A number that is null has a finding, unless the
    declaration gives another reason."""
    table = whole.tables[record.name]
    found = {
        (f["record_number"], f["field"])
        for f in whole.findings.to_pylist()
        if f["field"] is not None and f["code"] not in REMARKS and f["record_type"] == record.name
    }
    names = Counter(f.name for f in record.walk())
    numbers = table["_record_number"].to_pylist()
    for item, may_be_absent in _plain(visible_fields(record.fields, interface), interface):
        if names[item.name] > 1:
            continue
        faulty = [(number, item.name) in found for number in numbers]
        null = [value is None for value in table[item.column].to_pylist()]
        assert not any(f and not n for f, n in zip(faulty, null, strict=True)), item.name
        rule = interface.fields.get(item.name)
        dialect = interface.dialect
        fills = (dialect.spaces, dialect.low_values, dialect.high_values)
        if item.kind != "text" and rule is None and not may_be_absent and Filled.NULL not in fills:
            assert faulty == null, item.name


def _plain(
    items: Sequence[Field], interface: Interface, *, absent: bool = False
) -> list[tuple[Field, bool]]:
    """Elementary fields outside tables, and whether a condition may make them absent."""
    found = []
    for item in items:
        below = absent or item.name in interface.redefines
        if item.occurs is not None or (item.is_filler and not item.is_group):
            continue
        if item.is_group:
            found += _plain(item.children, interface, absent=below)
        else:
            found.append((item, below))
    return found
