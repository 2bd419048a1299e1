"""The postcondition finds what the reason bitmask would have let through."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from made_files import CATALOGUE, REGISTRY, form, history, person, references

from interfaces.model import Interface
from parsers.arrow_types import record_named, record_schema
from parsers.copybook import load_layout
from validation.places import Places
from validation.schema import Postcondition, PostconditionError


def postcondition(interface: Interface, record: str) -> Postcondition:
    layout = load_layout(interface)
    return Postcondition(
        interface,
        record,
        record_schema(record_named(layout, record), interface),
        Places(interface, layout),
        references(),
        CATALOGUE,
    )


def history_rows(**values: Any) -> pa.RecordBatch:
    file = history()
    file.rows[1] = (file.rows[1][0], {**file.rows[1][1], **values})
    return file.blocks(100)[0].batches["CTB-HISTORY-RECORD"]


def test_a_fresh_one_knows_nothing_of_rows_that_wait() -> None:
    check = postcondition(REGISTRY.get("contribution_history"), "CTB-HISTORY-RECORD")
    check.add(history_rows(section_code="77"))
    other = check.fresh()
    other.check(history_rows())
    with pytest.raises(PostconditionError):
        check.close()
    with pytest.raises(PostconditionError):
        other.check(history_rows(section_code="77"))


def test_rows_in_order_pass() -> None:
    check = postcondition(REGISTRY.get("contribution_history"), "CTB-HISTORY-RECORD")
    check.check(history_rows())
    check.check(history_rows().slice(0, 0))
    postcondition(REGISTRY.get("form_1_10"), "EMPLOYEE-RECORD").check(
        form().blocks(100)[0].batches["EMPLOYEE-RECORD"]
    )


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"national_id": person(1)[:-1]}, "national_id"),
        ({"national_id": None}, "national_id"),
        ({"section_code": "33"}, "section_code"),
        ({"month_paid": [{"paid_channel": "77"}]}, "month_paid"),
    ],
)
def test_a_row_that_should_not_have_been_accepted_raises(
    values: dict[str, Any], named: str
) -> None:
    check = postcondition(REGISTRY.get("contribution_history"), "CTB-HISTORY-RECORD")
    with pytest.raises(PostconditionError, match=named):
        check.check(history_rows(**values))


def test_other_types_than_declared_raise() -> None:
    check = postcondition(REGISTRY.get("contribution_history"), "CTB-HISTORY-RECORD")
    with pytest.raises(PostconditionError, match="not those declared"):
        check.check(history_rows().drop_columns(["history_from"]))
