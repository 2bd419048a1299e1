"""What was generated, as Parquet beside the files, so that tests can compare."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from insurance.digits import text_of_numbers
from insurance.money import baht_of
from simulation.population.histories import Histories
from simulation.population.persons import HABITS, STATUSES, People, id_texts

# One row an expected finding. ``record_number`` counts physical records from 1, ``byte_offset``
# is that of the record's first data byte; ``key`` is the national ID or account as intended.
FAULTS_SCHEMA = pa.schema(
    [
        ("file", pa.utf8()),
        ("record_number", pa.int64()),
        ("byte_offset", pa.int64()),
        ("record_type", pa.utf8()),
        ("field", pa.utf8()),
        ("code", pa.utf8()),
        ("key", pa.utf8()),
    ]
)
# One row a person: habit of paying, and what the master and the history must agree on.
PERSONS_SCHEMA = pa.schema(
    [
        ("national_id", pa.utf8()),
        ("section_code", pa.utf8()),
        ("status_code", pa.utf8()),
        ("option_code", pa.utf8()),
        ("habit", pa.dictionary(pa.int8(), pa.utf8())),
        ("effective_date", pa.date32()),
        ("ended_date", pa.date32()),
        ("months_in_history", pa.int16()),
        ("has_paid_current_month", pa.bool_()),
        ("total_months_paid", pa.int64()),
        ("total_amount_paid", pa.decimal128(13, 2)),
        ("last_period_paid", pa.int32()),
    ]
)
# One row a filing; ``way`` says in which way it is wrong, null when it is right.
FILINGS_SCHEMA = pa.schema(
    [
        ("file", pa.utf8()),
        ("account", pa.utf8()),
        ("period", pa.int32()),
        ("branches", pa.int32()),
        ("employees", pa.int32()),
        ("total_wages", pa.decimal128(15, 2)),
        ("employee_contributions", pa.decimal128(14, 2)),
        ("way", pa.utf8()),
    ]
)


class TruthWriter:
    """The three tables of a folder; rows are appended, the files are complete after the block."""

    def __init__(self, folder: Path) -> None:
        self._writers = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet", schema, compression="zstd", compression_level=1
            )
            for name, schema in (
                ("faults", FAULTS_SCHEMA),
                ("persons", PERSONS_SCHEMA),
                ("filings", FILINGS_SCHEMA),
            )
        }
        self.fault_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def add_faults(self, columns: Mapping[str, object]) -> None:
        """Expected findings by column name of FAULTS_SCHEMA."""
        table = pa.table(dict(columns), schema=FAULTS_SCHEMA)
        self.fault_rows += table.num_rows
        self._writers["faults"].write_table(table)

    def add_filings(self, columns: Mapping[str, object]) -> None:
        """Filings by column name of FILINGS_SCHEMA."""
        self._writers["filings"].write_table(pa.table(dict(columns), schema=FILINGS_SCHEMA))

    def add_people(self, people: People, histories: Histories) -> None:
        """A block of people and what they paid."""
        months = np.zeros(len(people), dtype=np.int16)
        months[histories.rows] = histories.counts
        everybody = np.ones(len(people), np.bool_)
        options = text_of_numbers(people.plan % 100, 2)
        columns = {
            "national_id": id_texts(people),
            "section_code": text_of_numbers(people.section, 2),
            "status_code": pa.array(STATUSES).take(pa.array(people.status)),
            "option_code": pa.compute.if_else(
                pa.array(people.section == 40), options, pa.scalar(None, pa.utf8())
            ),
            "habit": pa.DictionaryArray.from_arrays(
                pa.array(people.habit.astype(np.int8)), pa.array(HABITS)
            ),
            "effective_date": pa.array(people.joined_day.astype(np.int32), pa.date32()),
            "ended_date": pa.array(
                people.ended_day.astype(np.int32), pa.date32(), mask=~people.has_ended
            ),
            "months_in_history": pa.array(months),
            "has_paid_current_month": pa.array(histories.paid_current),
            "total_months_paid": pa.array(histories.total_months),
            "total_amount_paid": baht_of(histories.total_amount, everybody, 13),
            "last_period_paid": pa.array(
                histories.last_period.astype(np.int32), pa.int32(), mask=histories.last_period == 0
            ),
        }
        self._writers["persons"].write_table(pa.table(columns, schema=PERSONS_SCHEMA))
