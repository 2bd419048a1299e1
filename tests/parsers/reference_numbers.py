"""COBOL numbers in plain Python, written apart from the product: what the codecs must agree with.

Encoders make bytes from an unscaled integer. Decoders return the integer, or None where the
bytes are no number of that picture.
"""

from __future__ import annotations

import struct

BINARY_FORMATS = {
    (2, True): ">h",
    (4, True): ">i",
    (8, True): ">q",
    (2, False): ">H",
    (4, False): ">I",
    (8, False): ">Q",
}


def binary_width(digits: int) -> int:
    return 2 if digits <= 4 else 4 if digits <= 9 else 8


def encode_zoned(value: int, digits: int, *, signed: bool = False, leading: bool = False) -> bytes:
    """EBCDIC zoned decimal, preferred signs C and D."""
    coded = bytearray(0xF0 + int(digit) for digit in str(abs(value)).zfill(digits))
    if signed:
        place = 0 if leading else -1
        coded[place] = coded[place] - 0xF0 + (0xD0 if value < 0 else 0xC0)
    return bytes(coded)


def encode_separate(value: int, digits: int, *, leading: bool) -> bytes:
    """EBCDIC zoned decimal with SIGN SEPARATE."""
    sign = b"\x60" if value < 0 else b"\x4e"
    body = encode_zoned(abs(value), digits)
    return sign + body if leading else body + sign


def encode_packed(value: int, digits: int, sign: str = "") -> bytes:
    nibbles = str(abs(value)).zfill(digits) + (sign or ("D" if value < 0 else "C"))
    return bytes.fromhex(nibbles if len(nibbles) % 2 == 0 else "0" + nibbles)


def encode_binary(value: int, digits: int, *, signed: bool = True) -> bytes:
    return struct.pack(BINARY_FORMATS[binary_width(digits), signed], value)


def decode_packed(data: bytes, digits: int, *, signed: bool) -> int | None:
    nibbles = data.hex().upper()
    body, sign = nibbles[:-1], nibbles[-1]
    if not body.isdigit() or sign not in ("ABCDEF" if signed else "CF"):
        return None
    if int(body) >= 10**digits:
        return None
    return -int(body) if sign in "BD" else int(body)


def decode_zoned(data: bytes, *, signed: bool) -> int | None:
    """EBCDIC, trailing overpunch."""
    *front, last = data
    if any(byte >> 4 != 0xF or byte & 15 > 9 for byte in front) or last & 15 > 9:
        return None
    zone = last >> 4
    if zone not in ((0xC, 0xD, 0xF) if signed else (0xF,)):
        return None
    magnitude = int("".join(str(byte & 15) for byte in data))
    return -magnitude if zone == 0xD else magnitude


def decode_binary(data: bytes, digits: int, *, signed: bool) -> int | None:
    (value,) = struct.unpack(BINARY_FORMATS[len(data), signed], data)
    return int(value) if abs(value) < 10**digits else None


def encode_comp_6(value: int, digits: int) -> bytes:
    nibbles = str(value).zfill(digits)
    return bytes.fromhex(nibbles if len(nibbles) % 2 == 0 else "0" + nibbles)


def decode_comp_6(data: bytes, digits: int) -> int | None:
    nibbles = data.hex()
    return int(nibbles) if nibbles.isdigit() and int(nibbles) < 10**digits else None
