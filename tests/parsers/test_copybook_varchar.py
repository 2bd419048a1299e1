"""Level-49 pairs: one text of changing length."""

from __future__ import annotations

import pytest
from copybooks import extents, named, record

from interfaces.model import ByteOrder, Dialect
from parsers.layout import Condition, ConditionValue, Occurs

PAIR = "49 V-LEN PIC S9(4) {}. 49 V-TEXT PIC X(20)."
V = f"05 V. {PAIR}".format("COMP")


@pytest.mark.parametrize("usage", ["COMP", "USAGE COMP-5", "BINARY", "COMP-4", "COMP SYNC"])
def test_a_pair_is_one_text(usage: str) -> None:
    laid_out = record(f"05 A PIC XX. 05 V. {PAIR} 05 B PIC X.".format(usage))
    field = named(laid_out, "V")
    assert (field.usage, field.kind, field.column) == ("varchar", "text", "v")
    assert (field.level, field.picture, field.children) == (5, "X(20)", ())
    assert extents(laid_out) == {"A": (0, 2), "V": (2, 22), "B": (24, 1)}


def test_a_pair_may_repeat_and_have_conditions() -> None:
    [field] = record("05 V OCCURS 3. 49 L PIC S9(4) COMP. 49 T PIC X(2). 88 YES VALUE 'Y'.").fields
    assert field.occurs == Occurs(3, 3)
    assert field.conditions == (Condition("YES", (ConditionValue("Y"),)),)


def test_byte_order_of_the_length() -> None:
    little = Dialect(byte_order=ByteOrder.LITTLE)
    assert record(f"05 V. {PAIR}".format("COMP-5"), little).fields[0].little_endian


@pytest.mark.parametrize(
    "items",
    [
        "10 L PIC S9(4) COMP. 10 T PIC X(20).",
        "49 L PIC S9(9) COMP. 49 T PIC X(20).",
        "49 L PIC 9(4) COMP. 49 T PIC X(20).",
        "49 L PIC S9(4). 49 T PIC X(20).",
        "49 L PIC S9(4) COMP-3. 49 T PIC X(20).",
        "49 L PIC S9(4) COMP. 49 T PIC N(20).",
        "49 L PIC S9(4) COMP. 49 T PIC 9(5).",
        "49 L PIC S9(4) COMP. 49 T PIC X OCCURS 20.",
        "49 L PIC S9(4) COMP. 49 T PIC X(20). 49 U PIC X.",
        "49 L PIC S9(4) COMP. 49 T REDEFINES L PIC X(2).",
        "49 L PIC S9(4) COMP.",
    ],
)
def test_anything_else_is_a_group(items: str) -> None:
    [group] = record(f"05 V. {items}").fields
    assert group.is_group and group.children[0].name == "L"


def test_a_pair_whose_parts_are_referred_to_stays_a_group() -> None:
    counted = record(f"{V} 05 T PIC X OCCURS 0 TO 9 DEPENDING ON V-LEN.")
    assert named(counted, "T").occurs == Occurs(0, 9, "V-LEN", 0)
    viewed = record(f"{V} 66 T RENAMES V-TEXT.")
    assert (viewed.renames[0].offset, viewed.renames[0].length) == (2, 20)
