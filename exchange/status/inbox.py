"""What lies in the employers' inbox and cannot be received: nobody else would ever hear of it."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from exchange.inbound.landing import OPEN_FLAGS

_NOT_A_FILE = "is no regular file"
_REASONS = {
    errno.EACCES: "may not be read by the exchange",
    errno.EPERM: "may not be read by the exchange",
    errno.EIO: "cannot be read from the disk",
    errno.ELOOP: _NOT_A_FILE,
    errno.ENXIO: _NOT_A_FILE,
    errno.EISDIR: _NOT_A_FILE,
}
_REASONS_THAI = {
    "may not be read by the exchange": "ระบบไม่มีสิทธิ์อ่านแฟ้ม",
    "cannot be read from the disk": "อ่านจากดิสก์ไม่ได้",
    _NOT_A_FILE: "ไม่ใช่แฟ้มข้อมูลปกติ",
}
LOOKED_AT = 10_000
"""Most entries of which the contents are tried: many more are a drop that was not received yet."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """An entry of an inbox that no run can take; why, in English and Thai. ``may_be_allowed``
    says that its rights are at fault."""

    name: str
    why: str
    why_th: str
    may_be_allowed: bool


def stuck_in(folder: Path) -> list[Stuck]:
    """Entries of an inbox that stay whatever is run, by name; nothing is changed.

    Names with a leading dot are still being written.
    """
    found: list[Stuck] = []
    try:
        with os.scandir(folder) as entries:
            for place, entry in enumerate(entries):
                if entry.name.startswith("."):
                    continue
                why = _hindrance(entry, is_tried=place < LOOKED_AT)
                if why is not None:
                    allowed = why == _REASONS[errno.EACCES]
                    found.append(Stuck(entry.name, why, _REASONS_THAI.get(why, why), allowed))
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda one: one.name)


def _hindrance(entry: os.DirEntry[str], *, is_tried: bool) -> str | None:
    try:
        if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            return _NOT_A_FILE
        if is_tried:
            _try(entry.path)
    except FileNotFoundError:
        return None  # a run took it meanwhile
    except OSError as error:
        return _REASONS.get(error.errno or 0, os.strerror(error.errno or 0))
    return None


def _try(path: str) -> None:
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        os.read(descriptor, 1)
    finally:
        os.close(descriptor)
