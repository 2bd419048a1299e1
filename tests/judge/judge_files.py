"""A file that both sides write and read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from judge_items import Item
from judge_rows import Assignment, assignments

Row = dict[str, object]


@dataclass(frozen=True, repr=False)
class JudgedFile:
    """A record, its copybook, the rows that COBOL writes and those that we write."""

    record: Item
    copybook: str
    written: tuple[Row, ...]
    read: tuple[Row, ...]
    is_ebcdic: bool

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.record.name.upper()}.DAT"

    @property
    def is_variable(self) -> bool:
        """Whether records have different lengths."""
        return any(item.occurs and item.occurs.counter for item in self.record.walk())

    @property
    def end(self) -> Item:
        """The last item of the first level, which ends a variable record."""
        return [item for item in self.record.children if item.level != 66][-1]


def displayed(file: JudgedFile) -> Iterator[Assignment]:
    """What the program displays of a file, line by line."""
    for row in file.read:
        yield from assignments([file.record], row)
