"""Files of variable records in the form in which GnuCOBOL reads them."""

from __future__ import annotations


def gnucobol_descriptors(data: bytes) -> bytes:
    """The file with record descriptors as GnuCOBOL has them, whose length leaves itself out."""
    parts, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        parts += [(length - 4).to_bytes(2, "big"), data[at + 2 : at + length]]
        at += length
    return b"".join(parts)
