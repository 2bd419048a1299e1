"""Telling an archive by its first bytes, where a plain file is expected.

A plain file must never be taken for an archive. So more is asked than two bytes of magic: the
fields behind them must be possible too, and descriptors of records (RDW, BDW) never are.
"""

from __future__ import annotations

from typing import Final

LONGEST_BEGINNING: Final = 512
"""First bytes of a file that are looked at."""

_LONG_MAGIC: Final = {
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"MSCF\x00\x00\x00\x00": "cab",
    b"-----BEGIN PGP MESSAGE-----": "an OpenPGP message",
}
_BZIP2_BLOCK: Final = (b"1AY&SY", b"\x17rE8P\x90")  # the first block, or the end of an empty file
_TAR_MAGIC: Final = (b"ustar\x0000", b"ustar  \x00")  # POSIX, GNU
_TAR_PLACE: Final = slice(257, 265)
_GZIP_SYSTEMS: Final = frozenset([*range(14), 255])  # RFC 1952: OS
_ZIP_METHODS: Final = frozenset([0, 8, 9, 12, 14, 93, 95, 99])  # APPNOTE.TXT 4.4.5
_ZIP_LARGEST_VERSION: Final = 63


def archive_kind(beginning: bytes) -> str | None:
    """What kind of archive begins like this, None for anything else."""
    for magic, kind in _LONG_MAGIC.items():
        if beginning.startswith(magic):
            return kind
    if _is_gzip(beginning):
        return "gzip"
    if _is_zip(beginning):
        return "zip"
    if beginning[:4] == b"\x28\xb5\x2f\xfd" and len(beginning) > 4 and not beginning[4] & 0x08:
        return "zstd"  # RFC 8878: the reserved bit is 0
    if beginning[:3] == b"BZh" and beginning[4:10] in _BZIP2_BLOCK:
        return "bzip2"
    if beginning[_TAR_PLACE] in _TAR_MAGIC:
        return "tar"
    return None


def _is_gzip(beginning: bytes) -> bool:
    """Magic, method 8, no reserved flag, a possible strength and system (RFC 1952, 2.3)."""
    return (
        len(beginning) >= 10
        and beginning[:3] == b"\x1f\x8b\x08"
        and not beginning[3] & 0xE0
        and beginning[8] in (0, 2, 4)
        and beginning[9] in _GZIP_SYSTEMS
    )


def _is_zip(beginning: bytes) -> bool:
    """A local header of a known version and method, or the end of an empty archive."""
    if beginning[:8] == b"PK\x05\x06\x00\x00\x00\x00":
        return True
    return (
        len(beginning) >= 10
        and beginning[:4] == b"PK\x03\x04"
        and beginning[4] <= _ZIP_LARGEST_VERSION
        and int.from_bytes(beginning[8:10], "little") in _ZIP_METHODS
    )
