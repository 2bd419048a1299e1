"""Whole files over an SFTP session: many requests in flight, every answer checked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from exchange.remote.sftp_wire import (
    Answer,
    ConnectionLost,
    Request,
    SftpWire,
    Status,
    StatusError,
    expect,
    string,
    u32,
    u64,
)

IN_FLIGHT = 64  # what OpenSSH's own client uses
USUAL_BLOCK = 32 << 10  # every server takes it
LARGEST_BLOCK = 255 << 10  # a request of 256 KiB ends an OpenSSH session
PACKET_MARGIN = 1024


def block_size(wire: SftpWire) -> int:
    """Bytes per read or write: 32 KiB, or more where the server itself states that it may be."""
    if "limits@openssh.com" not in wire.extensions:
        return USUAL_BLOCK
    limits = wire.extended("limits@openssh.com", want=Answer.EXTENDED)
    packet, read, write = limits.u64(), limits.u64(), limits.u64()
    stated = [limit for limit in (packet - PACKET_MARGIN if packet else 0, read, write) if limit]
    if len(stated) < 3:  # zero means: no statement
        return USUAL_BLOCK
    return max(1, min(LARGEST_BLOCK, *stated))


def write_blocks(wire: SftpWire, handle: bytes, blocks: Iterable[bytes], start: int = 0) -> int:
    """Write consecutive blocks from offset ``start``; the end once *all* are acknowledged.

    At an offset and not with the append flag, which servers read in different ways.

    The first refusal raises StatusError; what was in flight then counts for nothing.
    """
    head = string(handle)
    in_flight: set[int] = set()
    offset = start
    for block in blocks:
        in_flight.add(wire.send(Request.WRITE, head, u64(offset), u32(len(block)), block))
        offset += len(block)
        if len(in_flight) >= IN_FLIGHT:
            _acknowledged(wire, in_flight)
    while in_flight:
        _acknowledged(wire, in_flight)
    return offset


def _acknowledged(wire: SftpWire, in_flight: set[int]) -> None:
    number, kind, reader = wire.receive()
    if number not in in_flight:
        raise ConnectionLost("the server answered a request that was not made")
    in_flight.remove(number)
    expect(Answer.STATUS, kind, reader)


def read_blocks(wire: SftpWire, handle: bytes, size: int, block: int) -> Iterator[memoryview]:
    """The first ``size`` bytes of an open file in order; fewer when it ends earlier."""
    head = string(handle)
    wanted: deque[tuple[int, int, int]] = deque()  # request number, offset, length
    arrived: dict[int, memoryview | None] = {}  # by request number; None: end of file
    next_offset = 0
    while True:
        while next_offset < size and len(wanted) < IN_FLIGHT:
            length = min(block, size - next_offset)
            number = wire.send(Request.READ, head, u64(next_offset), u32(length))
            wanted.append((number, next_offset, length))
            next_offset += length
        if not wanted:
            return
        number, offset, length = wanted.popleft()
        while number not in arrived:
            _take_data(wire, arrived)
        data = arrived.pop(number)
        if data is None:
            return
        if len(data) > length:
            raise ConnectionLost("the server sent more than was asked")
        yield data
        if len(data) < length:  # a short answer is no end: ask for the rest first
            rest = (offset + len(data), length - len(data))
            number = wire.send(Request.READ, head, u64(rest[0]), u32(rest[1]))
            wanted.appendleft((number, *rest))


def _take_data(wire: SftpWire, arrived: dict[int, memoryview | None]) -> None:
    number, kind, reader = wire.receive()
    try:
        data: memoryview | None = expect(Answer.DATA, kind, reader).long_string()
    except StatusError as error:
        if error.status != Status.EOF:
            raise
        data = None
    if data is not None and not data:
        raise ConnectionLost("the server answered a read with nothing")
    arrived[number] = data
