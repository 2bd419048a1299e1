"""A stream of tokens with one token of foresight, as the readers of statements need it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.copybook.tokens import Token


class Stream:
    """Tokens in order; :meth:`peek` shows the next one without taking it."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens: Iterator[Token] = iter(tokens)
        self._next: Token | None = None

    def peek(self) -> Token | None:
        """The next token; None at the end."""
        if self._next is None:
            self._next = next(self._tokens, None)
        return self._next

    def take(self) -> Token | None:
        """The next token, which is gone then; None at the end."""
        token = self.peek()
        self._next = None
        return token

    def skip(self, *texts: str) -> bool:
        """Take the next token if it is one of these words."""
        token = self.peek()
        if token is None or not token.is_word(*texts):
            return False
        self._next = None
        return True

    def word(self, first: Token) -> list[Token]:
        """``first``, already taken, and the text words glued to it."""
        words = [first]
        while first.kind == "word" and (token := self.peek()) is not None:
            if token.kind != "word" or not token.glued:
                break
            words.append(token)
            self._next = None
        return words

    def end_statement(self, statement: Token) -> None:
        """Take the period of COPY or REPLACE; CopybookError when something else stands there."""
        token = self.take()
        if token is None:
            raise statement.error("the statement ends here without a period; add one")
        if token.kind != "period":
            raise token.error(f"not expected in {statement.text}; is a period missing before it?")
