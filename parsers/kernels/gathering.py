"""The words of a field of all rows of a tile, brought together before they are worked on."""

from __future__ import annotations

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import load_int, load_word, store_word


@inlined
def gather_words(data: int, source: int, step: int, first: int, count: int, words: int) -> None:
    """Write to ``words`` the eight bytes at ``first`` of each row; rows begin at the starts in
    ``source``, or ``step`` bytes apart.

    Of a loop over words that lie side by side the compiler makes one that takes eight at once.
    Over rows it does not: it has that ready only for rows one byte apart.
    """
    if step:
        for i in range(count):
            store_word(words, 8 * i, load_word(data, i * step + first))
    else:
        for i in range(count):
            store_word(words, 8 * i, load_word(data, load_int(source, 8 * i) + first))
