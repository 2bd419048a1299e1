"""USAGE: the words for it, which pictures each usage admits, and how many bytes it takes."""

from __future__ import annotations

from enum import Enum
from typing import Final

from interfaces.model import BinarySize
from parsers.copybook.picture import Picture

MOST_BINARY_DIGITS: Final = 18
MOST_BINARY_BYTES: Final = 8


class Storage(Enum):
    """How a value is stored.

    NATIVE is COMP-5: BINARY whose value the picture does not bound. UNSIGNED_PACKED is COMP-6,
    digits without a sign nibble. EXACT is COMP-X: as few bytes as hold the digits, the most
    significant one first. ADDRESS is a pointer of four bytes, PROCEDURE one of eight.
    """

    DISPLAY = "display"
    PACKED = "packed"
    UNSIGNED_PACKED = "unsigned packed"
    BINARY = "binary"
    NATIVE = "native"
    EXACT = "exact"
    SHORT_FLOAT = "short float"
    LONG_FLOAT = "long float"
    NATIONAL = "national"
    DBCS = "dbcs"
    INDEX = "index"
    ADDRESS = "address"
    PROCEDURE = "procedure"


USAGES: Final = {
    "DISPLAY": Storage.DISPLAY,
    "COMP": Storage.BINARY,
    "COMPUTATIONAL": Storage.BINARY,
    "COMP-4": Storage.BINARY,
    "COMPUTATIONAL-4": Storage.BINARY,
    "BINARY": Storage.BINARY,
    "COMP-1": Storage.SHORT_FLOAT,
    "COMPUTATIONAL-1": Storage.SHORT_FLOAT,
    "COMP-2": Storage.LONG_FLOAT,
    "COMPUTATIONAL-2": Storage.LONG_FLOAT,
    "COMP-3": Storage.PACKED,
    "COMPUTATIONAL-3": Storage.PACKED,
    "PACKED-DECIMAL": Storage.PACKED,
    "COMP-5": Storage.NATIVE,
    "COMPUTATIONAL-5": Storage.NATIVE,
    "COMP-6": Storage.UNSIGNED_PACKED,
    "COMPUTATIONAL-6": Storage.UNSIGNED_PACKED,
    "COMP-X": Storage.EXACT,
    "COMPUTATIONAL-X": Storage.EXACT,
    "DISPLAY-1": Storage.DBCS,
    "NATIONAL": Storage.NATIONAL,
    "INDEX": Storage.INDEX,
    "POINTER": Storage.ADDRESS,
    "POINTER-32": Storage.ADDRESS,
    "FUNCTION-POINTER": Storage.ADDRESS,
    "OBJECT": Storage.ADDRESS,  # OBJECT REFERENCE
    "PROCEDURE-POINTER": Storage.PROCEDURE,
}

# fmt: off
OTHER_USAGES: Final = (  # of other compilers, or misspelt: named in errors
    "COMP-0", "COMP-7", "COMP-8", "COMP-9", "COMP-N", "COMP3", "BINARY-CHAR", "BINARY-SHORT",
    "BINARY-LONG", "BINARY-DOUBLE", "FLOAT-SHORT", "FLOAT-LONG", "BIT", "SQL",
)
# fmt: on

# Bytes of usages without a picture: IBM Enterprise COBOL for z/OS with 31-bit addresses
# (Language Reference, USAGE clause).
BYTES: Final = {
    Storage.SHORT_FLOAT: 4,
    Storage.LONG_FLOAT: 8,
    Storage.INDEX: 4,
    Storage.ADDRESS: 4,
    Storage.PROCEDURE: 8,
}
FLOATS: Final = frozenset((Storage.SHORT_FLOAT, Storage.LONG_FLOAT))
BINARIES: Final = frozenset((Storage.BINARY, Storage.NATIVE, Storage.EXACT))

_NUMBERS = BINARIES | {
    Storage.DISPLAY,
    Storage.PACKED,
    Storage.UNSIGNED_PACKED,
    Storage.NATIONAL,
}
_ADMITTED = {
    "text": (
        frozenset((Storage.DISPLAY, Storage.EXACT)),
        "a text picture cannot have this usage; use PIC 9, or PIC N for national text",
    ),
    "national": (
        frozenset((Storage.NATIONAL, Storage.DBCS)),
        "PIC N is NATIONAL or DISPLAY-1; remove the usage or use PIC X",
    ),
    "dbcs": (frozenset((Storage.DBCS,)), "PIC G is DISPLAY-1; remove the usage"),
    "number": (_NUMBERS, "a number cannot have this usage; use PIC G for double-byte text"),
    "edited": (
        frozenset((Storage.DISPLAY, Storage.NATIONAL)),
        "an edited picture is DISPLAY or NATIONAL; remove the usage",
    ),
}
_WITHOUT_USAGE = {"national": Storage.NATIONAL, "dbcs": Storage.DBCS}


def storage_of(usage: Storage | None, picture: Picture | None) -> Storage:
    """The usage that holds: the one given, else what the picture implies."""
    if usage is not None or picture is None:
        return usage or Storage.DISPLAY
    return _WITHOUT_USAGE.get(picture.kind, Storage.DISPLAY)


def contradiction(usage: Storage | None, picture: Picture | None) -> str | None:
    """What to do about a picture that its usage does not admit; None when they agree."""
    if picture is None or usage is None:
        return None
    if usage in BYTES:
        return "this usage has no PICTURE; remove one of the two"
    if usage is Storage.UNSIGNED_PACKED and picture.signed:
        return "COMP-6 has no sign; remove S or use COMP-3"
    if usage is Storage.EXACT and picture.signed:
        return "COMP-X has no sign; remove S or use COMP-5"
    if usage is Storage.EXACT and picture.kind == "text":
        bytes_only = set(picture.text) <= set("X()0123456789") and not picture.edited
        return None if bytes_only else "COMP-X is PIC X or PIC 9; correct the picture"
    admitted, advice = _ADMITTED[picture.kind]
    return None if usage in admitted else advice


def binary_length(digits: int, *, signed: bool, size: BinarySize) -> int:
    """Bytes of a COMP or COMP-5 item of ``digits`` digits, at most 18.

    The sizes are those of GnuCOBOL's ``binary-size`` settings; ``2-4-8`` is IBM's
    (Enterprise COBOL Language Reference, USAGE clause, COMPUTATIONAL).
    """
    if size is BinarySize.EXACT:
        return exact_length(digits, signed=signed)
    if size is BinarySize.BYTE and digits <= 2:
        return 1
    if digits <= 4:
        return 2
    return 4 if digits <= 9 else 8


def exact_length(digits: int, *, signed: bool) -> int:
    """The fewest bytes that hold every number of so many digits."""
    largest = int("9" * digits)
    return (largest.bit_length() + signed + 7) // 8
