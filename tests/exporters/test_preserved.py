"""Original records that are not canonical, kept through decoding and encoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from declared import declare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.encode import encode_batch
from exporters.preserved import PRESERVED, PreservedError, keep_preserved, preserved_originals
from interfaces.model import Framing, Interface, Role
from parsers.copybook import load_layout
from parsers.decode import decode_whole

FIXED = """
01 R.
   05 KIND      PIC X.
   05 NAME      PIC X(3).
   05 FILLER    PIC X(2).
   05 PAID      PIC S9(3) COMP-3.
   05 ZONED     PIC S9(2).
   05 BASE      PIC X(3).
   05 VIEW REDEFINES BASE.
      10 CODE-1 PIC X.
      10 AMOUNT PIC 9(3) COMP-3.
   05 MARK      PIC X OCCURS 2.
"""
VARIABLE = """
01 R.
   05 COUNTER   PIC 9.
   05 FILLER    PIC X.
   05 ITEM OCCURS 0 TO 3 DEPENDING ON COUNTER.
      10 PAID   PIC S9 COMP-3.
"""


def interface(folder: Path, copybook: str, framing: Framing, **more: object) -> Interface:
    return declare(
        folder,
        copybook,
        framing=framing,
        encoding="cp838",
        records={"R": (Role.DETAIL, {})},
        **more,  # type: ignore[arg-type]
    )


def decoded(declared: Interface, records: list[bytes]) -> pa.RecordBatch:
    data = b"".join(records)
    if declared.file.framing is Framing.VB:
        data = b"".join((len(r) + 4).to_bytes(2) + b"\0\0" + r for r in records)
    table = decode_whole(data, declared).tables["R"].combine_chunks()
    assert table.num_rows == len(records)
    batch = table.to_batches()[0]
    record = load_layout(declared)[0]
    kept = preserved_originals(batch, pa.array(records, pa.binary()), record, declared)
    return pa.RecordBatch.from_arrays([*batch.columns, kept], [*batch.schema.names, PRESERVED])


def encoded(declared: Interface, batch: pa.RecordBatch) -> bytes:
    record = load_layout(declared)[0]
    block = encode_batch(batch, record, declared)
    assert block.findings.num_rows == 0
    return keep_preserved(block, batch, record, declared).data.tobytes()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.binary(min_size=15, max_size=15), min_size=1, max_size=5))
def test_any_bytes_come_back(tmp_path: Path, records: list[bytes]) -> None:
    records = [b"\xe5" + r[1:] if r[0] % 2 else r for r in records]  # V: the view holds
    declared = interface(tmp_path, FIXED, Framing.FB, redefines={"VIEW": {"KIND": ("V",)}})
    assert encoded(declared, decoded(declared, records)) == b"".join(records)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(
        st.integers(0, 3).flatmap(
            lambda n: st.binary(min_size=n + 1, max_size=n + 1).map(lambda b: bytes([0xF0 + n]) + b)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_variable_records_come_back(tmp_path: Path, records: list[bytes]) -> None:
    declared = interface(tmp_path, VARIABLE, Framing.VB)
    assert encoded(declared, decoded(declared, records)) == b"".join(records)


CANONICAL = bytes.fromhex("C1 C1C2C3 4040 123C F1C2 C1C2C3 C1C2".replace(" ", ""))
ODD = bytes.fromhex("C1 C1C2C3 FFFF 123F F1F2 C1C2C3 C1C2".replace(" ", ""))


def test_canonical_records_are_not_carried_along(tmp_path: Path) -> None:
    declared = interface(tmp_path, FIXED, Framing.FB)
    batch = decoded(declared, [CANONICAL, ODD])
    assert batch.column(PRESERVED).to_pylist() == [None, ODD]


def replaced(batch: pa.RecordBatch, name: str, values: list[object]) -> pa.RecordBatch:
    place = batch.schema.get_field_index(name)
    return batch.set_column(place, name, pa.array(values, batch.schema.field(name).type))


def test_a_changed_field_is_encoded_and_the_rest_kept(tmp_path: Path) -> None:
    declared = interface(tmp_path, FIXED, Framing.FB)
    batch = replaced(decoded(declared, [ODD]), "paid", [124])
    assert encoded(declared, batch).hex(" ") == (ODD[:6] + bytes.fromhex("124C") + ODD[8:]).hex(" ")


def test_a_null_put_right_is_written(tmp_path: Path) -> None:
    declared = interface(tmp_path, FIXED, Framing.FB)
    bad = ODD[:6] + b"\xaa\xaa" + ODD[8:]
    batch = decoded(declared, [bad])
    assert batch.column("paid").to_pylist() == [None]
    assert encoded(declared, batch) == bad
    assert encoded(declared, replaced(batch, "paid", [0]))[6:8].hex() == "000c"


def test_a_changed_occurrence_rewrites_its_table(tmp_path: Path) -> None:
    declared = interface(tmp_path, FIXED, Framing.FB)
    batch = replaced(decoded(declared, [ODD]), "mark", [["A", "C"]])
    assert encoded(declared, batch) == ODD[:-1] + b"\xc3"


def test_bytes_that_are_no_record_are_refused(tmp_path: Path) -> None:
    declared = interface(tmp_path, VARIABLE, Framing.VB)
    batch = decoded(declared, [bytes([0xF1, 0x00, 0x1C])])
    broken = replaced(batch, PRESERVED, [b"\xf9"])
    with pytest.raises(PreservedError, match="of 1 preserved records 0 can be read"):
        encoded(declared, broken)


def test_lengths_are_those_of_the_kept_records(tmp_path: Path) -> None:
    declared = interface(tmp_path, VARIABLE, Framing.VB)
    records = [bytes([0xF2, 0xFF, 0x1F, 0x2F]), bytes([0xF0, 0x40])]
    batch = decoded(declared, records)
    record = load_layout(declared)[0]
    block = keep_preserved(encode_batch(batch, record, declared), batch, record, declared)
    assert block.lengths is not None
    assert np.array_equal(block.lengths, [4, 2])
