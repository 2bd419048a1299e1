"""The program of a level: one row of int64 for each field, the same for every kernel.

The driver (:mod:`parsers.kernels.driver`) reads a row's :class:`At` columns; what is an address
is that of memory which the plan keeps alive. A batch gets a copy of the rows with its own
places in the arena.
"""

from __future__ import annotations

from typing import Final

# Kinds of operation
TEXT_SELECT: Final = 0
"""Rows in which a text field holds one of some values become the rows of a slot."""
MASK_SELECT: Final = 1
"""Rows for which a byte of a mask is not 0 become the rows of a slot."""
ZONED: Final = 2
PACKED: Final = 3
BINARY: Final = 4
TEXT: Final = 5

# What becomes of the digits of a number
INT64: Final = 0
DECIMAL: Final = 1
WHOLE_DECIMAL: Final = 2
"""decimal128 of an unsigned 64-bit number."""
DATE: Final = 3
PERIOD: Final = 4

# Where the sign of a zoned number is
NO_SIGN: Final = 0
OVERPUNCH_LAST: Final = 1
OVERPUNCH_FIRST: Final = 2
SEPARATE: Final = 3

# Meaning of a number filled with one byte
FILL_FAULT: Final = 0
FILL_NULL: Final = 1
FILL_ZERO: Final = 2

# Status of a value within a tile; other than these: a Fault
GOOD: Final = 0
NULL: Final = 0x80
SUSPECT: Final = 0x7F

# Columns, in bytes from the row's beginning
KIND: Final = 0
SLOT: Final = 8
"""Which rows: 0 all of the level, others what a SELECT found."""
OFFSET: Final = 16
"""Of the field's first byte from the row's beginning."""
WIDTH: Final = 24
"""Bytes of the field."""
FIELD: Final = 32
"""Place of the field among those of its record, for findings."""
OUT: Final = 40
VALUES: Final = 48
"""Place in the arena: values, or offsets of text; of a SELECT: mask (address) or values."""
VALIDITY: Final = 56
TEXTS: Final = 64
"""Place in the arena of UTF-8 bytes."""
TABLE: Final = 72
"""Address: signs of a number (256 int32, or two words of bits), characters of text, patterns of
a SELECT."""
DIGIT_PLACE: Final = 80
"""Zoned: of the first digit, from the field's beginning."""
DIGITS: Final = 88
SIGN: Final = 96
SIGN_PLACE: Final = 104
ZONE: Final = 112
"""Zoned: the zone of a digit in all eight bytes."""
KEEP: Final = 120
"""Zoned: bits of a byte that count, in all eight bytes."""
ZERO_IS_SUSPECT: Final = 128
SPACE: Final = 136
FILLS: Final = 144
"""Meaning of spaces, LOW-VALUES and HIGH-VALUES, four bits each, the lowest first."""
FACTOR: Final = 152
"""What the digits are multiplied by (trailing P)."""
LIMIT: Final = 160
"""Binary: values from here on are faults; 0 for none."""
IS_SIGNED: Final = 168
IS_LITTLE: Final = 176
ZERO_IS_NULL: Final = 184
MONTHS: Final = 192
"""Address of the month table of a date or period."""
YEAR_UNIT: Final = 200
YEAR_MODULUS: Final = 208
MONTH_UNIT: Final = 216
DAY_UNIT: Final = 224
NINES_ARE_NULL: Final = 232
CALENDAR_LIMIT: Final = 240
"""One more than the greatest number that the mask can hold."""
TARGET: Final = 248
"""The slot that a SELECT fills."""
PATTERNS: Final = 256
"""How many values a SELECT compares with; TABLE has two words a value and a mask."""
THAI_CHECK: Final = 264
"""Text: bytes of this page may be Thai in UTF-8 instead."""
PAIRS: Final = 272
REPEATS: Final = 280
"""How often the field occurs in each row; 1 outside of tables."""
ITEM_BYTES: Final = 288
"""From one occurrence to the next."""
ROW_BYTES: Final = 296

TILE: Final = 256
"""Rows at a time: their bytes stay in the first-level cache while all fields are read."""
