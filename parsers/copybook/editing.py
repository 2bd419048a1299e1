"""Numeric-edited pictures: which are valid, and how many digits, decimals and signs they hold.

The rules are those of the PICTURE clause in the IBM Enterprise COBOL for z/OS Language
Reference: the symbols' order of precedence, insertion, floating insertion, zero suppression.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from parsers.copybook.tokens import Token

CURRENCY: Final = "$"  # the currency symbol in pictures, whatever character it is in data
LONGEST_EDITED: Final = 249  # characters of a numeric-edited item
_SIGNS = ("+", "-")
_ENDS = ("CR", "DB")

# Roles that a symbol can play. A symbol floats when it stands at least twice. "left" and "right"
# are those of the decimal point; P before the digits puts all of them to the right of it.
_BEFORE: Final[dict[str, frozenset[str]]] = {
    role: frozenset(earlier.split())
    for role, earlier in {
        # role: roles that may stand anywhere before it
        "insert": "insert comma point sign currency zero zero-right float float-right "
        "money money-right digit V P-left",
        "comma": "insert comma point sign currency zero zero-right float float-right "
        "money money-right digit V P-left",
        "point": "insert comma sign currency zero float money digit",
        "sign": "",
        "end": "insert comma point currency zero zero-right money money-right digit V "
        "P-left P-right",
        "currency": "sign",
        "zero": "insert comma sign currency zero",
        "zero-right": "insert comma point sign currency zero zero-right V P-left",
        "float": "insert comma currency float",
        "float-right": "insert comma point currency float float-right V",
        "money": "insert comma sign money",
        "money-right": "insert comma point sign money money-right V",
        "digit": "insert comma point sign currency zero float money digit V P-left",
        "V": "insert comma sign currency zero float money digit P-right",
        "P-left": "sign currency V",
        "P-right": "insert comma sign currency zero float money digit",
    }.items()
}
_ONCE = frozenset(("point", "V", "sign", "end", "currency"))
_HOLDING = ("zero", "float", "money", "digit")
_FLOATING = frozenset(("float", "float-right", "money", "money-right"))


class Run(NamedTuple):
    """A symbol and how often it stands there in a row."""

    symbol: str
    times: int


class EditedNumber(NamedTuple):
    """``symbols``: one a character, CR and DB two. ``digits`` that can be held: a floating
    string holds one less than it has symbols. ``scale``: decimal places, negative for P."""

    symbols: str
    digits: int
    scale: int
    signed: bool


def edited_number(token: Token, runs: list[Run], *, decimal_comma: bool) -> EditedNumber:
    """Read the runs of a picture that is neither text nor a plain number.

    Raises CopybookError at ``token`` when the symbols cannot stand so.
    """
    length = sum(run.times * len(run.symbol) for run in runs if run.symbol not in "VP")
    if length > LONGEST_EDITED:
        raise token.error(f"{length} characters; an edited picture has at most {LONGEST_EDITED}")
    _check_alternatives(token, runs)
    roles = _roles(runs, decimal_comma)
    _check_order(token, runs, roles)
    digits = sum(
        run.times for run, role in zip(runs, roles, strict=True) if role.startswith(_HOLDING)
    )
    if _FLOATING & set(roles):
        digits -= 1  # the leftmost floating symbol is never a digit
    if digits < 1:
        raise token.error("not a valid picture: it holds no digit; add 9, Z or *")
    return EditedNumber(
        "".join(run.symbol * run.times for run in runs if run.symbol not in "VP"),
        digits,
        _scale(runs, roles),
        any(run.symbol in (*_SIGNS, *_ENDS) for run in runs),
    )


def _check_alternatives(token: Token, runs: list[Run]) -> None:
    symbols = {run.symbol for run in runs}
    if "S" in symbols:
        raise token.error("not a valid picture: S is not for edited numbers; use + or -")
    if {"Z", "*"} <= symbols:
        raise token.error("not a valid picture: Z and * exclude each other; use one of them")
    if len(symbols & {*_SIGNS, *_ENDS}) > 1:
        raise token.error("not a valid picture: only one of + - CR DB is possible; remove one")


def _roles(runs: list[Run], decimal_comma: bool) -> list[str]:
    totals: dict[str, int] = {}
    for symbol, times in runs:
        totals[symbol] = totals.get(symbol, 0) + times
    point, comma = (",", ".") if decimal_comma else (".", ",")
    roles: list[str] = []
    right = ""
    for symbol, _ in runs:
        held = any(role.startswith(_HOLDING) for role in roles)
        if symbol == "P":
            roles.append("P-right" if held else "P-left")
        elif symbol in _SIGNS and totals[symbol] == 1:
            roles.append("end" if roles else "sign")
        elif symbol == CURRENCY and totals[symbol] == 1:
            roles.append("currency")
        elif symbol in "Z*" or symbol in (*_SIGNS, CURRENCY):
            roles.append({"$": "money", "+": "float", "-": "float"}.get(symbol, "zero") + right)
        else:
            named = {"9": "digit", "V": "V", point: "point", comma: "comma", "CR": "end"}
            roles.append("end" if symbol == "DB" else named.get(symbol, "insert"))
        if roles[-1] in ("point", "V", "P-left"):
            right = "-right"
    return roles


def _check_order(token: Token, runs: list[Run], roles: list[str]) -> None:
    for run, role in zip(runs, roles, strict=True):
        if role in _ONCE and run.times > 1:
            raise token.error(f"not a valid picture: {run.symbol} can stand once; remove one")
    for at, role in enumerate(roles):
        for before in range(at):
            if roles[before] not in _BEFORE[role]:
                raise token.error(
                    f"not a valid picture: {runs[at].symbol} cannot follow "
                    f"{runs[before].symbol} so; correct it"
                )
    for name in ("float", "money"):
        if f"{name}-right" in roles and name not in roles:
            raise token.error("not a valid picture: floating begins left of the point; correct it")


def _scale(runs: list[Run], roles: list[str]) -> int:
    """Decimal places: digits right of the point or of leading P, minus the count of trailing P."""
    places, right = 0, False
    for run, role in zip(runs, roles, strict=True):
        if role in ("point", "V"):
            right = True
        elif role == "P-right":
            return -run.times
        elif role == "P-left":
            places, right = places + run.times, True
        elif right and role.startswith(_HOLDING):
            places += run.times
    return places
