"""Records of the mainframe, read and written by hand: EBCDIC text, packed numbers, RECFM=V.

Letters, digits and signs have the same place in every EBCDIC page, so Python's page 037 reads
them in Thai page 838 too. Nothing here imports prakan's own packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from simulation.partner.drop import DAMAGED, LAYOUT, DropError

PAGE = "cp037"
BUDDHIST_ERA = 543


def variable(data: bytes) -> Iterator[bytes]:
    """Records of RECFM=V: each after its descriptor word, which counts itself."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 5 or data[at + 2 : at + 4] != b"\0\0" or at + length > len(data):
            raise DropError(f"no record descriptor at byte {at}", DAMAGED)
        yield data[at + 4 : at + length]
        at += length


def expect_header(record: bytes, name: str) -> None:
    """DropError unless the record is the header of a file of that name."""
    if text(record[:1]) != "H" or text(record[1:9]).strip() != name:
        raise DropError(f"the first record is no header of {name}", LAYOUT)


def text(data: bytes) -> str:
    """Text of letters, digits and signs."""
    return data.decode(PAGE)


def ebcdic(value: str) -> bytes:
    """The same the other way."""
    return value.encode(PAGE)


def binary(data: bytes) -> int:
    """A COMP number, signed."""
    return int.from_bytes(data, "big", signed=True)


def packed(data: bytes) -> int:
    """A COMP-3 number without its point: two digits a byte, the sign in the last half."""
    digits, sign = data.hex()[:-1], data.hex()[-1]
    if not digits.isdigit() or sign not in "cdf":
        raise DropError(f"{data.hex()} is no packed number", LAYOUT)
    return -int(digits) if sign == "d" else int(digits)


def to_packed(number: int) -> bytes:
    """PIC S9(09) COMP-3."""
    return bytes.fromhex(f"{number:09d}c")


def packed_period(data: bytes) -> int:
    """Month yyyymm of the Common Era, from a packed one of the Buddhist era."""
    return packed(data) - BUDDHIST_ERA * 100


def packed_day(data: bytes) -> date:
    """A packed day yyyymmdd of the Buddhist era."""
    year, rest = divmod(packed(data), 10_000)
    return date(year - BUDDHIST_ERA, *divmod(rest, 100))
