"""Records as structs, as flat columns, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from declared import declare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interfaces.model import Framing, Interface, Role
from parsers.arrow_types import record_schema
from parsers.copybook import load_layout
from parsers.decode import decode_table
from parsers.layout import Record
from parsers.shape import TooWideError, flatten, flattened_schema, nest, nested_schema, restore

COPYBOOK = """
01 CLAIM.
   05 KIND             PIC X.
   05 HOME.
      10 CITY          PIC X(4).
      10 PLACE.
         15 ZONE       PIC 9(3).
   05 WORK.
      10 CITY          PIC X(4).
   05 CODES            PIC X(2) OCCURS 2.
   05 DATA-A           PIC X(4).
   05 DATA-B REDEFINES DATA-A.
      10 AMOUNT        PIC 9(3).
   05 HOW-MANY         PIC 9.
   05 VISITS OCCURS 0 TO 3 DEPENDING ON HOW-MANY.
      10 WARD          PIC X(2).
      10 BED.
         15 FLOOR      PIC 99.
      10 DRUGS         PIC 9(2) OCCURS 2.
"""


def claims(folder: Path) -> tuple[Interface, Record]:
    interface = declare(
        folder,
        COPYBOOK,
        framing=Framing.TEXT,
        encoding="ascii",
        records={"CLAIM": (Role.DETAIL, {})},
        redefines={"DATA-A": {"KIND": ("A",)}, "DATA-B": {"KIND": ("B",)}},
    )
    return interface, load_layout(interface)[0]


def decoded(interface: Interface, *lines: str) -> pa.RecordBatch:
    table = decode_table("".join(f"{line}\n" for line in lines).encode(), interface)
    return table.combine_chunks().to_batches()[0]


@pytest.fixture
def claim(tmp_path: Path) -> tuple[Interface, Record, pa.RecordBatch]:
    interface, record = claims(tmp_path)
    return (
        interface,
        record,
        decoded(
            interface,
            "ABKK 001CNX AABB12342W1010203W2020405",
            "BBKK 002CNX CCDD777 0",
        ),
    )


def test_groups_become_structs_and_tables_lists(
    claim: tuple[Interface, Record, pa.RecordBatch],
) -> None:
    interface, record, batch = claim
    first, second = nest(batch, record, interface).to_pylist()
    assert first["home"] == {"city": "BKK", "place": {"zone": 1}}
    assert first["work"] == {"city": "CNX"}
    assert first["codes"] == ["AA", "BB"]
    assert first["data_a"] == "1234"
    assert first["data_b"] is None
    assert second["data_b"] == {"amount": 777}
    assert (
        first["visits"]
        == [
            {"ward": "W1", "bed": {"floor": 1}, "drugs": [2, 3]},
            {"ward": "W2", "bed": {"floor": 2}, "drugs": [4, 5]},
        ][:2]
    )
    assert second["visits"] == []


def test_every_value_in_a_column_of_its_own(
    claim: tuple[Interface, Record, pa.RecordBatch],
) -> None:
    interface, record, batch = claim
    flat = flatten(batch, record, interface)
    first, second = flat.to_pylist()
    assert (first["home_city"], first["work_city"], first["zone"]) == ("BKK", "CNX", 1)
    assert (first["codes_1"], first["codes_2"]) == ("AA", "BB")
    assert (first["visits_1_floor"], first["visits_2_drugs_2"]) == (1, 5)
    assert first["visits_3_ward"] is None
    assert second["visits_1_ward"] is None
    assert flat.schema == flattened_schema(record, interface)
    assert not any(pa.types.is_nested(field.type) for field in flat.schema)


def test_original_names_are_kept_beside_the_columns(
    claim: tuple[Interface, Record, pa.RecordBatch],
) -> None:
    interface, record, batch = claim
    schema = nest(batch, record, interface).schema
    assert schema.field("how_many").metadata == {b"cobol.name": b"HOW-MANY"}
    assert schema.field("home").type.field("city").metadata == {b"cobol.name": b"CITY"}
    assert schema.equals(nested_schema(record, interface), check_metadata=False)


def test_a_projected_batch_keeps_its_shape(
    claim: tuple[Interface, Record, pa.RecordBatch],
) -> None:
    interface, record, batch = claim
    few = batch.select(["_record_number", "home_city", "visits"])
    assert nest(few, record, interface).schema.names == ["_record_number", "home", "visits"]
    assert flatten(few, record, interface).schema.names[:2] == ["_record_number", "home_city"]


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    interface = declare(
        tmp_path,
        "01 R.\n 05 A OCCURS 101.\n  10 B PIC X OCCURS 100.\n",
        framing=Framing.F,
        encoding="ascii",
        records={"R": (Role.DETAIL, {})},
    )
    with pytest.raises(TooWideError, match="more than 10,000 columns"):
        flattened_schema(load_layout(interface)[0], interface)


texts = st.text("AB1", min_size=1, max_size=2)
visits = st.fixed_dictionaries(
    {
        "ward": st.none() | texts,
        "floor": st.none() | st.integers(0, 99),
        "drugs": st.lists(st.none() | st.integers(0, 99), min_size=2, max_size=2),
    }
)
rows = st.fixed_dictionaries(
    {
        "_record_number": st.integers(1, 9),
        "_byte_offset": st.integers(0, 99),
        "kind": st.sampled_from("AB"),
        "home_city": st.none() | texts,
        "zone": st.none() | st.integers(0, 999),
        "work_city": st.none() | texts,
        "codes": st.lists(st.none() | texts, min_size=2, max_size=2),
        "data_a": st.none() | texts,
        "amount": st.none() | st.integers(0, 999),
        "visits": st.lists(visits, max_size=3),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(rows, min_size=1, max_size=6), start=st.integers(0, 2))
def test_both_shapes_lead_back(tmp_path: Path, made: list[dict[str, object]], start: int) -> None:
    interface, record = claims(tmp_path)
    for row in made:
        row["how_many"] = len(row["visits"])  # type: ignore[arg-type]
    schema = record_schema(record, interface)
    batch = pa.RecordBatch.from_pylist(made, schema=schema).slice(min(start, len(made) - 1))
    for shaped in (nest(batch, record, interface), flatten(batch, record, interface), batch):
        back = restore(shaped, record, interface).select(schema.names)
        assert back.to_pylist() == batch.to_pylist()


@pytest.mark.parametrize("shape", [lambda batch, *_: batch, nest, flatten])
def test_an_opened_column_named_like_another_item_is_not_taken_for_it(
    tmp_path: Path, shape: Callable[..., pa.RecordBatch]
) -> None:
    interface = declare(
        tmp_path,
        "01 R. 05 H. 10 CITY PIC X. 05 W. 10 CITY PIC X. 05 H-CITY PIC X.",
        framing=Framing.TEXT,
        encoding="ascii",
        records={"R": (Role.DETAIL, {})},
    )
    record = load_layout(interface)[0]
    batch = decoded(interface, "ABC")
    again = restore(shape(batch, record, interface), record, interface)
    values = again.to_pylist()[0]
    assert {name: values[name] for name in ("h_city", "w_city", "h_city_2")} == {
        "h_city": "A",
        "w_city": "B",
        "h_city_2": "C",
    }


def test_a_value_beyond_the_counter_or_a_gap_is_not_left_out(tmp_path: Path) -> None:
    interface = declare(
        tmp_path,
        "01 R. 05 N PIC 9. 05 T PIC X OCCURS 0 TO 3 DEPENDING ON N. 05 F PIC X OCCURS 3.",
        framing=Framing.TEXT,
        encoding="ascii",
        records={"R": (Role.DETAIL, {})},
    )
    flat = pa.RecordBatch.from_pylist([{"n": 1, "t_1": "a", "t_2": "b", "f_1": "x", "f_3": "z"}])
    values = restore(flat, load_layout(interface)[0], interface).to_pylist()[0]
    assert values == {"n": 1, "t": ["a", "b"], "f": ["x", None, "z"]}
