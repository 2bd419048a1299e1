"""``+ - * /``, parentheses, field names and whole numbers → postfix instructions.

A hyphen between letters belongs to a name, as in COBOL: a minus has spaces around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from interfaces.toml_table import DeclarationError
from parsers.framing.lengths.program import (
    ADD,
    DIVIDE,
    FACTOR_LIMIT,
    FINISH,
    LOAD,
    MULTIPLY,
    NEGATE,
    PUSH,
    SUBTRACT,
    ProgramBuilder,
    check_depth,
)

_TOKEN = re.compile(r"\s*(?:([A-Za-z0-9]+(?:[-_]+[A-Za-z0-9]+)*)|([-+*/()]))")
_SUMS = {"+": ADD, "-": SUBTRACT}
_PRODUCTS = {"*": MULTIPLY, "/": DIVIDE}
_END = ""


def compile_expression(
    text: str, builder: ProgramBuilder, field_number: Callable[[str], int]
) -> None:
    """Append the instructions that work out ``text`` and make it the length.

    ``field_number`` gives the place of a named field in the builder's table. ``/`` cuts decimals
    off. DeclarationError naming the place for anything else than an expression.
    """
    parser = _Parser(text, builder, field_number)
    parser.sum(1)
    parser.expect(_END)
    builder.emit(FINISH)


class _Parser:
    """Recursive descent, one method for each level of precedence."""

    def __init__(
        self, text: str, builder: ProgramBuilder, field_number: Callable[[str], int]
    ) -> None:
        self._text = text
        self._builder = builder
        self._field_number = field_number
        self._tokens = _tokens(text)
        self._take()

    def sum(self, depth: int) -> None:
        self._chain(self._product, _SUMS, depth)

    def _product(self, depth: int) -> None:
        self._chain(self._factor, _PRODUCTS, depth)

    def _chain(self, part: Callable[[int], None], signs: dict[str, int], depth: int) -> None:
        part(depth)
        while self._token in signs:
            operation = signs[self._token]
            self._take()
            part(depth + 1)
            self._builder.emit(operation)

    def _factor(self, depth: int) -> None:
        check_depth(depth, f"expression {self._text!r}")
        token = self._token
        if token == "-":  # noqa: S105 - a sign
            self._take()
            self._factor(depth + 1)
            self._builder.emit(NEGATE)
        elif token == "(":  # noqa: S105
            self._take()
            self.sum(depth + 1)
            self.expect(")")
        elif token.isdigit():
            self._push(int(token))
        elif token[:1].isalnum():
            self._builder.emit(LOAD, self._field_number(token))
            self._take()
        else:
            raise self._error("a field name, a whole number or ( expected")

    def _push(self, number: int) -> None:
        if number > FACTOR_LIMIT:
            raise self._error(f"no number above {FACTOR_LIMIT} in a length")
        self._builder.emit(PUSH, number)
        self._take()

    def expect(self, token: str) -> None:
        if self._token != token:
            raise self._error(f"{token or 'the end'} expected")
        self._take()

    def _take(self) -> None:
        self._token, self._place = next(self._tokens, (_END, len(self._text)))

    def _error(self, what: str) -> DeclarationError:
        found = repr(self._token) if self._token else "the end"
        return DeclarationError(
            f"expression {self._text!r}, character {self._place + 1}: {what}, {found} found"
        )


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Words and signs with where they begin."""
    place = 0
    text = text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise DeclarationError(
                f"expression {text!r}, character {place + 1}: only + - * / ( ), field names and "
                f"whole numbers can stand there"
            )
        yield found[found.lastindex or 0], found.start(found.lastindex or 0)
        place = found.end()
