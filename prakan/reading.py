"""``prakan.open``: a mainframe file as Arrow record batches, a scan, a table, a pandas frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.arrow_types import (
    PARENT_NUMBER,
    ROW_IDENTITY,
    decoded_schema,
    record_named,
    visible_fields,
)
from parsers.decode import decode_file
from parsers.findings import FINDINGS_SCHEMA
from parsers.layout import Field
from parsers.shape.nested import flat_columns, member_names
from prakan.choice import declaration_errors, record_name
from prakan.chosen import Said, interface_of
from prakan.layouts import input_file, layout_of
from prakan.shapes import Shape, checked, reshape, schema_of

if TYPE_CHECKING:
    import pandas as pd

_WORD = re.compile(r"\w+")
_IDENTITY = [field.name for field in ROW_IDENTITY]


class RecordFile:
    """The records of one type in a file; nothing is read before a method asks for it.

    Every pass streams the file in constant memory and leaves what was wrong with it in
    ``findings`` (a table in the findings schema; a bad value is null in its batch).
    """

    def __init__(self, path: Path, interface: Interface, record: str, shape: Shape) -> None:
        self.path = path
        self.interface = interface
        self.record = record_named(layout_of(interface), record)
        self.shape = checked(shape)
        self.findings: pa.Table = FINDINGS_SCHEMA.empty_table()

    @property
    def schema(self) -> pa.Schema:
        """Schema of the batches with every column."""
        return schema_of(self.shape, self.record, self.interface)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches()

    def batches(
        self,
        columns: Sequence[str] | None = None,
        *,
        on_findings: Callable[[pa.Table], object] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Record batches in file order.

        ``columns``: names of the schema, of flat columns, or dotted (``home.city``); only their
        bytes are decoded. ``on_findings`` gets each block's findings instead of ``findings``,
        which otherwise holds them all when the last batch has come. WrongUse for an unknown
        column or a declaration that does not fit; OSError.
        """
        gathered: list[pa.Table] = []
        take = gathered.append if on_findings is None else on_findings
        wanted = None if columns is None else self._flat(columns)
        with declaration_errors():
            for block in decode_file(
                self.path,
                self.interface,
                file_id=self.path.name,
                columns=wanted,
                records=(self.record.name,),
            ):
                if block.findings.num_rows:
                    take(block.findings)
                batch = block.batches.get(self.record.name)
                if batch is not None:
                    yield self._shaped(batch)
        if on_findings is None:
            self.findings = pa.concat_tables([FINDINGS_SCHEMA.empty_table(), *gathered])

    def reader(self, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        """The batches as a reader that DuckDB, polars and pyarrow take."""
        return pa.RecordBatchReader.from_batches(self._schema_of(columns), self.batches(columns))

    def scan(
        self, columns: Sequence[str] | None = None, filter: pc.Expression | None = None
    ) -> ds.Scanner:
        """A pyarrow dataset scan: only ``columns``, only rows that meet ``filter``.

        What neither of them names is not decoded. The scanner can be consumed once.
        """
        names = None
        if columns is not None:
            words = set(_WORD.findall(str(filter))) if filter is not None else set()
            names = [*columns, *(n for n in self.schema.names if n in words and n not in columns)]
        return ds.Scanner.from_batches(
            self.batches(names),
            schema=self._schema_of(names),
            columns=None if columns is None else list(columns),
            filter=filter,
        )

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All records at once; the memory is that of the values."""
        return pa.Table.from_batches(self.batches(columns), schema=self._schema_of(columns))

    def to_pandas(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """All records as a frame with Arrow dtypes, so that decimals and nulls stay exact."""
        import pandas as pd

        frame: pd.DataFrame = self.to_table(columns).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def _shaped(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return reshape(self.shape)(batch, self.record, self.interface)

    def _schema_of(self, columns: Sequence[str] | None) -> pa.Schema:
        if columns is None:
            return self.schema
        flat = {*_IDENTITY, PARENT_NUMBER, *self._flat(columns)}
        schema = decoded_schema(self.record, self.interface)
        few = pa.schema([field for field in schema if field.name in flat])
        return self._shaped(pa.RecordBatch.from_pylist([], schema=few)).schema

    def _flat(self, columns: Sequence[str]) -> list[str]:
        """Flat columns in which the named ones lie."""
        known = self._known()
        found: list[str] = []
        for name in columns:
            if name in _IDENTITY or name == PARENT_NUMBER:
                continue
            if name not in known:
                raise WrongUse(
                    f"{self.interface.id}: {self.record.name} has no column {name!r}; it has: "
                    f"{', '.join(self.schema.names)}"
                )
            found += known[name]
        return list(dict.fromkeys(found))

    def _known(self) -> dict[str, list[str]]:
        """Every name a column may be asked by → the flat columns in which it lies."""
        known: dict[str, list[str]] = {}
        fields = visible_fields(self.record.fields, self.interface)
        _add_paths(fields, "", known)
        if self.shape == "flat":
            tables = {item.column for item in _tables(fields)}
            for name in self.schema.names:
                table = next((t for t in tables if name.startswith(f"{t}_")), None)
                if table is not None:
                    known.setdefault(name, [table])
        return known


def open(
    path: str | Path,
    interface: str | Interface | None = None,
    *,
    copybook: str | Path | None = None,
    record: str | None = None,
    on: date | None = None,
    shape: Shape = "nested",
    **said: Unpack[Said],
) -> RecordFile:
    """Open a mainframe file.

    ``interface`` is a declared one (``name`` or ``name.version``; ``on`` picks the version of a
    business date). Or ``copybook`` with ``encoding`` and ``framing``, and whatever else a
    declaration's tables can say (``dialect``, ``records`` …). ``record`` is the 01 name, the
    detail record unless given. WrongUse with one line for what cannot be used.

    >>> for batch in prakan.open("MASTER", copybook="master.cpy", encoding="cp037", framing="FB"):
    ...     print(batch.num_rows)
    """
    chosen = interface_of(interface, copybook, on, record, said)
    return RecordFile(input_file(Path(path)), chosen, record_name(chosen, record), shape)


def _add_paths(fields: Sequence[Field], above: str, known: dict[str, list[str]]) -> None:
    names = member_names(fields)
    for place, item in enumerate(fields):
        columns = flat_columns(item)
        known.setdefault(above + names[place], columns)
        if item.is_group and item.occurs is None:
            _add_paths(item.children, f"{above}{names[place]}.", known)
        else:
            known.setdefault(item.column, columns)


def _tables(fields: Sequence[Field]) -> Iterator[Field]:
    for item in fields:
        if item.occurs is not None:
            yield item
        elif item.is_group:
            yield from _tables(item.children)
