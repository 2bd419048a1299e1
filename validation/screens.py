"""Which values of a field the declared rules must look at; the others are plainly sound.

A large batch goes through the compiled kernels first. What they flag, and whatever no kernel
knows, is judged by the rules and named checks themselves: a screen saves time and decides
nothing. The postcondition looks at the accepted rows again without it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.identifiers import EMPLOYER_ACCOUNT_LENGTH, NATIONAL_ID_LENGTH
from interfaces.model import FieldRule
from parsers.codepages import code_page
from validation.kernels import WORTH_COMPILED
from validation.kernels.compiling import Bytes, text_buffers

Rows = npt.NDArray[np.int64]
_Screen = Callable[[pa.Array, Bytes], int]
"""Sets 1 for values to be looked at (nulls never); returns how many."""

_ANY_PREFIX = 0x3FF
_CITIZEN_PREFIXES = 0x1FE  # 1 to 8; with 0 and 9 a sound ID still has a code to be told


class FieldScreen:
    """The screens of one field. They are made when the first large batch comes."""

    def __init__(self, rule: FieldRule, codes: pa.Array | None) -> None:
        """``codes`` are those of the list that ``rule`` names, if it names one."""
        self._rule = rule
        self._codes = codes
        self._screens: list[_Screen] | None = None

    def suspects(self, values: pa.Array) -> Rows | None:
        """Indices of the values that the rules must look at, ascending; None: all of them."""
        if len(values) < WORTH_COMPILED:
            return None
        if self._screens is None:
            self._screens = _screens(self._rule, self._codes, values.type)
        flagged: Bytes = np.zeros(len(values), np.uint8)
        found = 0
        for screen in self._screens:
            found += screen(values, flagged)
        if self._rule.required and values.null_count:
            flagged |= np.asarray(values.is_null()).view(np.uint8)
            found += values.null_count
        return np.flatnonzero(flagged) if found else np.zeros(0, np.int64)


def _screens(rule: FieldRule, codes: pa.Array | None, kind: pa.DataType) -> list[_Screen]:
    text = pa.types.is_string(kind)
    screens: list[_Screen] = []
    if rule.values:
        screens.append(_of_codes(list(rule.values)) if text else _everything)
    if codes is not None:
        screens.append(_of_codes(codes.to_pylist()) if text else _everything)
    for name in rule.checks:
        made = _TEXT_SCREENS.get(name) if text else _NUMBER_SCREENS.get(name)
        screens.append(made() if made is not None else _everything)
    return screens


def _everything(values: pa.Array, flagged: Bytes) -> int:
    flagged[:] = 1
    return len(values)


def _of_codes(codes: list[str]) -> _Screen:
    from validation.kernels.texts import code_table, screen_codes

    table = code_table(codes)
    return lambda values, flagged: screen_codes(*text_buffers(values), table, flagged)


def _digits() -> _Screen:
    from validation.kernels.texts import screen_digits

    return lambda values, flagged: screen_digits(*text_buffers(values), flagged)


def _checksum(width: int, prefixes: int) -> _Screen:
    from validation.kernels.texts import screen_checksum

    return lambda values, flagged: screen_checksum(*text_buffers(values), width, prefixes, flagged)


def _cp874() -> _Screen:
    from validation.kernels.texts import letter_table, screen_letters

    table = letter_table(code_page("cp874").encode_map)
    return lambda values, flagged: screen_letters(*text_buffers(values), table, flagged)


def _positive() -> _Screen:
    return _not_positive


def _not_positive(values: pa.Array, flagged: Bytes) -> int:
    least = pc.min(values).as_py()
    return 0 if least is None or least > 0 else _everything(values, flagged)


_TEXT_SCREENS: dict[str, Callable[[], _Screen]] = {
    "digits": _digits,
    "national_id": partial(_checksum, NATIONAL_ID_LENGTH, _CITIZEN_PREFIXES),
    "juristic_id": partial(_checksum, NATIONAL_ID_LENGTH, _ANY_PREFIX),
    "employer_account": partial(_checksum, EMPLOYER_ACCOUNT_LENGTH, _ANY_PREFIX),
    "cp874": _cp874,
}
_NUMBER_SCREENS: dict[str, Callable[[], _Screen]] = {"positive": _positive}
