"""prakan: files of a mainframe, its employers and its partners.

``prakan.open`` and ``prakan.create`` read and write a file from Python; everything else is the
``prakan`` command. Both are imported when they are first used, so that the command stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prakan.reading import RecordFile, open
    from prakan.writing import NewRecordFile, create

__all__ = ["NewRecordFile", "RecordFile", "create", "open"]


def __getattr__(name: str) -> Any:
    if name in ("RecordFile", "open"):
        from prakan import reading

        return getattr(reading, name)
    if name in ("NewRecordFile", "create"):
        from prakan import writing

        return getattr(writing, name)
    raise AttributeError(f"module 'prakan' has no attribute {name!r}")
