"""What a named rule is: a check across fields, records or masters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Interface, Role
from parsers.layout import Field
from validation.bitmask import Mask
from validation.block import BlockView
from validation.faults import Fault
from validation.places import Places
from validation.references import References


@dataclass(frozen=True, slots=True)
class Details:
    """Detail records of a block with the headers that they stand under.

    ``sound`` bool[n]: rows without a fault so far that withholds them, nor their header.
    ``header_of`` int64[n]: row of ``headers``, -1 where there is none. ``file_of`` int64[n]:
    ordinal of the file of each row where files come as one stream; it never falls, over the
    borders of blocks neither, and is 0 throughout where there is one file.
    """

    batch: pa.RecordBatch
    sound: Mask
    headers: pa.RecordBatch
    header_of: npt.NDArray[np.int64]
    file_of: npt.NDArray[np.int64]

    def of_header(self, column: pa.Array) -> pa.Array:
        """A column of ``headers``, spread over the details; null where there is no header."""
        return column.take(pa.array(self.header_of, mask=self.header_of < 0))


class Rule:
    """Base of the rules; a rule overrides what it looks at. One object sees one file.

    ``needs`` names the references without which (part of) the rule cannot be checked, and
    ``code_lists`` the code lists that it looks at. Rows that
    are not sound are left alone: syntax first, then meaning, so that one error is told once.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    code_lists: ClassVar[tuple[str, ...]] = ()

    def __init__(self, interface: Interface, places: Places, references: References) -> None:
        self.interface = interface
        self.places = places
        self.references = references

    def header_faults(self, headers: pa.RecordBatch, sound: Mask) -> Iterable[Fault]:  # noqa: ARG002
        """Faults of the headers that begin in this block."""
        return ()

    def detail_faults(self, details: Details) -> Iterable[Fault]:  # noqa: ARG002
        """Faults of the details of this block."""
        return ()

    def file_faults(self, view: BlockView) -> Iterable[tuple[str, Fault]]:  # noqa: ARG002
        """Faults across records of all types, with the 01 name whose rows are meant."""
        return ()

    def field(self, role: Role, name: str) -> Field:
        """A field by role of its record and COBOL name; KeyError when it is not there."""
        return self.places.of(self.interface.record(role).record)[name].field

    def column(self, batch: pa.RecordBatch, role: Role, name: str) -> pa.Array:
        """The values of that field; one a row."""
        return batch.column(self.field(role, name).column)
