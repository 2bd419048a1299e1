"""A PICTURE string → what is stored: text of so many characters, or digits with sign and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from parsers.copybook.tokens import Token

MOST_DIGITS = 31  # with ARITH(EXTEND)
LONGEST_TEXT = 999_999_999

_SYMBOL = re.compile(r"(?P<symbol>[A-Z0-9+*/$.,-])(?:\((?P<count>[0-9]{1,9})\))?")
_EDITING = frozenset("Z*+-/$.,0B") | frozenset(("CR", "DB"))
_UNREAD = {
    "N": "national text is not read; use PIC X with the bytes",
    "G": "double-byte text is not read; use PIC X with the bytes",
    "U": "UTF-8 pictures are not read; use PIC X with the bytes",
    "E": "floating-point pictures are not read; use PIC X",
}
_TEXT = re.compile(r"[XA9]*[XA][XA9]*")
# Runs, not repetitions: 9 digits, P scaling positions, V the point. IBM lets V stand beside
# leading or trailing P, where it is redundant.
_NUMBER = re.compile(r"(?P<sign>S?)(?:9(?:V9?)?|V9|V?(?P<leading>P)9|9(?P<trailing>P)V?)")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says. ``size`` is the number of characters (text) or of digits stored;
    ``scale`` the decimal places, negative for trailing P. ``text`` is the picture itself."""

    text: str
    kind: Literal["text", "number"]
    size: int
    scale: int = 0
    signed: bool = False

    @property
    def positions(self) -> int:
        """Digit positions, those of P included, which the compiler limits."""
        return self.size - self.scale if self.scale < 0 else max(self.size, self.scale)


def parse_picture(token: Token) -> Picture:
    """Read X A 9 S V P with repeat counts; CopybookError for every other picture."""
    runs = _runs(token)
    shape = "".join(symbol for symbol, _ in runs)
    if _TEXT.fullmatch(shape):
        size = sum(count for _, count in runs)
        if size > LONGEST_TEXT:
            raise token.error(f"longer than {LONGEST_TEXT} bytes; shorten it")
        return Picture(token.text, "text", size)
    number = _NUMBER.fullmatch(shape)
    if number is None or any(symbol in "SV" and count > 1 for symbol, count in runs):
        raise token.error("not a valid picture of X A 9 S V P; correct it")
    picture = _number(token, runs, number)
    if picture.positions > MOST_DIGITS:
        raise token.error(f"{picture.positions} digits; at most {MOST_DIGITS} are possible")
    return picture


def _runs(token: Token) -> list[tuple[str, int]]:
    """Symbols with counts, neighbours of the same symbol joined: ``99V9(2)`` → 9·2 V·1 9·2."""
    runs: list[tuple[str, int]] = []
    at = 0
    while at < len(token.text):
        found = _SYMBOL.match(token.text, at)
        if found is None:
            raise token.error("not a valid picture; correct it")
        symbol, count = found["symbol"], int(found["count"] or 1)
        if symbol in _UNREAD:
            raise token.error(_UNREAD[symbol])
        if symbol in _EDITING or token.text[at : at + 2] in _EDITING:
            raise token.error("edited pictures are not read; use PIC X of the same length")
        if symbol not in "XA9SVP" or count == 0:
            raise token.error("not a valid picture of X A 9 S V P; correct it")
        if runs and runs[-1][0] == symbol:
            count += runs.pop()[1]
        runs.append((symbol, count))
        at = found.end()
    return runs


def _number(token: Token, runs: list[tuple[str, int]], number: re.Match[str]) -> Picture:
    digits = sum(count for symbol, count in runs if symbol == "9")
    scaling = sum(count for symbol, count in runs if symbol == "P")
    last, last_count = runs[-1]
    if number["leading"]:
        scale = scaling + digits
    elif number["trailing"]:
        scale = -scaling
    elif last == "9" and ("V", 1) in runs:
        scale = last_count
    else:
        scale = 0
    return Picture(token.text, "number", digits, scale, bool(number["sign"]))
