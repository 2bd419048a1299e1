"""OCCURS with all its phrases."""

from __future__ import annotations

from collections.abc import Container

from parsers.copybook.cursor import Cursor
from parsers.copybook.entry import OccursClause, Reference
from parsers.copybook.tokens import Token

_PHRASES = ("ASCENDING", "DESCENDING", "INDEXED", "DEPENDING")


def read_occurs(cursor: Cursor, token: Token, clause_words: Container[str]) -> OccursClause:
    """The clause after the word OCCURS, which is ``token``.

    KEY and INDEXED BY phrases change no byte; their names end at a word of ``clause_words``.
    """
    first = cursor.count(token)
    last: int | None = None
    if cursor.skip("TO"):
        if cursor.peek_word() == "UNBOUNDED":
            raise cursor.take(token, "a number").error(
                "no record has so many; write the greatest number of occurrences"
            )
        last = cursor.count(token)
    cursor.skip("TIMES")
    counter = _phrases(cursor, token, clause_words)
    if counter is None and last is not None:
        raise token.error("OCCURS … TO needs DEPENDING ON; name the counter")
    # IBM: without TO, a table with a counter has at least one occurrence.
    minimum = first if counter is None or last is not None else 1
    maximum = first if last is None else last
    if maximum < 1 or minimum > maximum:
        raise token.error("the number of occurrences is not possible; correct it")
    return OccursClause(minimum, maximum, counter, token)


def _phrases(cursor: Cursor, token: Token, clause_words: Container[str]) -> Reference | None:
    counter: Reference | None = None
    while (word := cursor.peek_word()) in _PHRASES:
        phrase = cursor.take(token, "a phrase")
        if word == "DEPENDING":
            cursor.skip("ON")
            if counter is not None:
                raise phrase.error("a second counter in one table; remove one")
            counter = cursor.reference(phrase, "the name of the counter")
        else:
            if word == "INDEXED":
                cursor.skip("BY")
            else:
                cursor.skip("KEY")
                cursor.skip("IS")
            _names(cursor, phrase, clause_words)
    return counter


def _names(cursor: Cursor, phrase: Token, clause_words: Container[str]) -> None:
    cursor.reference(phrase, "a name")
    while (word := cursor.peek_word()) and word not in _PHRASES and word not in clause_words:
        cursor.reference(phrase, "a name")
