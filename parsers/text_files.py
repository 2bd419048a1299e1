"""Text files whose bytes as a whole are not what the interface declares.

Such a file gets one finding that names the cause, instead of one for each of its lines. Programs
for payrolls write all of these: UTF-8 with and without a byte order mark, UTF-16, the carriage
returns of old Macintoshes, records without any line end, and the Ctrl-Z with which DOS ended texts.

All functions are about single-byte code pages in which ASCII stands for itself.
"""

from __future__ import annotations

from typing import Final

UTF8_BOM: Final = b"\xef\xbb\xbf"
CTRL_Z: Final = b"\x1a"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_ENDS: Final = b"\r\n\x1a"
LONGEST_MARK: Final = 128  # a sector of CP/M


def wrong_encoding(beginning: bytes, *, is_whole: bool) -> str | None:
    """FILE_UTF16 or FILE_UTF8 for a text file in another encoding, else None.

    ``beginning`` are its first bytes, without a byte order mark of UTF-8; ``is_whole`` says that
    the file ends with them.
    """
    if beginning.startswith(_UTF16_MARKS) or b"\0" in beginning[:2]:
        return "FILE_UTF16"
    return "FILE_UTF8" if _is_utf8(beginning, is_whole=is_whole) else None


def wrong_lines(beginning: bytes, record_length: int) -> str | None:
    """FILE_LINE_ENDS where lines end in carriage returns alone, or records of ``record_length``
    bytes follow each other without line ends; else None."""
    if b"\n" in beginning:
        return None
    data = beginning.rstrip(_ENDS)
    several = len(data) >= 2 * record_length and len(data) % record_length == 0
    return "FILE_LINE_ENDS" if several or b"\r" in data else None


def end_mark_length(data: bytes) -> int:
    """Bytes from the Ctrl-Z that ends a text file to the end of ``data``, line ends behind it
    included; 0 where there is none among the last bytes."""
    tail = data[-LONGEST_MARK:]
    ends = tail[len(tail.rstrip(_ENDS)) :]
    place = ends.find(CTRL_Z)
    return len(ends) - place if place >= 0 else 0


def is_plain_text(data: bytes) -> bool:
    """Whether nothing about a text file as a whole changes how its lines are read.

    ``data`` is the whole file. Plain files may be read one behind the other as if they were one,
    once each of them ends with a line end.
    """
    return not (
        b"\n" not in data
        or data.startswith(UTF8_BOM)
        or end_mark_length(data)
        or wrong_encoding(data, is_whole=True)
    )


def _is_utf8(data: bytes, *, is_whole: bool) -> bool:
    """Whether there are characters beyond ASCII, and all of them in the form of UTF-8.

    Text in a Thai single-byte page is never so: E0 would have to stand before every two letters,
    and the second of them be none of the page's letters.
    """
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last letter may be cut where the look at the file ends.
        cut = not is_whole and error.reason == "unexpected end of data"
        return cut and not data[: error.start].isascii()
    return True
