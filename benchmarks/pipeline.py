"""A whole extract on two cores: ``python -m benchmarks.pipeline --records 1000000 --json``.

SHA-256, decode, validate, Parquet, by the functions that receiving uses, against the Parquet
write alone by the same writer. Each runs in a process of its own, so that memory is its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import cast

import pyarrow as pa

from benchmarks.baselines import sha256
from benchmarks.goals import Goal, Result, at_most, print_result
from benchmarks.measure import AnonymousPeak, arguments, peak_memory_mb, rate, wall_seconds
from benchmarks.registration import (
    BUSINESS_DATE,
    registration_master,
    write_registration_master,
)
from exchange.inbound.stored import BatchStore, stored_schemas, with_file_id
from exchange.inbound.streaming import expected_records, store_file
from exchange.parts import new_part
from interfaces.catalogue import load_catalogue
from interfaces.dated import code_list
from parsers.copybook import load_layout
from parsers.decode import decode_file
from parsers.findings import FINDINGS_SCHEMA
from validation.references import References
from validation.validate import FileValidator, FileVerdict

RECORDS = 1_000_000
CORES = 2
_CODE_LISTS = ("titles", "wrong_titles")
_KEPT_ROWS = 1_000_000
"""Rows that the Parquet write alone repeats: more would not fit memory at full size."""
_WARMING_RECORDS = 20_000
_CHILD = "--child"


def receive_extract(path: Path, folder: Path) -> dict[str, float]:
    """Hash, decode, validate and store a file; wall seconds of the hash and of the rest."""
    interface, _ = registration_master()
    layout = load_layout(interface)
    catalogue = load_catalogue()
    start = time.perf_counter()
    file_id = sha256(path)
    hashed = time.perf_counter()
    references = References(
        business_date=BUSINESS_DATE,
        code_lists={name: code_list(name, BUSINESS_DATE) for name in _CODE_LISTS},
    )
    context = {"business_date": BUSINESS_DATE, "sequence": 1}
    validator = FileValidator(
        interface,
        layout,
        catalogue,
        references,
        context,
        file_id=file_id,
        expected_records=expected_records(layout, path.stat().st_size),
    )
    with ExitStack() as parts:
        findings = parts.enter_context(new_part(folder / "findings", FINDINGS_SCHEMA))
        writers = {
            dataset: parts.enter_context(new_part(folder / f"rows{dataset}", schema))
            for dataset, schema in stored_schemas(interface, layout).items()
        }
        store = BatchStore(writers, single=True)
        verdict = store_file(path, interface, validator, catalogue, store, findings, file_id)
    _prove(verdict)
    return {"sha256": hashed - start, "store": time.perf_counter() - hashed}


def _prove(verdict: FileVerdict) -> None:
    if verdict.refused or verdict.rejected or verdict.unchecked:
        raise RuntimeError(f"the extract should have been accepted whole: {verdict}")


def _load_kernels(folder: Path) -> None:
    """Receive a small extract: loading compiled kernels is a matter of ``benchmarks.startup``."""
    warming = folder / "warming"
    warming.mkdir()
    write_registration_master(folder / "SMALL", _WARMING_RECORDS)
    receive_extract(folder / "SMALL", warming)


def write_alone(path: Path, folder: Path, records: int) -> float:
    """Wall seconds of writing as many decoded rows by the same writer, nothing else."""
    interface, record = registration_master()
    schema = stored_schemas(interface, load_layout(interface))[""]
    batches: list[pa.RecordBatch] = []
    for block in decode_file(path, interface, file_id="benchmark"):
        if record.name in block.batches:
            batches.append(with_file_id(block.batches[record.name], "benchmark"))
        if sum(batch.num_rows for batch in batches) >= _KEPT_ROWS:
            break

    def write() -> None:
        with new_part(folder / "alone", schema) as part:
            for batch in cycle(batches):
                part.write(batch.slice(0, records - part.rows))
                if part.rows == records:
                    break

    return wall_seconds(write)


def measure_pipeline(records: int) -> tuple[Result, list[Goal]]:
    """Seconds and memory of both on two cores, and the goals about them."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "REGMAST")
        size = write_registration_master(path, records).size
        _child("pipeline", path, records)  # the first run is discarded
        whole = _child("pipeline", path, records)
        alone = _child("write", path, records)["seconds"]
    total = whole["sha256"] + whole["store"]
    result: Result = {
        "records": records,
        "cores": min(CORES, os.cpu_count() or 1),
        "extract_to_parquet": {
            **rate(size, records, total),
            "seconds": round(total, 2),
            "sha256_seconds": round(whole["sha256"], 2),
            "anonymous_mb": whole["anonymous_mb"],
            "peak_rss_mb": whole["peak_rss_mb"],
        },
        "parquet_write_alone": {**rate(size, records, alone), "seconds": round(alone, 2)},
    }
    goals = [
        at_most("extract to Parquet on two cores, times the Parquet write", total / alone, 2.5),
        at_most("extract to Parquet, anonymous memory in GB", whole["anonymous_mb"] / 1000, 0.5),
    ]
    return result, goals


def _child(what: str, path: Path, records: int) -> Mapping[str, float]:
    """Run one of the two in a fresh process on CORES processors."""
    command = [sys.executable, "-m", "benchmarks.pipeline", _CHILD, what, str(path), str(records)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return cast(Mapping[str, float], json.loads(done.stdout))


def _be_child(what: str, path: Path, records: int) -> dict[str, float]:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        if what == "write":
            return {"seconds": write_alone(path, Path(name), records)}
        _load_kernels(Path(name))
        with AnonymousPeak() as memory:
            seconds = receive_extract(path, Path(name))
        return {
            **seconds,
            "anonymous_mb": memory.megabytes,
            "peak_rss_mb": peak_memory_mb(),
        }


def main() -> None:
    """Print the measurements."""
    if sys.argv[1:2] == [_CHILD]:
        what, path, records = sys.argv[2:]
        print(json.dumps(_be_child(what, Path(path), int(records))))
        return
    options = arguments("A whole extract on two cores", records=RECORDS)
    result, goals = measure_pipeline(options.records)
    named = {"benchmark": "pipeline", "goals": [goal.as_dict() for goal in goals], **result}
    print_result(named, as_json=options.json)


if __name__ == "__main__":
    main()
