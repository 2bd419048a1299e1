"""Every figure of speed: ``python -m benchmarks.decode --records 1000000 --json``.

One core: decoding against SHA-256, against the numpy decoder kept as the judge, against
``pandas.read_fwf`` on the same data as text, against a plain Python record loop (what a reader
that makes objects record by record costs at least; JRecord itself is Java and not run here);
bad and variable records; encoding; Parquet. Two cores: a whole extract of ``--records`` to
Parquet, with its memory. The single-core measurements take at most DECODED_RECORDS of them.
"""

from __future__ import annotations

import os

from benchmarks.decoding import measure_decoding
from benchmarks.goals import print_result
from benchmarks.measure import arguments
from benchmarks.parquet import measure_parquet
from benchmarks.pipeline import measure_pipeline
from benchmarks.startup import RECORDS as STARTUP_RECORDS
from benchmarks.startup import measure_startup

RECORDS = 1_000_000
DECODED_RECORDS = 1_000_000


def main() -> None:
    """Print the measurements."""
    options = arguments("Decoding a registration master, and all that follows", records=RECORDS)
    decoded = min(options.records, DECODED_RECORDS)
    decoding, goals = measure_decoding(decoded)
    pipeline, pipeline_goals = measure_pipeline(options.records)
    parquet, parquet_goals = measure_parquet(decoded)
    startup, startup_goals = measure_startup(min(decoded, STARTUP_RECORDS))
    every = [*goals, *pipeline_goals, *parquet_goals, *startup_goals]
    print_result(
        {
            "benchmark": "decode",
            "goals": [goal.as_dict() for goal in every],
            "cpus": os.cpu_count(),
            **parquet,
            **startup,
            **pipeline,
            "decoded_records": decoded,
            **decoding,
        },
        as_json=options.json,
    )


if __name__ == "__main__":
    main()
