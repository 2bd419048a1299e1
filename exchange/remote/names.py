"""File names that come from or go to another machine: which are safe to use as they are."""

from __future__ import annotations

import unicodedata

MAX_NAME_BYTES = 128


def name_fault(name: str) -> str | None:
    """Why a remote file name is not used, or None when it is harmless.

    Refused are path separators and drive colons, control, formatting and undecodable
    characters (categories C of Unicode), unusual blanks and line separators, a leading dot
    or dash, blanks at either end, and names over 128 bytes of UTF-8.
    """
    if not name:
        return "the name is empty"
    if len(name.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES:
        return f"the name is longer than {MAX_NAME_BYTES} bytes"
    if any(mark in name for mark in "/\\:"):
        return "the name holds a path separator"
    if name[0] in ".-":
        return "the name begins with a dot or a dash"
    categories = {unicodedata.category(letter) for letter in name if letter != " "}
    if any(category[0] in "CZ" for category in categories):
        return "the name holds a control, formatting or undecodable character"
    if name != name.strip():
        return "the name begins or ends with a blank"
    return None


def printable(text: str, *, cut: bool = True) -> str:
    """Untrusted text fit for a terminal, a log and a report: one line, unsafe characters escaped.

    With ``cut`` it is no longer than a name may be.
    """
    kept = text[:MAX_NAME_BYTES] if cut else text
    shown = "".join(
        letter if letter == " " or unicodedata.category(letter)[0] not in "CZ" else _escape(letter)
        for letter in kept
    )
    return shown if len(kept) == len(text) else shown + "…"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
