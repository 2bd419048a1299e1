"""The tokens of one entry, read from left to right."""

from __future__ import annotations

import re

from interfaces.model import Dialect
from parsers.copybook.entry import Reference
from parsers.copybook.tokens import Token

# At least one letter. A name may end with a hyphen: COPY … REPLACING leaves such names.
_NAME = re.compile(r"(?=[0-9_-]*[A-Z])[A-Z0-9][A-Z0-9_-]*")
_COUNT = re.compile(r"[0-9]{1,9}")


class Cursor:
    """A place in the tokens of an entry; ``at`` is the index of the next token."""

    def __init__(self, tokens: tuple[Token, ...], dialect: Dialect) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.at = 0

    def peek(self) -> Token | None:
        """The next token, which stays the next one; None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def peek_word(self) -> str:
        """Text of the next token when it is a word, else empty."""
        token = self.peek()
        return token.text if token is not None and token.kind == "word" else ""

    def skip(self, *words: str) -> bool:
        """Pass the next token if it is one of these words; whether it was."""
        if self.peek_word() not in words:
            return False
        self.at += 1
        return True

    def take(self, after: Token, expected: str) -> Token:
        """The next token, which must be a word; CopybookError names what was expected."""
        token = self.peek()
        if token is None:
            raise after.error(f"{expected} is missing after it; write one")
        if token.kind != "word":
            raise token.error(f"{expected} is expected here")
        self.at += 1
        return token

    def count(self, after: Token) -> int:
        """A whole number without a sign."""
        token = self.take(after, "a number")
        if not _COUNT.fullmatch(token.text):
            raise token.error("a whole number is expected here")
        return int(token.text)

    def name(self, after: Token, expected: str) -> Token:
        """A data name."""
        token = self.take(after, expected)
        check_name(token)
        return token

    def reference(self, after: Token, expected: str) -> Reference:
        """A data name with its qualifiers (``OF`` and ``IN`` mean the same)."""
        token = self.name(after, expected)
        qualifiers: list[str] = []
        while self.skip("OF", "IN"):
            qualifiers.append(self.name(token, "the name of its group").text)
        return Reference(token, tuple(qualifiers))


def check_name(token: Token) -> None:
    """CopybookError unless the token can be a data name."""
    if token.kind == "word" and ":" in token.text:
        raise token.error("a placeholder for REPLACING; COPY this copybook with REPLACING")
    if token.kind != "word" or not _NAME.fullmatch(token.text):
        raise token.error("not a COBOL name; use letters, digits and hyphens")
