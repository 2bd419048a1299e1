"""Text replacement: what COPY … REPLACING and REPLACE do with text words.

Text words are compared one by one, without regard to case, blanks, commas and semicolons; the
first operand that matches is taken, and what it put in is not looked at again. LEADING and
TRAILING compare the begin or the end of one text word. Source: IBM Enterprise COBOL for z/OS
Language Reference, "COPY statement", "Comparison operation" and "Replacement".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from parsers.copybook.stream import Stream
from parsers.copybook.tokens import Token

MOST_COPIES: Final = 2_000
MOST_COMPARISONS: Final = 5_000_000
MOST_WORDS: Final = 500_000
_CONSUMED: Final = 1024  # read tokens are cut off the buffer in steps


class Budget:
    """What copying and replacing may cost for one copybook, so that no text can exhaust us."""

    def __init__(self) -> None:
        self._words = MOST_WORDS
        self._comparisons = MOST_COMPARISONS
        self._copies = MOST_COPIES

    def spend_copy(self, token: Token) -> None:
        """Count one COPY carried out; CopybookError at ``token`` when they are too many."""
        self._copies -= 1
        if self._copies < 0:
            raise token.error(f"more than {MOST_COPIES} COPY statements are carried out")

    def spend_words(self, count: int, token: Token) -> None:
        """Count words put in; CopybookError at ``token`` when they are too many."""
        self._words -= count
        if self._words < 0:
            raise token.error(f"copying and replacing make more than {MOST_WORDS} words")

    def spend_comparisons(self, count: int, token: Token) -> None:
        """Count words compared; CopybookError at ``token`` when they are too many."""
        self._comparisons -= count
        if self._comparisons < 0:
            raise token.error(f"replacing takes more than {MOST_COMPARISONS} comparisons")


@dataclass(frozen=True, slots=True)
class Replacement:
    """One ``operand BY operand``; with a ``part`` only that part of a single word is replaced."""

    order: int
    part: Literal["", "LEADING", "TRAILING"]
    old: tuple[Token, ...]
    new: tuple[Token, ...]


def read_replacements(stream: Stream, statement: Token) -> list[Replacement]:
    """The operands up to the statement's period, which is not taken."""
    found: list[Replacement] = []
    while (token := stream.peek()) is not None and token.kind != "period":
        part: Literal["", "LEADING", "TRAILING"] = ""
        if stream.skip("LEADING"):
            part = "LEADING"
        elif stream.skip("TRAILING"):
            part = "TRAILING"
        old = _old_operand(stream, statement)
        new = _new_operand(stream, statement)
        if part:
            _check_part(part, token, old, new)
        found.append(Replacement(len(found), part, old, new))
    if not found:
        raise statement.error("names nothing to replace; write ==old== BY ==new==")
    return found


def _check_part(part: str, token: Token, old: tuple[Token, ...], new: tuple[Token, ...]) -> None:
    for operand in (old, new):
        if len(operand) > 1 or any(word.kind != "word" for word in operand):
            raise token.error(f"{part} replaces a part of one word; write one word on either side")


def _old_operand(stream: Stream, statement: Token) -> tuple[Token, ...]:
    first = stream.take()
    if first is not None and first.kind == "delimiter":
        words = _pseudo_text(stream, first)
        if not words:
            raise first.error("empty pseudo-text cannot be replaced; write text between == and ==")
        if not stream.skip("BY"):
            raise first.error("BY is missing after this operand; write it")
        return words
    operand: list[Token] = []
    while first is not None and first.kind in ("word", "literal") and not first.is_word("BY"):
        operand.append(first)
        first = stream.take()
    if not operand or first is None or not first.is_word("BY"):
        raise (operand[0] if operand else first or statement).error(
            "an operand with BY is expected here; write ==old== BY ==new=="
        )
    return tuple(operand)


def _new_operand(stream: Stream, statement: Token) -> tuple[Token, ...]:
    first = stream.take()
    if first is None or first.kind == "period":
        raise (first or statement).error("the operand after BY is missing; write ==new==")
    if first.kind == "delimiter":
        return _pseudo_text(stream, first)
    operand = stream.word(first)
    while first.kind == "word" and (token := stream.peek()) and token.is_word("OF", "IN"):
        stream.take()
        qualifier = stream.take()
        if qualifier is None or qualifier.kind != "word":
            raise token.error("a name is missing after it; write one")
        operand += [token, *stream.word(qualifier)]
    return tuple(operand)


def _pseudo_text(stream: Stream, opening: Token) -> tuple[Token, ...]:
    words: list[Token] = []
    while (token := stream.take()) is not None:
        if token.kind == "delimiter":
            return tuple(words)
        words.append(token)
    raise opening.error("pseudo-text is not closed; add == behind it")


def replaced(
    tokens: Iterable[Token], replacements: Sequence[Replacement], budget: Budget
) -> Iterator[Token]:
    """The text words with every match replaced; new words stand where the old ones stood."""
    if not replacements:
        yield from tokens
        return
    matcher = _Matcher(replacements, budget)
    source = iter(tokens)
    buffer: list[Token] = []
    at = 0
    cut = False  # the words before were replaced by nothing, behind a blank
    while True:
        if at >= _CONSUMED:
            del buffer[:at]
            at = 0
        while len(buffer) - at < matcher.longest and (token := next(source, None)) is not None:
            buffer.append(token)
        if at == len(buffer):
            return
        first = buffer[at]
        found = matcher.match(buffer, at)
        if found is None:
            yield replace(first, glued=False) if cut and first.glued else first
            at, cut = at + 1, False
            continue
        length, words = found
        budget.spend_words(len(words), first)
        glued = first.glued and not cut
        for word in words:
            yield replace(word, place=first.place, glued=glued if word is words[0] else word.glued)
        at, cut = at + length, not words and not glued


class _Matcher:
    """Finds the first replacement for the words at a place."""

    def __init__(self, replacements: Sequence[Replacement], budget: Budget) -> None:
        self.longest = max(len(replacement.old) for replacement in replacements)
        self._budget = budget
        self._whole: dict[tuple[str, str], list[Replacement]] = defaultdict(list)
        self._parts = [replacement for replacement in replacements if replacement.part]
        for replacement in replacements:
            if not replacement.part:
                self._whole[replacement.old[0].kind, replacement.old[0].text].append(replacement)

    def match(self, words: list[Token], at: int) -> tuple[int, tuple[Token, ...]] | None:
        """How many words are replaced, and by which; None for nothing to replace."""
        first = words[at]
        whole = self._whole.get((first.kind, first.text), ())
        found = next((one for one in whole if self._is_at(one, words, at)), None)
        if first.kind == "word" and self._parts:
            self._budget.spend_comparisons(len(self._parts), first)
            for one in self._parts:
                if found is not None and found.order < one.order:
                    break
                if (rest := _rest(one, first)) is not None:
                    return 1, rest
        return None if found is None else (len(found.old), found.new)

    def _is_at(self, replacement: Replacement, words: list[Token], at: int) -> bool:
        old = replacement.old
        self._budget.spend_comparisons(len(old), words[at])
        return at + len(old) <= len(words) and all(
            word.kind == words[here].kind
            and word.text == words[here].text
            and word.prefix == words[here].prefix
            for here, word in enumerate(old, at)
        )


def _rest(replacement: Replacement, word: Token) -> tuple[Token, ...] | None:
    """The word with its part replaced; None when it has no such part."""
    old = replacement.old[0].text
    new = "".join(token.text for token in replacement.new)
    if replacement.part == "LEADING" and word.text.startswith(old):
        text = new + word.text[len(old) :]
    elif replacement.part == "TRAILING" and word.text.endswith(old):
        text = word.text.removesuffix(old) + new
    else:
        return None
    return (replace(word, text=text),) if text else ()
