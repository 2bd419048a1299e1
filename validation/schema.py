"""The pandera schema of accepted rows, made from the interface declaration.

A postcondition: what was accepted is validated again by other code than the one that accepted
it (types, required fields, allowed values, code lists, check digits). The reason bitmask alone
decides; a row that fails here means that prakan is wrong, so it raises and is no finding.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial

import numpy as np
import pandera.polars as pandera
import polars as pl
import pyarrow as pa
from pandera.config import ValidationDepth, config_context

from interfaces.catalogue import Catalogue
from interfaces.model import FieldRule, Interface, Severity
from validation.checks import field_check
from validation.places import Place, Places
from validation.references import References

_MOST_CASES = 5  # of a broken postcondition: enough to find the mistake
_ROWS_AT_ONCE = 131_072  # a validation costs some ten milliseconds however few the rows
_BYTES_AT_ONCE = 32 << 20  # and takes many times the memory of long tables


class PostconditionError(AssertionError):
    """Accepted rows that break their own declaration: a defect of prakan, not of the data."""


class Postcondition:
    """Re-validates accepted rows of one record type, many at a time.

    The types of all columns are compared with those declared; pandera sees the columns of which
    something is declared.
    """

    def __init__(
        self,
        interface: Interface,
        record: str,
        expected: pa.Schema,
        places: Places,
        references: References,
        catalogue: Catalogue,
    ) -> None:
        """``expected`` is the Arrow schema that decoding promises for the record."""
        self._id = f"{interface.id} {record}"
        self._expected = expected
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0
        frame = pl.DataFrame(expected.empty_table())
        columns: dict[str, pandera.Column] = {}
        for name, place in places.of(record).items():
            rule = interface.fields.get(name)
            column = place.path[0]
            if rule is None or column not in frame.schema:
                continue
            checks = _checks(place, rule, references, catalogue)
            single = len(place.path) == 1 and not place.repeats
            needed = rule.required and single and place.redefinition is None
            if not (checks or needed):
                continue
            declared = columns.setdefault(
                column, pandera.Column(frame.schema[column], nullable=True)
            )
            declared.nullable = not needed
            declared.checks += checks
        self._names = [name for name in expected.names if name in columns]
        ordered = {name: columns[name] for name in self._names}
        self._schema = pandera.DataFrameSchema(ordered, strict=True, ordered=True)

    def fresh(self) -> Postcondition:
        """The same for other rows: none wait."""
        other = copy(self)
        other._waiting = []
        other._waiting_rows = other._waiting_bytes = 0
        return other

    def add(self, batch: pa.RecordBatch) -> None:
        """Take accepted rows; they are checked with those that follow, at the latest by
        :meth:`close`. PostconditionError as :meth:`check` raises it."""
        self._compare(batch.schema)
        # A copy of these few columns: the others need not be kept until there are enough rows.
        chosen = batch.select(self._names)
        self._waiting.append(chosen.copy_to(pa.default_cpu_memory_manager()))
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += chosen.nbytes
        if self._waiting_rows >= _ROWS_AT_ONCE or self._waiting_bytes >= _BYTES_AT_ONCE:
            self.close()

    def close(self) -> None:
        """Check the rows that wait."""
        waiting, self._waiting = self._waiting, []
        self._waiting_rows = self._waiting_bytes = 0
        if self._names and any(batch.num_rows for batch in waiting):
            self._validate(pa.Table.from_batches(waiting))

    def check(self, batch: pa.RecordBatch) -> None:
        """Raise PostconditionError, with the first failures, unless every row is as declared."""
        self.add(batch)
        self.close()

    def _compare(self, schema: pa.Schema) -> None:
        if not schema.equals(self._expected):
            raise PostconditionError(f"{self._id}: decoded columns {schema} are not those declared")

    def _validate(self, table: pa.Table) -> None:
        frame = pl.DataFrame(pl.from_arrow(table, rechunk=False))
        try:
            with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
                self._schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            raise PostconditionError(
                f"{self._id}: accepted rows break the declaration:\n"
                f"{error.failure_cases.head(_MOST_CASES)}"
            ) from error


def _checks(
    place: Place, rule: FieldRule, references: References, catalogue: Catalogue
) -> list[pandera.Check]:
    """Column-wise checks of one field; their ``error`` is the code of the catalogue."""
    checks = []
    if rule.required and place.repeats:
        checks.append(_check("VALUE_MISSING", place, _present))
    if rule.values:
        allowed = pl.Series(rule.values)
        checks.append(_check("VALUE_NOT_ALLOWED", place, partial(_among, allowed=allowed)))
    if rule.codes:
        codes = pl.Series(pl.from_arrow(references.codes(rule.codes)))
        checks.append(_check("CODE_UNKNOWN", place, partial(_among, allowed=codes)))
    for name in rule.checks:
        rejecting = _rejecting(name, catalogue)
        if rejecting:
            test = partial(_sound, name=name, codes=rejecting)
            checks.append(_check(" ".join(rejecting), place, test))
    return checks


def _check(error: str, place: Place, test: Callable[[pl.Series], pl.Series]) -> pandera.Check:
    return pandera.Check(
        partial(_holds, path=place.path, test=test),
        name=f"{place.field.name} {error}",
        error=error,
        n_failure_cases=_MOST_CASES,
    )


def _holds(
    data: pandera.PolarsData, *, path: tuple[str, ...], test: Callable[[pl.Series], pl.Series]
) -> bool | pl.LazyFrame:
    """Whether every value of the field passes; if not, the rows in which each does. A row
    without a value passes."""
    column = data.lazyframe.select(pl.col(path[0])).collect().to_series()
    if test(_values(column, path)).fill_null(value=True).all():
        return True
    values, rows = column, pl.Series(np.arange(len(column)))
    for member in ("", *path[1:]):
        if member:
            values = values.struct.field(member)
        while values.dtype.base_type() is pl.List:
            frame = pl.DataFrame({"row": rows, "value": values})
            # an empty list would become a missing value
            frame = frame.filter(pl.col("value").list.len() > 0).explode("value")
            rows, values = frame["row"], frame["value"]
    failed = rows.filter(~test(values).fill_null(value=True)).to_numpy()
    passed = np.ones(len(column), np.bool_)
    passed[failed] = False
    return pl.LazyFrame({path[0]: passed})


def _values(values: pl.Series, path: tuple[str, ...]) -> pl.Series:
    """All values of the field, and a null for each empty list."""
    for member in ("", *path[1:]):
        values = values.struct.field(member) if member else values
        while values.dtype.base_type() is pl.List:
            values = values.explode()
    return values


def _present(values: pl.Series) -> pl.Series:
    return values.is_not_null()


def _among(values: pl.Series, *, allowed: pl.Series) -> pl.Series:
    return values.cast(allowed.dtype).is_in(allowed.implode())


def _sound(values: pl.Series, *, name: str, codes: tuple[str, ...]) -> pl.Series:
    masks = field_check(name)(values.to_arrow().cast(pa.utf8()))
    return pl.Series(~np.logical_or.reduce([masks[code] for code in codes]))


def _rejecting(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Codes of a named check that reject; warnings do not keep a row from being accepted."""
    codes = field_check(name)(pa.array([], pa.utf8()))
    return tuple(code for code in codes if catalogue.severity(code) is Severity.REJECT)
