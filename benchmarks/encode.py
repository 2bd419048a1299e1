"""Encoding a registration master: ``python -m benchmarks.encode --records 1000000 --json``."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.baselines import encode_loop
from benchmarks.goals import Result, print_result
from benchmarks.measure import (
    arguments,
    core_seconds,
    one_core,
    peak_memory_mb,
    rate,
    reset_peak_memory,
)
from benchmarks.registration import (
    BUSINESS_DATE,
    registration_batches,
    registration_master,
)
from exporters.encode import encode_batch
from exporters.writer import FileWriter
from parsers.codepages import code_page

RECORDS = 1_000_000
LOOP_RECORDS = 20_000


def measure_encode(records: int) -> Result:
    """Rates of encoding alone, and of the whole file: totals, SHA-256, writing, in processor
    time.

    Rows are made a batch at a time and their making is not counted.
    """
    interface, record = registration_master()
    first = next(registration_batches(records))
    encode_batch(first, record, interface)
    size = records * record.length
    encoding = writing = 0.0
    with tempfile.TemporaryDirectory() as folder:
        context = {"business_date": BUSINESS_DATE, "sequence": 1}
        reset_peak_memory()
        with FileWriter(Path(folder, "REGMAST"), interface, context) as writer:
            for batch in registration_batches(records):
                start = time.process_time()
                encode_batch(batch, record, interface)
                encoded = time.process_time()
                writer.write_details(batch)
                writing += time.process_time() - encoded
                encoding += encoded - start
            start = time.process_time()
            writer.close()
            writing += time.process_time() - start
    return {
        "records": records,
        "encode": rate(size, records, encoding),
        "write_file": rate(size, records, writing),
        "peak_rss_mb": peak_memory_mb(),
    }


def measure_encode_loop(records: int) -> Result:
    """The f-string loop on a slice of at most LOOP_RECORDS."""
    interface, record = registration_master()
    page = code_page(interface.file.encoding)
    rows = next(registration_batches(min(records, LOOP_RECORDS))).to_pylist()
    elapsed = core_seconds(lambda: encode_loop(rows, page))[0]
    return {"slice_records": len(rows), **rate(len(rows) * record.length, len(rows), elapsed)}


def main() -> None:
    """Print the measurements."""
    options = arguments("Encoding a registration master", records=RECORDS)
    with one_core():
        measured = measure_encode(options.records)
        loop = measure_encode_loop(options.records)
    result = {"benchmark": "encode", "cpus": os.cpu_count(), **measured, "f_string_loop": loop}
    print_result(result, as_json=options.json)


if __name__ == "__main__":
    main()
