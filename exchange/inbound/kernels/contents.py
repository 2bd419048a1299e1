"""Which of many files are plain text without a doubt, and putting files one behind the other."""

from __future__ import annotations

from validation.kernels.compiling import Bytes, Ints, Kernel

LINE_FEED, CARRIAGE_RETURN = 0x0A, 0x0D
_CTRL_Z = 0x1A
_FIRST_OF_MARKS = (0xEF, 0xFE, 0xFF)  # byte order marks of UTF-8 and UTF-16
_ASCII_END, _TOP_BITS = 0x80, 0xC0
_UTF8_LEADS, _LEADS_OF_THREE, _LEADS_OF_FOUR = (0xC2, 0xF4), 0xE0, 0xF0
_TAR_AT, _TAR = 257, (0x75, 0x73, 0x74, 0x61, 0x72)  # ustar


def _plain_files(
    data: Bytes, offsets: Ints, sizes: Ints, beginning: Bytes, below: int, is_plain: Bytes
) -> None:
    """Fills ``is_plain`` with 1 for the files that begin with ``beginning``, have fewer than
    ``below`` bytes, and are plain text (:func:`parsers.text_files.is_plain_text`) of a single-byte
    page without a doubt, and no tar archive. 0 says nothing: such a file is to be looked at.

    ``offsets``: where each file begins in ``data``, negative for one that is not there.
    """
    for file in range(len(offsets)):
        is_plain[file] = 0
        start, size = offsets[file], sizes[file]
        if start < 0 or size < 2 or size < len(beginning) or size >= below:
            continue
        end = start + size
        sound = data[start] != 0 and data[start + 1] != 0
        for mark in _FIRST_OF_MARKS:
            sound &= data[start] != mark
        for place in range(len(beginning)):
            sound &= data[start + place] == beginning[place]
        last = end - 1
        while last >= start and (data[last] == LINE_FEED or data[last] == CARRIAGE_RETURN):
            last -= 1
        sound &= last >= start and data[last] != _CTRL_Z
        if size >= _TAR_AT + len(_TAR):
            is_tar = True
            for place in range(len(_TAR)):
                is_tar &= data[start + _TAR_AT + place] == _TAR[place]
            sound &= not is_tar
        if not sound:
            continue
        has_line = False
        beyond = False  # ASCII
        wanted = 0  # bytes that a letter of UTF-8 still needs
        may_be_utf8 = True
        place = start
        while place < end and (may_be_utf8 or not has_line):
            byte = data[place]
            place += 1
            has_line |= byte == LINE_FEED
            if wanted:
                may_be_utf8 &= byte & _TOP_BITS == _ASCII_END
                wanted -= 1
            elif byte >= _ASCII_END:
                beyond = True
                may_be_utf8 &= _UTF8_LEADS[0] <= byte <= _UTF8_LEADS[1]
                wanted = 1 + (byte >= _LEADS_OF_THREE) + (byte >= _LEADS_OF_FOUR)
        if has_line and not (beyond and may_be_utf8):
            is_plain[file] = 1


def _put_together(
    data: Bytes, offsets: Ints, sizes: Ints, stream: Bytes, begins: Ints, lines: Ints
) -> int:
    """Copies files of ``data`` into ``stream`` in the given order, each ended by a line end
    (:func:`exchange.inbound.packs.joined`). Fills where each begins there and how many line ends
    it has; returns the bytes of all, two more than its own at most for each."""
    filled = 0
    for file in range(len(offsets)):
        size = sizes[file]
        begins[file] = filled
        own = data[offsets[file] : offsets[file] + size]
        stream[filled : filled + size] = own
        filled += size
        count = 0
        for byte in own:
            count += byte == LINE_FEED
        if not size or own[size - 1] != LINE_FEED:
            if not size or own[size - 1] != CARRIAGE_RETURN:
                stream[filled] = CARRIAGE_RETURN
                filled += 1
            stream[filled] = LINE_FEED
            filled += 1
            count += 1
        lines[file] = count
    return filled


_PLACES = "int64[::1], int64[::1]"
plain_files = Kernel(
    _plain_files,
    f"void(Array(uint8, 1, 'C', True), {_PLACES}, Array(uint8, 1, 'C', True), int64, uint8[::1])",
)
put_together = Kernel(
    _put_together, f"int64(Array(uint8, 1, 'C', True), {_PLACES}, uint8[::1], {_PLACES})"
)
KERNELS = (plain_files, put_together)
