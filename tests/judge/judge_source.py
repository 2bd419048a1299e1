"""Items → a copybook in fixed format, as different hands would have typed it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from judge_items import Item

MARGIN = " " * 7
WIDTH = 65  # columns 8 to 72


class SourceWriter:
    """Writes entries with clauses in any order, in any case, on one line or many.

    Lines carry sequence numbers and identifications, comments stand between them, and words are
    continued in column 7 of the next line.
    """

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._conditions = 0

    def copybook(self, record: Item) -> str:
        """The lines of one 01 level."""
        return "\n".join(self._dressed(self._lines(record)))

    def _lines(self, item: Item) -> Iterator[str]:
        yield from self._entry(item)
        if self._rng.random() < 0.1 and item.content is not None and item.level != 49:
            yield from self._condition(item)
        for child in item.children:
            yield from self._lines(child)

    def _entry(self, item: Item) -> Iterator[str]:
        clauses = [self._cased(clause) for clause in item.clauses]
        if item.occurs:
            clauses.append(self._cased(self._occurs(item)))
        self._rng.shuffle(clauses)
        head = f"{item.level:02}" if self._rng.random() < 0.8 else str(item.level)
        first = [head, item.name] if item.name else [head]
        if item.redefines:
            first += [self._cased("REDEFINES"), self._cased(item.redefines)]
        yield from self._placed(" ".join(first), clauses)

    def _occurs(self, item: Item) -> str:
        repeat = item.occurs
        assert repeat is not None
        times = self._rng.choice(("", " TIMES"))
        if not repeat.counter:
            index = f" INDEXED BY I-{item.name}" if self._rng.random() < 0.3 else ""
            return f"OCCURS {repeat.high}{times}{index}"
        on = self._rng.choice(("", " ON"))
        return f"OCCURS {repeat.low} TO {repeat.high}{times} DEPENDING{on} {repeat.counter}"

    def _condition(self, item: Item) -> Iterator[str]:
        """An 88 level, which takes no room."""
        self._conditions += 1
        name = f"COND-{self._conditions}-{item.name or 'X'}".removesuffix("-")
        values = "ZERO" if "9" in "".join(item.clauses) else "SPACES"
        yield from self._placed(f"88 {name} VALUE {values}", [])

    def _placed(self, head: str, clauses: list[str]) -> Iterator[str]:
        style = self._rng.randrange(3)
        text = "  ".join([head, *clauses]) + self._rng.choice((".", ".", "  ."))
        if style == 0 and len(text) <= WIDTH:
            yield f"{MARGIN}{text}"
        elif style == 1 and "$" not in text:  # GnuCOBOL takes $ on a new line for a directive
            yield from self._continued(text)
        else:
            words = [head, *clauses]
            for word in words[:-1]:
                separator = self._rng.choice(("", "", ","))
                yield f"{MARGIN}{word}{separator if word is not head else ''}"
            yield f"{MARGIN}{words[-1]}."

    def _continued(self, text: str) -> Iterator[str]:
        """Lines filled to column 72, so that most breaks are within a word."""
        text = " " * self._rng.randint(0, WIDTH - 8) + text
        line, rest = text[:WIDTH], text[WIDTH:]
        yield f"{MARGIN}{line}"
        while rest:
            inside = line[-1] != " " and rest[0] != " "
            line, rest = rest[: WIDTH - 4], rest[WIDTH - 4 :]
            yield f"{' ' * 6}{'-' if inside else ' '}    {line}"

    def _dressed(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            if self._rng.random() < 0.05:
                yield self._rng.choice(("      * 05 NOT-AN-ITEM PIC X.", "", "      / ", MARGIN))
            if self._rng.random() < 0.1:
                line = f"{self._rng.randrange(10**6):06}{line[6:]}"
            if self._rng.random() < 0.1:
                line = f"{line:72}MARK{self._rng.randrange(10**4):04}"
            yield line

    def _cased(self, words: str) -> str:
        return self._rng.choice((words, words, words.lower(), words.title()))
