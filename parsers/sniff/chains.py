"""Whether a file is a chain of descriptor words, and of which form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from interfaces.container import DESCRIPTORS
from interfaces.model import ByteOrder, DescriptorRule

_MOST_RECORDS: Final = 2_000
_LONGEST: Final = 32_760
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class ChainGuess:
    """A form of descriptor, how many records it cut, and whether it came out at the end."""

    form: str
    blocks: bool
    spanned: bool
    records: int
    longest: int
    complete: bool


def chain_guesses(sample: bytes, size: int) -> list[ChainGuess]:
    """Forms by which the beginning of the file can be cut without a contradiction."""
    guesses = []
    for form, rule in DESCRIPTORS.items():
        if rule is None or form == "exclusive":  # the same form as gnucobol
            continue
        guess = _chain(sample, size, form, rule)
        if guess is not None:
            guesses.append(guess)
    blocked = _blocked(sample, size)
    if blocked is not None:
        guesses.append(blocked)
    return sorted(guesses, key=lambda g: (-g.complete, -g.records))


def _chain(sample: bytes, size: int, form: str, rule: DescriptorRule) -> ChainGuess | None:
    found = _follow(sample, 0, len(sample), rule)
    if found is None:
        return None
    records, longest, spanned, end = found
    complete = end == size
    if records < _FEWEST or (len(sample) == size and not complete):
        return None
    return ChainGuess(form, False, spanned, records, longest, complete)


def _blocked(sample: bytes, size: int) -> ChainGuess | None:
    at = records = longest = 0
    spanned = False
    while at + 4 <= len(sample) and records < _MOST_RECORDS:
        length = int.from_bytes(sample[at : at + 2])
        if length < 8 or length > _LONGEST or sample[at + 2 : at + 4] != b"\0\0":
            return None
        end = at + length
        if end > len(sample):
            break
        found = _follow(sample, at + 4, end, DescriptorRule())
        if found is None or found[3] != end:
            return None
        records, longest = records + found[0], max(longest, found[1])
        spanned = spanned or found[2]
        at = end
    if records == 0 or (len(sample) == size and at != size):
        return None
    return ChainGuess("ibm", True, spanned, records, longest, at == size)


def _follow(
    sample: bytes, at: int, stop: int, rule: DescriptorRule
) -> tuple[int, int, bool, int] | None:
    """(records, longest, whether segments were seen, end); None at a contradiction."""
    order: Literal["big", "little"] = "big" if rule.byte_order is ByteOrder.BIG else "little"
    records = longest = 0
    spanned = False
    while at + rule.width <= stop and records < _MOST_RECORDS:
        begin = at + rule.position
        length = int.from_bytes(sample[begin : begin + rule.length_bytes], order)
        rest = sample[begin + rule.length_bytes : at + rule.width]
        if any(sample[at:begin]):
            return None
        data = length - rule.width if rule.includes_itself else length
        segment = rest[0] if rest else 0
        if data < 0 or data > _LONGEST or any(rest[1:]) or segment > 3:
            return None
        if data == 0 and not rule.includes_itself:
            return None  # a run of zero bytes is no chain
        if at + rule.width + data > stop:
            break
        spanned = spanned or segment != 0
        records, longest = records + 1, max(longest, data)
        at += rule.width + data
    return records, longest, spanned, at
