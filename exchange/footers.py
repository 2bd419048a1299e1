"""Parquet footers: row groups that were encoded apart, told as those of one file.

A row group says where in its file its pages begin. Written as a file of its own it is right for
that file; moved behind others, every such place moves with it. Nothing else of the footer is
touched. (Apache Parquet format, ``parquet.thrift``; encoded in the Thrift compact protocol,
``thrift-compact-protocol.md``.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

MAGIC = b"PAR1"
_LENGTH_BYTES = 4

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DOUBLE_BYTES = 8
_LONG_LIST = 15

# FileMetaData
_NUM_ROWS, _ROW_GROUPS = 3, 4
# RowGroup
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7
# ColumnChunk; ColumnMetaData
_CHUNK_PLACES = (2, 4, 6)  # of itself, of its offset index and of its column index
_META_DATA = 3
_PAGE_PLACES = (9, 10, 11, 14)  # of data, index and dictionary pages, of the bloom filter


@dataclass(slots=True)
class _Group:
    """A row group as it is written, and where in these bytes stand places of the file (from, to,
    value) and its number in the file (from, to)."""

    written: bytes = b""
    places: list[tuple[int, int, int]] = field(default_factory=list)
    ordinal: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A Parquet file taken apart: ``size`` bytes of ``body`` between its first magic word and
    its footer, and the footer, in which ``rows`` and ``groups`` stand between the other parts."""

    body: memoryview
    size: int
    rows: int
    before_rows: bytes
    before_groups: bytes
    groups: tuple[_Group, ...]
    after_groups: bytes

    def told(self) -> Encoded:
        """The same without its body."""
        return replace(self, body=memoryview(b""))


def take_apart(data: bytes | pa.Buffer) -> Encoded:
    """A whole Parquet file, taken apart; ValueError for anything else."""
    view = memoryview(data).cast("B")  # Arrow says its bytes are signed
    if view[: len(MAGIC)] != MAGIC or view[-len(MAGIC) :] != MAGIC:
        raise ValueError("these bytes are no Parquet file")
    end = len(view) - len(MAGIC) - _LENGTH_BYTES
    begin = end - int.from_bytes(view[end : end + _LENGTH_BYTES], "little")
    footer = bytes(view[begin:end])
    walk = _Walk(footer)
    cuts: list[int] = []
    rows = 0
    groups: tuple[_Group, ...] = ()
    for number, kind in walk.fields():
        start = walk.at
        if number == _NUM_ROWS:
            rows = walk.number()
            cuts += [start, walk.at]
        elif number == _ROW_GROUPS:
            _, size = walk.list_head()
            groups = tuple(_group(walk) for _ in range(size))
            cuts += [start, walk.at]
        else:
            walk.skip(kind)
    rows_from, rows_to, groups_from, groups_to = cuts
    body = view[len(MAGIC) : begin]
    return Encoded(
        body=body,
        size=len(body),
        rows=rows,
        before_rows=footer[:rows_from],
        before_groups=footer[rows_to:groups_from],
        groups=groups,
        after_groups=footer[groups_to:],
    )


def joined(parts: Sequence[Encoded]) -> bytes:
    """Footer, its length and magic word of the file in which the bodies follow each other;
    there is at least one, and all have the same columns."""
    groups: list[bytes] = []
    place = 0
    for part in parts:
        groups += [_moved(group, place, len(groups) + at) for at, group in enumerate(part.groups)]
        place += part.size
    written = b"".join(
        [
            parts[0].before_rows,
            _number(sum(part.rows for part in parts)),
            parts[0].before_groups,
            _list_head(_STRUCT, len(groups)),
            *groups,
            parts[0].after_groups,
        ]
    )
    return written + len(written).to_bytes(_LENGTH_BYTES, "little") + MAGIC


def _group(walk: _Walk) -> _Group:
    begin = walk.at
    group = _Group()
    for number, kind in walk.fields():
        if number == _COLUMNS:
            _, size = walk.list_head()
            for _ in range(size):
                _note_chunk(walk, group, begin)
        elif number == _GROUP_OFFSET:
            _note(walk, group, begin)
        elif number == _ORDINAL:
            start = walk.at - begin
            walk.number()
            group.ordinal = (start, walk.at - begin)
        else:
            walk.skip(kind)
    group.written = walk.data[begin : walk.at]
    return group


def _note_chunk(walk: _Walk, group: _Group, begin: int) -> None:
    for number, kind in walk.fields():
        if number in _CHUNK_PLACES:
            _note(walk, group, begin)
        elif number == _META_DATA:
            for inner, inner_kind in walk.fields():
                if inner in _PAGE_PLACES:
                    _note(walk, group, begin)
                else:
                    walk.skip(inner_kind)
        else:
            walk.skip(kind)


def _note(walk: _Walk, group: _Group, begin: int) -> None:
    """Note a place of the file; 0 is none, since a file begins with its magic word."""
    start = walk.at - begin
    place = walk.number()
    if place:
        group.places.append((start, walk.at - begin, place))


def _moved(group: _Group, distance: int, ordinal: int) -> bytes:
    changes = [(start, end, place + distance) for start, end, place in group.places]
    if group.ordinal is not None:
        changes.append((*group.ordinal, ordinal))
    pieces = []
    done = 0
    for start, end, value in sorted(changes):
        pieces += [group.written[done:start], _number(value)]
        done = end
    return b"".join([*pieces, group.written[done:]])


class _Walk:
    """Goes over values of the compact protocol; ``at`` is the place of the next byte."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of each field of a struct; the value is for the caller to go over."""
        number = 0
        while head := self._byte():
            step = head >> 4
            number = number + step if step else self.number()
            yield number, head & 0x0F

    def number(self) -> int:
        """A signed integer."""
        coded = self._varint()
        return coded >> 1 ^ -(coded & 1)

    def list_head(self) -> tuple[int, int]:
        """Type and number of the elements of a list, which follow."""
        head = self._byte()
        size = head >> 4
        return head & 0x0F, self._varint() if size == _LONG_LIST else size

    def skip(self, kind: int) -> None:
        """Go over a value. ValueError for a type that footers do not have."""
        if kind in (_I16, _I32, _I64):
            self._varint()
        elif kind == _BINARY:
            size = self._varint()
            self.at += size
        elif kind == _STRUCT:
            for _, inner in self.fields():
                self.skip(inner)
        elif kind in (_LIST, _SET):
            element, size = self.list_head()
            for _ in range(size):
                # in a list each truth value has a byte of its own
                self.skip(_BYTE if element in (_TRUE, _FALSE) else element)
        elif kind == _BYTE:
            self.at += 1
        elif kind == _DOUBLE:
            self.at += _DOUBLE_BYTES
        elif kind not in (_TRUE, _FALSE):
            raise ValueError(f"a Parquet footer has no values of Thrift type {kind}")

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        number = shift = 0
        while (byte := self._byte()) & 0x80:
            number |= (byte & 0x7F) << shift
            shift += 7
        return number | byte << shift


def _number(number: int) -> bytes:
    """A signed integer."""
    return _varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _list_head(element: int, size: int) -> bytes:
    if size < _LONG_LIST:
        return bytes([size << 4 | element])
    return bytes([_LONG_LIST << 4 | element]) + _varint(size)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
