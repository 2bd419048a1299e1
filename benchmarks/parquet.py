"""Writing Parquet on one core: ``python -m benchmarks.parquet --records 1000000 --json``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.goals import Goal, Result, at_least, at_most, print_result
from benchmarks.measure import MEGABYTE, arguments, core_seconds, one_core, rate
from benchmarks.registration import registration_master, write_registration_master
from exchange.parts import new_part
from parsers.decode import decode_file

RECORDS = 1_000_000


def measure_parquet(records: int) -> tuple[Result, list[Goal]]:
    """Time and size of our part and of ``pyarrow.parquet.write_table`` as it comes."""
    with tempfile.TemporaryDirectory() as name, one_core():
        folder = Path(name)
        interface, record = registration_master()
        size = write_registration_master(folder / "REGMAST", records).size
        table = pa.Table.from_batches(
            block.batches[record.name]
            for block in decode_file(folder / "REGMAST", interface, file_id="benchmark")
            if record.name in block.batches
        )
        ours, theirs = folder / "ours.parquet", folder / "default.parquet"
        own, default = core_seconds(
            lambda: _write_part(ours, table), lambda: pq.write_table(table, theirs), repeats=5
        )
        own_size, default_size = ours.stat().st_size, theirs.stat().st_size
    result: Result = {
        "records": records,
        "parquet": {**rate(size, records, own), "file_mb": round(own_size / MEGABYTE, 1)},
        "parquet_default": {
            **rate(size, records, default),
            "file_mb": round(default_size / MEGABYTE, 1),
        },
    }
    goals = [
        at_least("Parquet, times as fast as pyarrow's default", default / own, 1.8),
        at_most("Parquet, size against pyarrow's default", own_size / default_size, 1),
    ]
    return result, goals


def _write_part(target: Path, table: pa.Table) -> None:
    with new_part(target, table.schema) as part:
        for batch in table.to_batches():
            part.write(batch)


def main() -> None:
    """Print the measurements."""
    options = arguments("Writing Parquet on one core", records=RECORDS)
    result, goals = measure_parquet(options.records)
    named = {"benchmark": "parquet", "goals": [goal.as_dict() for goal in goals], **result}
    print_result(named, as_json=options.json)


if __name__ == "__main__":
    main()
