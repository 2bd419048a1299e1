"""Deliberate errors in the extracts, each declared with the finding that it must give.

An error is bytes put over one field of one record of the finished file: what a mainframe holds
that never went through a check. Control totals stay as the mainframe would have computed them,
so no fault lies in a field that a total runs over, except the wrong check digit: that number
stands in the record before anything is totalled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interfaces.model import Interface
from parsers.codepages import code_page
from parsers.layout import Field, Record

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error: the field it is put in, the code it must give, and what stands there.

    ``text`` fills the field in the file's code page, padded with spaces; ``raw`` repeats these
    bytes over it; ``packed`` are hexadecimal digits and sign of a packed field. One of the
    three, or none for a wrong check digit.
    """

    field: str
    code: str
    text: str | None = None
    raw: bytes | None = None
    packed: str | None = None

    @property
    def is_patch(self) -> bool:
        """Whether bytes are put over the field afterwards (not so a wrong check digit)."""
        return self.text is not None or self.raw is not None or self.packed is not None

    def bytes_for(self, field: Field, encoding: str) -> bytes:
        """What to write over the field; ValueError for a wrong check digit, which is no patch."""
        if self.raw is not None:
            return (self.raw * field.length)[: field.length]
        if self.packed is not None:
            return bytes.fromhex(self.packed.rjust(field.length * 2, "0"))
        if self.text is None:
            raise ValueError(f"{self.field}: a wrong check digit is written with the record")
        return code_page(encoding).encode(self.text.ljust(field.length))


_LETTERS = bytes.fromhex("C1C2C3C4C5")  # ABCDE in EBCDIC, as a MOVE to the wrong field leaves it

REGISTRATION_FAULTS = (
    Fault("NATIONAL-ID", "ID_CHECKSUM"),
    Fault("EFFECTIVE-DATE", "PACKED_DIGIT", raw=_LETTERS),
    Fault("TITLE-CODE", "CODE_UNKNOWN", text="999"),
    Fault("BIRTH-DATE", "DATE_INVALID", text="25320230"),
    Fault("BALANCE-ADJUSTMENT", "NUMBER_SPACES", text=""),
    Fault("SECTION-CODE", "VALUE_NOT_ALLOWED", text="41"),
    Fault("STATUS-CODE", "VALUE_NOT_ALLOWED", text="X"),
    Fault("FAMILY-NAME", "VALUE_MISSING", text=""),
    Fault("OLD-AGE-BALANCE", "PACKED_SIGN", packed="15"),
    Fault("BALANCE-ADJUSTMENT", "NUMBER_DIGIT", text="ABCDE****"),
    Fault("BALANCE-ADJUSTMENT", "NUMBER_LOW_VALUES", raw=b"\x00"),
    Fault("BALANCE-ADJUSTMENT", "NUMBER_HIGH_VALUES", raw=b"\xff"),
    Fault("LAST-PERIOD-PAID", "PERIOD_INVALID", packed="256913C"),
)
HISTORY_FAULTS = (
    Fault("NATIONAL-ID", "ID_CHECKSUM"),
    Fault("PAID-DATE", "PACKED_DIGIT", raw=_LETTERS),
    Fault("PAID-CHANNEL", "CODE_UNKNOWN", text="99"),
    Fault("PAID-PERIOD", "PERIOD_INVALID", packed="256913C"),
    Fault("SECTION-CODE", "VALUE_NOT_ALLOWED", text="33"),
    Fault("HISTORY-FROM", "PERIOD_INVALID", text="256900"),
)
EMPLOYER_FAULTS = (
    Fault("EMPLOYER-NAME", "VALUE_MISSING", text=""),
    Fault("REGISTERED-DATE", "PACKED_DIGIT", raw=_LETTERS),
    Fault("STATUS-CODE", "VALUE_NOT_ALLOWED", text="Z"),
    Fault("CONTRIBUTION-RATE", "NUMBER_SPACES", text=""),
)


@dataclass(frozen=True)
class FaultPlan:
    """Which records of a file get which of ``faults``; ``keys`` ascending, ``kinds`` with them.

    A key is what tells the record while it is made: a person number or a branch position.
    """

    faults: tuple[Fault, ...]
    keys: Ints
    kinds: Ints

    @classmethod
    def spread(
        cls, faults: tuple[Fault, ...], records: int, candidates: Sequence[int] | Ints, count: int
    ) -> FaultPlan:
        """Give ``count`` records a fault, in turn, evenly over ``records`` places.

        ``candidates`` (ascending) may carry a fault; each place takes the first from it on.
        Fewer when there are too few candidates.
        """
        may = np.asarray(candidates, dtype=np.int64)
        places = np.arange(count, dtype=np.int64) * records // max(count, 1)
        found = np.unique(np.searchsorted(may, places))
        keys = may[found[found < len(may)]]
        return cls(faults, keys, np.arange(len(keys)) % len(faults))

    def positions(self, keys: Ints) -> tuple[Ints, Ints]:
        """``(position in keys, kind)`` of those of ``keys`` (ascending) that carry a fault."""
        _, here, planned = np.intersect1d(keys, self.keys, return_indices=True)
        return here, self.kinds[planned]


def with_wrong_check_digits(batch: pa.RecordBatch, column: str, positions: Ints) -> pa.RecordBatch:
    """The batch with the last digit of some numbers raised by one (9 becomes 0)."""
    if not len(positions):
        return batch
    place = batch.schema.get_field_index(column)
    numbers = batch.column(place).take(pa.array(positions)).to_pylist()
    wrong = [number[:-1] + str((int(number[-1]) + 1) % 10) for number in numbers]
    mask = np.zeros(batch.num_rows, np.bool_)
    mask[positions] = True
    values = pa.compute.replace_with_mask(batch.column(place), mask, pa.array(wrong, pa.utf8()))
    return batch.set_column(place, batch.schema.field(place), values)


def put_faults(
    path: Path, interface: Interface, record: Record, offsets: Ints, faults: Sequence[Fault]
) -> None:
    """Write each fault over its field in the records that start at ``offsets`` of a file.

    In a table that repeats, the first occurrence is hit. KeyError for a field that the record
    does not have.
    """
    fields = {field.name: field for field in record.walk()}
    with path.open("r+b") as file:
        for offset, fault in zip(offsets.tolist(), faults, strict=True):
            if fault.is_patch:
                field = fields[fault.field]
                file.seek(offset + field.offset)
                file.write(fault.bytes_for(field, interface.file.encoding))
