"""Elementary fields made without a copybook, for tests of the codecs alone."""

from __future__ import annotations

import re
from typing import Any

from parsers.codecs.packed import packed_length
from parsers.layout import Edit, Field


def made(kind: str, usage: str, length: int, **attributes: Any) -> Field:
    """A field named N of so many bytes."""
    name = attributes.pop("name", "N")
    return Field(name, name.lower(), 5, 0, length, "?", usage, kind, **attributes)  # type: ignore[arg-type]


def zoned(digits: int, **attributes: Any) -> Field:
    return made(
        "number",
        "display",
        digits + attributes.get("sign_separate", 0),
        digits=digits,
        **attributes,
    )


def packed(digits: int, **attributes: Any) -> Field:
    length = packed_length(digits, sign_nibble=attributes.get("sign_nibble", True))
    return made("number", "packed", length, digits=digits, **attributes)


def binary(length: int, digits: int, **attributes: Any) -> Field:
    return made("number", "binary", length, digits=digits, **attributes)


def floating(length: int, **attributes: Any) -> Field:
    return made("float", "float", length, **attributes)


def text(length: int, **attributes: Any) -> Field:
    return made("text", "display", length, **attributes)


def edited(picture: str, *, currency: str = "$", comma: bool = False, **attributes: Any) -> Field:
    """Field of an edited picture, taken apart apart from the product: ``V`` and repeat counts
    are understood, the currency symbol is ``$``."""
    written = re.sub(r"(.)\((\d+)\)", lambda found: found[1] * int(found[2]), picture)
    symbols = written.replace("V", "")
    floats = next((symbol for symbol in "$+-" if symbols.count(symbol) > 1), None)
    shows_digit = [symbol in "9Z*" or symbol == floats for symbol in written]
    point = "," if comma else "."
    place = next((written.index(p) for p in ("V", point) if p in written), len(written))
    return made(
        "number",
        "display",
        len(symbols),
        digits=sum(shows_digit) - (floats is not None),
        scale=sum(shows_digit[place:]),
        signed="+" in symbols or "-" in symbols or symbols.endswith(("CR", "DB")),
        edit=Edit(symbols, currency, comma),
        **attributes,
    )
