"""Tables in any shape → the product's own: plain groups opened, tables as lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Interface
from parsers.arrow_types import column_type, visible_fields
from parsers.layout import Field, Occurs, Record, column_name
from parsers.shape.flat import flat_name
from parsers.shape.nested import flat_columns, member_names

Lookup = Callable[[str], "pa.Array | None"]
Lengths = npt.NDArray[np.int64]


def restore(batch: pa.RecordBatch, record: Record, interface: Interface) -> pa.RecordBatch:
    """The batch with flat groups and list columns, whichever of the three shapes it has.

    Columns that are no part of the layout stay as they are. A column may be missing. A variable
    table that was spread out has as many occurrences as its counter says; without the counter's
    column, up to the last one that has a value.
    """
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    used: set[str] = set()

    def lookup(name: str) -> pa.Array | None:
        if name in columns:
            used.add(name)
        return columns.get(name)

    fields = visible_fields(record.fields, interface)
    found = _restored(fields, *_ways(fields, columns, lookup), "", interface)
    names = [name for name in columns if name not in used and name not in found]
    arrays = [columns[name] for name in names] + list(found.values())
    if not arrays:
        return batch
    return pa.RecordBatch.from_arrays(arrays, names=names + list(found))


def _restored(
    fields: Sequence[Field], nested: Lookup, flat: Lookup, above: str, interface: Interface
) -> dict[str, pa.Array]:
    """Flat column → array. ``nested`` looks in the group's struct, ``flat`` in the whole table,
    where ``above`` is the prefix of the occurrence."""
    names = member_names(fields)
    found: dict[str, pa.Array] = {}
    for place, item in enumerate(fields):
        array = nested(names[place])
        if item.is_group and item.occurs is None:
            inner = _none if array is None else _struct_lookup(array)
            found |= _restored(item.children, inner, flat, above, interface)
            continue
        if array is None:
            array = flat(flat_name(above, item))
        if array is not None and item.is_group:
            array = _opened(array, item, interface)
        if array is None and item.occurs is not None:
            array = _gathered(item, item.occurs, flat, above, interface)
        if array is not None:
            found[item.column] = array
    return found


def _ways(
    fields: Sequence[Field], columns: Mapping[str, pa.Array], lookup: Lookup
) -> tuple[Lookup, Lookup]:
    """How the columns of one level are found: as members of the tree, and as opened columns.

    An opened column may be named like an item of another group (``h_city`` of CITY in H, beside
    an item H-CITY), so one way never takes what the other one means. The structs tell which it is.
    """
    members = member_names(fields)
    groups = {
        members[place] for place, item in enumerate(fields) if item.is_group and item.occurs is None
    }
    if any(name in groups and pa.types.is_struct(columns[name].type) for name in columns):
        tree = set(members.values())
        return lookup, lambda name: None if name in tree else lookup(name)
    opened = {column for item in fields for column in flat_columns(item)}
    own = {members[place]: item.column for place, item in enumerate(fields)}

    def member(name: str) -> pa.Array | None:
        found = lookup(own[name]) if own[name] in columns and name not in groups else None
        return lookup(name) if found is None and name not in opened else found

    return member, lookup


def _none(_: str) -> pa.Array | None:
    return None


def _struct_lookup(struct: pa.Array) -> Lookup:
    """Members of a struct array, null where the struct is."""
    names = {field.name for field in struct.type} if pa.types.is_struct(struct.type) else set()
    members: Mapping[str, pa.Array] = (
        dict(zip([f.name for f in struct.type], struct.flatten(), strict=True)) if names else {}
    )
    return members.get


def _opened(array: pa.Array, item: Field, interface: Interface) -> pa.Array:
    """A list of structs with the plain groups inside opened."""
    if not pa.types.is_list(array.type) or not pa.types.is_struct(array.type.value_type):
        return array
    values = array.values
    inside = _struct_lookup(values)
    there = {field.name: values.field(place) for place, field in enumerate(values.type)}
    members = _restored(item.children, *_ways(item.children, there, inside), "", interface)
    if not members:
        return array
    struct = pa.StructArray.from_arrays(list(members.values()), names=list(members))
    return pa.Array.from_buffers(
        pa.list_(struct.type), len(array), array.buffers()[:2], array.null_count, array.offset,
        [struct],
    )  # fmt: skip


def _gathered(
    item: Field, occurs: Occurs, flat: Lookup, above: str, interface: Interface
) -> pa.Array | None:
    """List column of a table that was spread out to numbered columns."""
    given: dict[int, pa.Array] = {}
    for place in range(occurs.maximum):
        name = flat_name(above, item, place)
        if not item.is_group:
            array = flat(name)
        else:
            members = _restored(item.children, _none, flat, f"{name}_", interface)
            array = (
                pa.StructArray.from_arrays(list(members.values()), names=list(members))
                if members
                else None
            )
        if array is not None:
            given[place] = array
    places = _without_gaps(given)
    if not places:
        return None
    rows = len(places[0])
    lengths = _lengths(places, occurs, _counter(occurs, flat, above), rows)
    order = np.arange(rows)[:, None] + np.arange(len(places))[None, :] * rows
    taken = order[np.arange(len(places))[None, :] < lengths[:, None]]
    values = pa.concat_arrays(places).take(pa.array(taken))
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    type_ = column_type(item, interface)
    if not item.is_group and values.type != type_.value_type:
        type_ = pa.list_(values.type)  # the encoder says what is wrong with it
    elif item.is_group:
        type_ = pa.list_(values.type)
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=type_)


def _without_gaps(given: Mapping[int, pa.Array]) -> list[pa.Array]:
    """The occurrences up to the last that has a column; one without is null."""
    if not given:
        return []
    some = next(iter(given.values()))
    null = pa.nulls(len(some), some.type)
    return [given.get(place, null) for place in range(max(given) + 1)]


def _counter(occurs: Occurs, flat: Lookup, above: str) -> pa.Array | None:
    """The counter's column: that of the same occurrence, else that of the record."""
    if occurs.depending_on is None:
        return None
    name = column_name(occurs.depending_on)
    beside = flat(above + name)
    return flat(name) if beside is None else beside


def _lengths(
    places: Sequence[pa.Array], occurs: Occurs, counter: pa.Array | None, rows: int
) -> Lengths:
    """Occurrences of each row: all of a fixed table; as the counter says, or up to the last that
    has a value if that is beyond: the encoder then says that they do not agree."""
    if not occurs.is_variable:
        return np.full(rows, len(places), np.int64)
    there = np.stack([_filled(array) for array in places], axis=1)
    last = there.shape[1] - np.argmax(there[:, ::-1], axis=1)
    lengths: Lengths = np.where(there.any(axis=1), last, 0).astype(np.int64)
    if counter is not None and pa.types.is_integer(counter.type):
        counts = counter.cast(pa.int64()).fill_null(0).to_numpy()
        lengths = np.maximum(lengths, np.clip(counts, 0, len(places)))
    return lengths


def _filled(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a value is there, in a struct or list any."""
    if pa.types.is_struct(array.type):
        filled: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.logical_or.reduce(
            [_filled(member) for member in array.flatten()]
        )
        return filled
    if pa.types.is_list(array.type):
        before = np.concatenate(([0], np.cumsum(_filled(array.values))))
        bounds = before[array.offsets.to_numpy()]
        some: np.ndarray[tuple[int], np.dtype[np.bool_]] = bounds[1:] > bounds[:-1]
        return some
    valid: np.ndarray[tuple[int], np.dtype[np.bool_]] = array.is_valid().to_numpy(
        zero_copy_only=False
    )
    return valid
