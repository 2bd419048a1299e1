"""What Parquet holds about the payers of a return, and about nobody else.

The register and the feeds are a hundred times larger than a return. They are read by the engine
that joins them, the columns asked for only, row group by row group, and what is kept is bounded
by the return. Nested months are opened for payers alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from ledger.bounded import bounded_engine

Files = Iterable[Path | str]


def rows_of_payers(files: Files, payers: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The columns of those rows whose ``national_id`` is one of ``payers``.

    ``payers``: a table with ``national_id`` (utf8), which may repeat or be null.
    """
    query = f"SELECT {_names(columns)} FROM read_parquet($files) WHERE {_IS_PAYER}"  # noqa: S608 - our own column names, quoted
    return _answer(files, query, payers=payers)


def offers_to_payers(files: Files, payers: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Rows of feeds about the payers: one for each payable month.

    The columns given, then ``period`` int32, ``amount_satang`` int64, ``payable_from`` and
    ``payable_until`` date32. Somebody without a payable month has one row, these four null.
    """
    kept = _names(columns)
    opened = f"""
        SELECT {kept}, month.period, CAST(month.amount * 100 AS BIGINT) AS amount_satang,
               month.payable_from, month.payable_until
        FROM (SELECT {kept}, unnest(CASE WHEN len(payable_month) > 0 THEN payable_month
                                         ELSE [NULL] END) AS month
              FROM read_parquet($files) WHERE {_IS_PAYER})"""  # noqa: S608 - our own column names, quoted
    return _answer(files, opened, payers=payers)


def months_paid(
    files: Files, payers: pa.Table, claims: pa.Table, periods: Sequence[int]
) -> pa.Table:
    """The payers' months paid that a return can be about: one of the periods, or claimed.

    ``claims``: national_id, section_code (utf8) and period (int32) of payments, what these ask
    to be paid; rows with a null among them claim nothing. ``files``: national_id, section_code,
    and month_paid with ``paid_period``. The answer: national_id, section_code, period, each
    month once.
    """
    query = """
        SELECT DISTINCT national_id, section_code, period
        FROM (SELECT national_id, section_code,
                     unnest(list_transform(month_paid, lambda m: m.paid_period)) AS period
              FROM read_parquet($files)
              WHERE national_id IN (SELECT national_id FROM payers WHERE national_id IS NOT NULL)
             ) AS month
        WHERE list_contains($periods, period) OR EXISTS (
            SELECT 1 FROM claims WHERE claims.national_id = month.national_id
                AND claims.section_code = month.section_code AND claims.period = month.period)
        """
    return _answer(files, query, periods=list(periods), payers=payers, claims=claims)


_IS_PAYER = "national_id IN (SELECT national_id FROM payers WHERE national_id IS NOT NULL)"


def _answer(
    files: Files, query: str, *, periods: list[int] | None = None, **tables: pa.Table
) -> pa.Table:
    values: dict[str, object] = {"files": [str(path) for path in files]}
    if periods is not None:
        values["periods"] = periods
    with bounded_engine() as engine:
        for name, table in tables.items():
            engine.register(name, table)
        return engine.sql(query, params=values).to_arrow_table()


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
