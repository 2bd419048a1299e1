"""Ways in which a file arrives spoilt, and the same file made again as its sender would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from interfaces.registry import Registry
from parsers.copybook import load_layout

Spoil = Callable[[bytes], bytes]

MASTER_LENGTH = 220
SEQUENCE = slice(17, 23)  # HDR-SEQUENCE of an extract, 0-based
TRAILER_COUNT = slice(1, 10)  # TRL-RECORD-COUNT of the registration master
EBCDIC_ZERO = 0xF0


def cut_short(data: bytes) -> bytes:
    """The transfer broke off inside the last record."""
    return data[:-9]


def too_long(data: bytes) -> bytes:
    """A tail that is no record: the length is no multiple of the record length."""
    return data + b"\x00" * 7


def emptied(_data: bytes) -> bytes:
    """Nothing arrived but the name."""
    return b""


def as_ascii(data: bytes) -> bytes:
    """Translated on the way, as a transfer in text mode does."""
    return data.decode("cp037").encode("latin-1")


def with_lying_trailer(data: bytes) -> bytes:
    """The registration master's trailer counts one record more than there are."""
    at = len(data) - MASTER_LENGTH + TRAILER_COUNT.stop - 1
    digit = (data[at] - EBCDIC_ZERO + 1) % 10 + EBCDIC_ZERO
    return data[:at] + bytes([digit]) + data[at + 1 :]


def with_letters_in_packed_fields(data: bytes, *, every: int = 1) -> bytes:
    """EFFECTIVE-DATE of every n-th detail of the registration master holds letters."""
    layout = load_layout(Registry().get("registration_master"))
    field = next(
        item
        for record in layout
        if record.name == "REG-MASTER-RECORD"
        for item in record.walk()
        if item.name == "EFFECTIVE-DATE"
    )
    spoilt = bytearray(data)
    for at in range(MASTER_LENGTH, len(data) - MASTER_LENGTH, MASTER_LENGTH * every):
        place = at + field.offset
        spoilt[place : place + field.length] = b"\xc1\xc2\xc3\xc4\xc5"
    return bytes(spoilt)


def made_again(path: Path, sequence: int) -> tuple[str, bytes]:
    """Name and bytes of an extract sent again under another sequence number."""
    data = bytearray(path.read_bytes())
    header = 4 if path.name.startswith("CTBHIST") else 0  # a record descriptor word
    digits = f"{sequence:06d}".encode("cp037")
    data[header + SEQUENCE.start : header + SEQUENCE.stop] = digits
    return f"{path.name[:-6]}{sequence:06d}", bytes(data)
