"""Where the values of a field lie in a decoded batch, repeating groups included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Interface
from parsers.layout import Field, Record
from validation.bitmask import Mask

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a record as a path of columns: the batch column, then members of structs.

    ``counters`` are the names of the OCCURS DEPENDING ON counters above it; ``redefinition``
    names the conditional redefinition it belongs to, if any.
    """

    record: str
    field: Field
    path: tuple[str, ...]
    counters: tuple[str, ...] = ()
    redefinition: str | None = None
    repeats: bool = False

    def values(self, batch: pa.RecordBatch) -> tuple[pa.Array, Rows | None]:
        """All values, and the row of the batch each belongs to (None: one value a row)."""
        array = batch.column(self.path[0])
        rows: Rows | None = None
        array, rows = _unlisted(array, rows)
        for member in self.path[1:]:
            array, rows = _unlisted(pc.struct_field(array, member), rows)
        return array, rows

    def flat(self, batch: pa.RecordBatch) -> pa.Array:
        """All values as :meth:`values` gives them, without saying whose they are."""
        array = _flattened(batch.column(self.path[0]))
        for member in self.path[1:]:
            array = _flattened(pc.struct_field(array, member))
        return array


def _flattened(array: pa.Array) -> pa.Array:
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type):
        array = pc.list_flatten(array)
    return array


def _unlisted(array: pa.Array, rows: Rows | None) -> tuple[pa.Array, Rows | None]:
    """Replace a list by its items, remembering whose they are."""
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type):
        parents = pc.list_parent_indices(array).to_numpy(zero_copy_only=False).astype(np.int64)
        rows = parents if rows is None else rows[parents]
        array = pc.list_flatten(array)
    return array, rows


class Places:
    """The places of all named fields of an interface's records."""

    def __init__(self, interface: Interface, layout: tuple[Record, ...]) -> None:
        self._interface = interface
        self._by_record: dict[str, dict[str, Place]] = {
            record.name: {
                place.field.name: place
                for item in record.fields
                for place in _places(record.name, item, (), interface.redefines)
            }
            for record in layout
        }

    def of(self, record: str) -> Mapping[str, Place]:
        """Places of a record by COBOL name. KeyError for a record that the copybook lacks."""
        return self._by_record[record]

    def applies(self, place: Place, batch: pa.RecordBatch) -> Mask | None:
        """Rows in which a conditional redefinition holds (None: everywhere)."""
        if place.redefinition is None:
            return None
        conditions = self._interface.redefines[place.redefinition]
        return where(self.of(place.record), conditions, batch)


def _places(
    record: str,
    field: Field,
    above: tuple[str, ...],
    redefines: Mapping[str, Mapping[str, tuple[str, ...]]],
    counters: tuple[str, ...] = (),
    redefinition: str | None = None,
    repeats: bool = False,
) -> Iterator[Place]:
    if field.is_filler and not field.is_group:
        return
    if field.occurs is not None:
        repeats = True
        if field.occurs.depending_on is not None:
            counters = (*counters, field.occurs.depending_on)
    if field.name in redefines:
        redefinition = field.name
    if not field.is_group:
        path = (*above, field.column)
        yield Place(record, field, path, counters, redefinition, repeats)
        return
    inside = (*above, field.column) if field.occurs is not None else above
    for child in field.children:
        yield from _places(record, child, inside, redefines, counters, redefinition, repeats)


def where(
    places: Mapping[str, Place], conditions: Mapping[str, tuple[str, ...]], batch: pa.RecordBatch
) -> Mask:
    """Rows whose fields hold one of the declared values, every condition met.

    Numbers are compared as numbers (``"0"`` is 000). A condition on a repeating field is a
    ValueError: it would not say which occurrence is meant.
    """
    met: Mask = np.ones(batch.num_rows, np.bool_)
    for name, allowed in conditions.items():
        values, rows = places[name].values(batch)
        if rows is not None:
            raise ValueError(f"{name} repeats; a condition needs a field that occurs once")
        met &= is_one_of(values, allowed)
    return met


def is_one_of(values: pa.Array, allowed: tuple[str, ...]) -> Mask:
    """Which values are among the declared ones; null is not."""
    if not pa.types.is_string(values.type):
        allowed_values = pa.array(list(allowed), pa.utf8()).cast(values.type)
    else:
        allowed_values = pa.array(list(allowed), pa.utf8())
    return as_mask(pc.is_in(values, value_set=allowed_values))


def as_mask(array: pa.Array) -> Mask:
    """Arrow booleans as numpy; null is False."""
    filled = pc.fill_null(array, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.bool_)
