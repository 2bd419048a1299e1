"""The benchmark prints every figure it is asked for, in one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOALS = {
    "decode, times as fast as pandas.read_fwf",
    "decode, times as fast as the numpy decoder",
    "decode, share of the rate of SHA-256",
    "10 % bad records, share of time added",
    "VB records, share of the rate of fixed ones",
    "VB with ODO, share of the rate of fixed OCCURS",
    "encode, share of the rate of decode",
    "extract to Parquet on two cores, times the Parquet write",
    "extract to Parquet, anonymous memory in GB",
    "Parquet, times as fast as pyarrow's default",
    "Parquet, size against pyarrow's default",
    "first decode, seconds more than later ones",
}
RATES = {
    "decode",
    "decode_numpy",
    "decode_bad_records",
    "decode_vb",
    "decode_odo",
    "decode_occurs_fixed",
    "encode",
    "sha256",
    "read_fwf",
    "python_record_loop",
    "parquet",
    "parquet_default",
    "extract_to_parquet",
    "parquet_write_alone",
}


def test_every_figure_is_printed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.decode", "--records", "2000", "--json"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result = json.loads(done.stdout)
    assert {goal["name"] for goal in result["goals"]} == GOALS
    for goal in result["goals"]:
        sign, wanted = goal["goal"].split()
        reached = goal["value"] >= float(wanted) if sign == ">=" else goal["value"] <= float(wanted)
        assert goal["met"] is reached
    assert set(result) >= RATES | {"memory_copy", "startup", "cpus", "records", "decoded_records"}
    assert all(result[name]["mb_per_second"] > 0 for name in RATES)
    assert all(result[name]["records_per_second"] > 0 for name in RATES)
    assert result["extract_to_parquet"]["anonymous_mb"] > 0
