"""Texts and bytes made worse: each mutation is what an editor, a transfer or an enemy might do."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

WORDS = (
    *("01", "05", "49", "66", "77", "88", "00", "99", "PIC", "X(3)", "REDEFINES", "OCCURS", "TO"),
    *("DEPENDING ON", "RENAMES", "THRU", "COPY", "REPLACE ==A== BY ==B==.", "REPLACING", "==", "."),
    *(
        "VALUE",
        "'",
        '"',
        "COMP-3",
        "USAGE",
        "SIGN LEADING SEPARATE",
        "SYNC",
        "EXEC SQL",
        "*>",
        ">>D",
    ),
    *("FD F.", "FILE SECTION.", "PROCEDURE DIVISION.", "UNBOUNDED", "INDEXED BY", "ALL", "X'F'"),
    *("SPECIAL-NAMES. DECIMAL-POINT IS COMMA.", "CURRENCY SIGN IS '!'.", "S9(31)V9(31)", "P(30)"),
)
NUMBERS = ("0", "1", "-1", "31", "32", "255", "65536", "999999999", "1" * 10, "9" * 40, "9" * 5000)
LETTERS = (
    "\x00",
    "\t",
    "\r",
    "\x1a",
    "ก",
    "é",
    "\u2028",
    "\u202e",
    "٣",
    "²",
    "\U0001f600",
    "\xa0",
    "İ",
)

_TOKEN = re.compile(r"\s+|[^\s.()]+|.")


def _swap(tokens: list[str], dice: Random) -> None:
    one, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
    tokens[one], tokens[other] = tokens[other], tokens[one]


def _delete(tokens: list[str], dice: Random) -> None:
    start = dice.randrange(len(tokens))
    del tokens[start : start + dice.choice((1, 1, 2, 9))]


def _repeat(tokens: list[str], dice: Random) -> None:
    start = dice.randrange(len(tokens))
    run = tokens[start : start + dice.choice((1, 3, 8))]
    tokens[start:start] = run * dice.choice((1, 2, 50))


def _insert(tokens: list[str], dice: Random) -> None:
    tokens.insert(dice.randrange(len(tokens) + 1), f" {dice.choice(WORDS)} ")


def _number(tokens: list[str], dice: Random) -> None:
    places = [place for place, token in enumerate(tokens) if token.strip().isdigit()]
    if places:
        tokens[dice.choice(places)] = dice.choice(NUMBERS)


def _letter(tokens: list[str], dice: Random) -> None:
    place = dice.randrange(len(tokens))
    at = dice.randrange(len(tokens[place]) + 1)
    tokens[place] = tokens[place][:at] + dice.choice(LETTERS) + tokens[place][at:]


def _flip(tokens: list[str], dice: Random) -> None:
    text = "".join(tokens)
    at = dice.randrange(len(text))
    tokens[:] = [text[:at], chr(ord(text[at]) ^ 1 << dice.randrange(7)), text[at + 1 :]]


def _cut(tokens: list[str], dice: Random) -> None:
    del tokens[dice.randrange(len(tokens)) :]


def _fixed(tokens: list[str], dice: Random) -> None:
    """In the columns of fixed format, or just past them."""
    indent = " " * dice.choice((6, 7, 8, 60, 71))
    lines = "".join(tokens).splitlines(keepends=True)
    tokens[:] = [indent + line for line in lines]


def _one_line(tokens: list[str], dice: Random) -> None:
    tokens[:] = ["".join(tokens).replace("\n", dice.choice((" ", "", "\r", "\r\n", "\x85")))]


_TEXT_MUTATIONS: tuple[Callable[[list[str], Random], None], ...] = (
    *(_swap, _delete, _repeat, _insert, _insert, _number, _number, _letter, _flip, _cut, _fixed),
    _one_line,
)


def mutated_text(text: str, dice: Random) -> str:
    """The text after one to four mutations."""
    for _ in range(dice.randint(1, 4)):
        tokens = _TOKEN.findall(text)
        if not tokens:
            return text
        dice.choice(_TEXT_MUTATIONS)(tokens, dice)
        text = "".join(tokens)
    return text


def mutated_bytes(data: bytes, dice: Random) -> bytes:
    """The bytes after none to three mutations: flipped, filled, cut out, put in, cut off."""
    altered = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        at = dice.randrange(len(altered) + 1)
        size = dice.choice((1, 1, 2, 4, 9))
        match dice.randrange(6):
            case 0 if at < len(altered):
                altered[at] ^= 1 << dice.randrange(8)
            case 1:
                filling = dice.choice((0x00, 0x40, 0x20, 0xFF, 0xF0, 0x0E, 0x0F, 0x0A))
                altered[at : at + size] = bytes([filling]) * len(altered[at : at + size])
            case 2:
                del altered[at : at + size]
            case 3:
                altered[at:at] = dice.randbytes(size)
            case 4:
                del altered[at:]
            case _:
                altered[at : at + size] = dice.randbytes(len(altered[at : at + size]))
    return bytes(altered)
