"""The instructions of the encoder: one row of int64 a step, the same for every layout.

A step works on one *selection*: the places of a tile that an item stands in, each with the index
of its value in the column (source) and the address of its bytes (target). Selection 0 holds
the tile's records; further ones hold those records in which a condition is true, or the
elements of a list.
"""

from __future__ import annotations

from enum import IntEnum


class Op(IntEnum):
    """What a step does. LOAD and SCALE leave int64 values for the STORE behind them."""

    SELECT_TEXT = 0  # rows of PARENT whose text is one of the values at TABLE
    SELECT_FLAG = 1  # rows of PARENT whose byte at DATA is not zero
    SELECT_NULL = 2  # rows of PARENT without a value
    SELECT_LIST = 3  # elements of the lists of PARENT
    FILL = 4  # WIDTH bytes at TABLE to each place
    LOAD_INTEGER = 5  # ITEM bytes wide, signed
    LOAD_DECIMAL = 6  # decimal128
    LOAD_DATE = 7  # date32 → digits of the mask
    LOAD_PERIOD = 8  # yyyymm → digits of the mask
    SCALE = 9  # divide by LOW, exactly
    STORE_ZONED = 10
    STORE_PACKED = 11
    STORE_BINARY = 12
    STORE_TEXT = 13


class At(IntEnum):
    """Columns of a step."""

    OP = 0
    SELECTION = 1
    OFFSET = 2  # of the field, from the target of its place
    WIDTH = 3  # bytes of the field
    DATA = 4  # address of values, of text bytes, of flags
    VALIDITY = 5  # address of the bitmap, 0 without one
    BIT = 6  # place of value 0 in the bitmap
    ENDS = 7  # address of the offsets of texts and lists
    ITEM = 8  # bytes of one value, of one list offset
    LOW = 9  # least value
    HIGH = 10  # greatest value; of lists the most elements
    TABLE = 11  # address of a table
    PARENT = 12  # selection that a SELECT takes from
    SIGN = 13  # a SignPlace, or a nibble
    STEP = 14  # bytes from one element of a list to the next; digit zero; a byte order
    YEAR_UNIT = 15
    MONTH_UNIT = 16
    DAY_UNIT = 17
    YEAR_SHIFT = 18
    YEAR_LIMIT = 19


class SignPlace(IntEnum):
    """Where a zoned number has its sign."""

    NONE = 0
    LAST_DIGIT = 1
    FIRST_DIGIT = 2
    BEHIND = 3
    BEFORE = 4


UNSIGNED_NIBBLE, NO_NIBBLE = 0xF, -1
"""SIGN of a packed number that has none: its nibble; no nibble but a digit (COMP-6). 0: C or D."""
STEP_WIDTH = len(At)
