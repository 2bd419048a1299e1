"""The insured persons of the register, as few bytes each as comparing a filing with them takes.

A person takes 27 bytes: 25 million are 0.7 GB. Names are kept as hashes of their match keys: a
filed name whose hash differs is another name for certain, one whose hash is equal is not looked
at further (another name passes unseen once in 4,000 million).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import text_of_numbers
from insurance.identifiers import EMPLOYER_ACCOUNT_LENGTH, NATIONAL_ID_LENGTH
from validation.bitmask import Mask
from validation.name_hashes import name_hashes, untitled_name_hashes
from validation.packing import pack_digits

COLUMNS = (
    "national_id",
    "title_code",
    "given_name",
    "family_name",
    "birth_date",
    "section_code",
    "status_code",
    "employer_account",
)
"""Columns of the register that are compared with."""

Positions = npt.NDArray[np.int64]

_FEWEST = 1024  # rows that room is made for
_NO_ACCOUNT = -1
_NO_DAY = np.iinfo(np.int32).min


class RegisteredPersons:
    """Registered persons by national ID; of equal IDs the first row counts.

    Every answer has one value a given ID (utf8), null (False) where the person is not registered.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch], expected: int = 0) -> None:
        """``batches`` have the columns COLUMNS; rows whose ID is not 13 digits are left out.
        ``expected`` is how many there are, 0 when nobody knows."""
        self._titles, self._sections, self._statuses = _Codes(), _Codes(), _Codes()
        filling = _Filling(self._packed(_nobody()), expected)
        for batch in batches:
            filling.add(self._packed(batch))
        self._columns = filling.columns()
        self._keys = self._columns.pop("key")
        if np.any(self._keys[1:] < self._keys[:-1]):
            order = np.argsort(self._keys, kind="stable")
            self._keys = self._keys[order]
            for name in list(self._columns):
                self._columns[name] = self._columns[name][order]
        numbers = pa.array(self._columns.pop("account")).dictionary_encode()
        self._accounts = _account_texts(numbers.dictionary.to_numpy())
        self._columns["account"] = numbers.indices.to_numpy()
        self._last: tuple[pa.Array, Positions] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        """Bytes that the persons take."""
        return self._keys.nbytes + sum(column.nbytes for column in self._columns.values())

    def known(self, national_ids: pa.Array) -> Mask:
        """Which persons are registered; bool[n]."""
        return self._positions(national_ids) >= 0

    def title(self, national_ids: pa.Array) -> pa.Array:
        """Title code; utf8[n]."""
        return self._codes("title", self._titles, national_ids)

    def section(self, national_ids: pa.Array) -> pa.Array:
        """Section of the Act, 33, 39 or 40; utf8[n]."""
        return self._codes("section", self._sections, national_ids)

    def status(self, national_ids: pa.Array) -> pa.Array:
        """Status code of the register, A, S, E or D; utf8[n]."""
        return self._codes("status", self._statuses, national_ids)

    def employer(self, national_ids: pa.Array) -> pa.Array:
        """Employer account, null for who has none; utf8[n]."""
        return self._taken("account", national_ids, self._accounts)

    def birth_date(self, national_ids: pa.Array) -> pa.Array:
        """Date of birth; date32[n]."""
        at = self._positions(national_ids)
        days = self._at("born", at).astype(np.int32)
        return pa.array(days, mask=(at < 0) | (days == _NO_DAY)).cast(pa.date32())

    def has_given_name(self, national_ids: pa.Array, names: pa.Array) -> Mask:
        """Which names are the person's given name however they are typed, with a title before them
        or without; bool[n]."""
        return self._same("given", national_ids, names)

    def has_family_name(self, national_ids: pa.Array, names: pa.Array) -> Mask:
        """Which names are the person's family name however they are typed; bool[n]."""
        return self._same("family", national_ids, names)

    def _packed(self, batch: pa.RecordBatch) -> dict[str, npt.NDArray[Any]]:
        """The rows of a batch, by what is kept of them."""
        keys, good = pack_digits([batch.column("national_id")], (NATIONAL_ID_LENGTH,))
        if not good.all():
            batch, keys = batch.filter(pa.array(good)), keys[good]
        accounts, has_account = pack_digits(
            [batch.column("employer_account")], (EMPLOYER_ACCOUNT_LENGTH,)
        )
        born = batch.column("birth_date").cast(pa.int32())
        return {
            "key": keys,
            "title": self._titles.of(batch.column("title_code")),
            "given": name_hashes(batch.column("given_name")),
            "family": name_hashes(batch.column("family_name")),
            "born": pc.fill_null(born, int(_NO_DAY)).to_numpy(zero_copy_only=False),
            "section": self._sections.of(batch.column("section_code")),
            "status": self._statuses.of(batch.column("status_code")),
            "account": np.where(has_account, accounts, np.int64(_NO_ACCOUNT)),
        }

    def _positions(self, national_ids: pa.Array) -> Positions:
        """Row of each person, -1 where there is none; the last answer is kept, since several rules
        ask for the same persons."""
        last = self._last
        if last is not None and _is_same(last[0], national_ids):
            return last[1]
        keys, packed = pack_digits([national_ids], (NATIONAL_ID_LENGTH,))
        found: Positions = np.full(len(keys), -1, np.int64)
        if len(self._keys) and len(keys):
            # Keys in order go through the register from front to back, and so through the cache.
            order = np.argsort(keys)
            ordered = keys[order]
            at = np.minimum(np.searchsorted(self._keys, ordered), len(self._keys) - 1)
            found[order] = np.where(self._keys[at] == ordered, at, -1)
            found[~packed] = -1
        self._last = (national_ids, found)
        return found

    def _at(self, name: str, positions: Positions) -> npt.NDArray[Any]:
        """Values at positions; anything where a position is -1."""
        column = self._columns[name]
        return column[positions] if len(column) else np.zeros(len(positions), column.dtype)

    def _codes(self, name: str, codes: _Codes, national_ids: pa.Array) -> pa.Array:
        return self._taken(name, national_ids, codes.texts())

    def _taken(self, name: str, national_ids: pa.Array, texts: pa.Array) -> pa.Array:
        at = self._positions(national_ids)
        chosen = self._at(name, at).astype(np.int64)
        return texts.take(pa.array(chosen, mask=at < 0))

    def _same(self, name: str, national_ids: pa.Array, names: pa.Array) -> Mask:
        at = self._positions(national_ids)
        registered = self._at(name, at)
        same: Mask = (at >= 0) & (name_hashes(names) == registered)
        others = np.flatnonzero((at >= 0) & ~same)
        if len(others):
            bare = untitled_name_hashes(names.take(pa.array(others)))
            same[others] = bare == registered[others]
        return same


class _Filling:
    """Columns that rows are added to, with room for those expected made at once."""

    def __init__(self, none: dict[str, npt.NDArray[Any]], expected: int) -> None:
        self._rows = 0
        self._columns = {
            name: np.empty(max(expected, _FEWEST), column.dtype) for name, column in none.items()
        }

    def add(self, rows: dict[str, npt.NDArray[Any]]) -> None:
        """Rows after those that are there."""
        end = self._rows + len(rows["key"])
        for name, values in rows.items():
            column = self._columns[name]
            if end > len(column):
                self._columns[name] = column = np.resize(column, max(end, 2 * len(column)))
            column[self._rows : end] = values
        self._rows = end

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """What was added."""
        return {name: column[: self._rows] for name, column in self._columns.items()}


class _Codes:
    """Texts of which there are few, as numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}

    def of(self, texts: pa.Array) -> npt.NDArray[np.uint8]:
        """Number of each text; a null has one too. OverflowError beyond 256 texts."""
        encoded = texts.cast(pa.utf8()).dictionary_encode(null_encoding="encode")
        known = encoded.dictionary.to_pylist()
        numbers = [self._numbers.setdefault(text, len(self._numbers)) for text in known]
        places = encoded.indices.to_numpy(zero_copy_only=False)
        found: npt.NDArray[np.uint8] = np.array(numbers, np.uint8)[places]
        return found

    def texts(self) -> pa.Array:
        """The text of each number; utf8."""
        return pa.array(list(self._numbers), pa.utf8())


def _account_texts(numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Accounts as texts, null for none."""
    texts = text_of_numbers(np.maximum(numbers, 0), EMPLOYER_ACCOUNT_LENGTH)
    return pc.if_else(pa.array(numbers == _NO_ACCOUNT), pa.scalar(None, pa.utf8()), texts)


def _is_same(known: pa.Array, asked: pa.Array) -> bool:
    """Whether two arrays are the same rows of the same buffers. The first is held, so that its
    buffers are not given to anything else."""
    if (known.offset, len(known), known.type) != (asked.offset, len(asked), asked.type):
        return False
    addresses = [[b and b.address for b in array.buffers()] for array in (known, asked)]
    return addresses[0] == addresses[1]


def _nobody() -> pa.RecordBatch:
    schema = pa.schema(
        [(name, pa.date32() if name == "birth_date" else pa.utf8()) for name in COLUMNS]
    )
    return pa.RecordBatch.from_pylist([], schema=schema)
