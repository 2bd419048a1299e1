"""A PICTURE string → what is stored: text of so many characters, or digits with sign and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from interfaces.model import Dialect
from parsers.copybook.editing import CURRENCY, Run, edited_number
from parsers.copybook.tokens import Token
from parsers.layout import Edit

MOST_DIGITS: Final = 31  # with ARITH(EXTEND)
LONGEST_TEXT: Final = 999_999_999

PictureKind = Literal["text", "national", "dbcs", "number", "edited"]

_SYMBOL = re.compile(r"(?P<symbol>CR|DB|[^()])(?:\((?P<count>[0-9]{1,9})\))?")
_SYMBOLS = frozenset("XANG9SVPZ*+-/,.0B") | {"CR", "DB", CURRENCY}
# What CURRENCY SIGN may not be (IBM Enterprise COBOL Language Reference, SPECIAL-NAMES).
_NEVER_CURRENCY = frozenset("0123456789ABCDEGNPRSUVXZ +-*/.,;()'=\"")
_UNREAD = {
    "U": "UTF-8 pictures are not read; use PIC X with the bytes",
    "E": "floating-point pictures are not read; use PIC X",
}
_CHARACTERS: dict[PictureKind, tuple[frozenset[str], frozenset[str]]] = {
    # kind: symbols of which one must be there, symbols that may be
    "text": (frozenset("XA"), frozenset("XA9B0/")),
    "national": (frozenset("N"), frozenset("NB0/")),
    "dbcs": (frozenset("G"), frozenset("GB")),
}
# Runs, not repetitions: 9 digits, P scaling positions, V the point. IBM lets V stand beside
# leading or trailing P, where it is redundant.
_NUMBER = re.compile(r"(?P<sign>S?)(?:9(?:V9?)?|V9|V?(?P<leading>P)9|9(?P<trailing>P)V?)")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says.

    ``size`` is the number of characters, without those that a SIGN clause adds. ``digits`` are
    the digits that it can hold, ``scale`` the decimal places, negative for trailing P. ``edited``
    is text with B, 0 or /; ``edit`` belongs to kind ``edited``, the numeric-edited pictures.
    ``text`` is the picture itself.
    """

    text: str
    kind: PictureKind
    size: int
    digits: int = 0
    scale: int = 0
    signed: bool = False
    edited: bool = False
    edit: Edit | None = None

    @property
    def positions(self) -> int:
        """Digit positions, those of P included, which the compiler limits."""
        return self.digits - self.scale if self.scale < 0 else max(self.digits, self.scale)


def parse_picture(token: Token, dialect: Dialect) -> Picture:
    """Read a picture; CopybookError for one that is not valid.

    Source of the rules: IBM Enterprise COBOL for z/OS, Language Reference, PICTURE clause.
    """
    runs = _runs(token, dialect)
    symbols = {run.symbol for run in runs}
    picture = _characters(token, runs, symbols)
    if picture is not None:
        if picture.size > LONGEST_TEXT:
            raise token.error(f"longer than {LONGEST_TEXT} characters; shorten it")
        return picture
    picture = _number(token, runs) if symbols <= set("9SVP") else _edited(token, runs, dialect)
    if picture.positions > MOST_DIGITS:
        raise token.error(f"{picture.positions} digits; at most {MOST_DIGITS} are possible")
    return picture


def _runs(token: Token, dialect: Dialect) -> list[Run]:
    """Symbols with counts, neighbours of the same symbol joined: ``99V9(2)`` → 9·2 V·1 9·2."""
    runs: list[Run] = []
    currency = dialect.currency.upper()
    at = 0
    while at < len(token.text):
        found = _SYMBOL.match(token.text, at)
        if found is None:
            raise token.error("not a valid picture: a count stands as in X(3); correct it")
        symbol, count = found["symbol"], int(found["count"] or 1)
        if symbol == currency and symbol not in _NEVER_CURRENCY:
            symbol = CURRENCY
        if symbol in _UNREAD:
            raise token.error(_UNREAD[symbol])
        if symbol not in _SYMBOLS:
            raise token.error(f"not a valid picture: {symbol} is no symbol of pictures; correct it")
        if count == 0:
            raise token.error(f"not a valid picture: {symbol} stands 0 times; correct the count")
        if runs and runs[-1].symbol == symbol:
            count += runs.pop().times
        runs.append(Run(symbol, count))
        at = found.end()
    return runs


def _characters(token: Token, runs: list[Run], symbols: set[str]) -> Picture | None:
    for kind, (needed, admitted) in _CHARACTERS.items():
        if symbols & needed:
            if not symbols <= admitted:
                raise token.error(
                    f"not a valid picture: {min(symbols & needed)} and "
                    f"{min(symbols - admitted)} exclude each other; correct it"
                )
            size = sum(run.times for run in runs)
            return Picture(token.text, kind, size, edited=bool(symbols & set("B0/")))
    return None


def _number(token: Token, runs: list[Run]) -> Picture:
    number = _NUMBER.fullmatch("".join(run.symbol for run in runs))
    if number is None or any(run.symbol in "SV" and run.times > 1 for run in runs):
        raise token.error("not a valid picture of 9 S V P; correct it")
    digits = sum(run.times for run in runs if run.symbol == "9")
    scaling = sum(run.times for run in runs if run.symbol == "P")
    if number["leading"]:
        scale = scaling + digits
    elif number["trailing"]:
        scale = -scaling
    elif runs[-1].symbol == "9" and Run("V", 1) in runs:
        scale = runs[-1].times
    else:
        scale = 0
    return Picture(token.text, "number", digits, digits, scale, bool(number["sign"]))


def _edited(token: Token, runs: list[Run], dialect: Dialect) -> Picture:
    number = edited_number(token, runs, decimal_comma=dialect.decimal_comma)
    edit = Edit(number.symbols, dialect.currency, dialect.decimal_comma)
    size = len(number.symbols)
    return Picture(
        token.text, "edited", size, number.digits, number.scale, number.signed, edit=edit
    )
