"""The pandera schema of accepted rows, made from the interface declaration.

A postcondition: what was accepted is validated again by other code than the one that accepted
it (types, required fields, allowed values, code lists, check digits). The reason bitmask alone
decides; a row that fails here means that prakan is wrong, so it raises and is no finding.
"""

from __future__ import annotations

from collections.abc import Callable
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


class PostconditionError(AssertionError):
    """Accepted rows that break their own declaration: a defect of prakan, not of the data."""


class Postcondition:
    """Re-validates accepted rows of one record type."""

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
        frame = pl.DataFrame(expected.empty_table())
        columns = {
            name: pandera.Column(dtype, nullable=True) for name, dtype in frame.schema.items()
        }
        for name, place in places.of(record).items():
            rule = interface.fields.get(name)
            column = columns.get(place.path[0])
            if rule is None or column is None:
                continue
            if len(place.path) == 1 and not place.repeats:
                column.nullable = not rule.required or place.redefinition is not None
            column.checks += _checks(place, rule, references, catalogue)
        self._schema = pandera.DataFrameSchema(columns, strict=True, ordered=True)

    def check(self, batch: pa.RecordBatch) -> None:
        """Raise PostconditionError, with the first failures, unless every row is as declared."""
        if not batch.schema.equals(self._expected):
            raise PostconditionError(
                f"{self._id}: decoded columns {batch.schema} are not those declared"
            )
        frame = pl.DataFrame(pa.Table.from_batches([batch]))
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
) -> pl.LazyFrame:
    """Rows in which every value of the field passes; a row without a value passes."""
    column = data.lazyframe.select(pl.col(path[0])).collect().to_series()
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
