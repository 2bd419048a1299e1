"""Decoding a registration master: ``python -m benchmarks.decode --records 1000000 --json``.

Beside it, in the same run: encoding, ``pandas.read_fwf`` on the same data as text, a plain
Python record loop (both on a slice whose size is printed), SHA-256 and memory copy.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from benchmarks.baselines import (
    MEMORY_COPY_BYTES,
    as_text,
    decode_loop,
    memory_copy,
    read_fwf,
    sha256,
)
from benchmarks.encode import measure_encode, measure_encode_loop
from benchmarks.measure import (
    arguments,
    peak_memory_mb,
    print_result,
    rate,
    reset_peak_memory,
    seconds,
)
from benchmarks.registration import (
    registration_batches,
    registration_master,
    write_registration_master,
)
from interfaces.model import FieldType
from parsers.codepages import code_page
from parsers.decode import decode_file

RECORDS = 1_000_000
SLICE_RECORDS = 20_000

Rates = dict[str, float]


def decode_all(path: Path, expected: int) -> None:
    """Decode a file and let the batches go, as a stream that is written on would."""
    interface, _ = registration_master()
    records = findings = 0
    for block in decode_file(path, interface, file_id="benchmark"):
        records += block.records_read
        findings += block.findings.num_rows
    if (records, findings) != (expected, 0):
        raise RuntimeError(f"{records} records and {findings} findings; {expected} and 0 expected")


def measure_decode(records: int) -> dict[str, object]:
    """Rates and peak memory of decoding a file on disk, its pages cached by the warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "REGMAST")
        written = write_registration_master(path, records)
        decode_all(path, written.records)
        reset_peak_memory()
        before = peak_memory_mb()
        elapsed = seconds(lambda: decode_all(path, written.records), repeats=2)
        peak = peak_memory_mb()
        hashing = seconds(lambda: sha256(path), repeats=1)
    return {
        "file_mb": round(written.size / 1e6, 1),
        "decode": rate(written.size, records, elapsed),
        "decode_peak_rss_mb": peak,
        "decode_rss_before_mb": before,
        "sha256": {"mb_per_second": round(written.size / 1e6 / hashing, 1)},
    }


def measure_baselines(records: int) -> dict[str, object]:
    """read_fwf and the record loop on a slice of at most SLICE_RECORDS; memory copy."""
    interface, record = registration_master()
    count = min(records, SLICE_RECORDS)
    batch = next(registration_batches(count))
    text, widths, names = as_text(batch)
    fwf = seconds(lambda: read_fwf(text, widths, names), repeats=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "REGMAST")
        write_registration_master(path, count)
        data = path.read_bytes()[record.length : -record.length]
    dates = {
        item.column
        for item in record.walk()
        if (rule := interface.fields.get(item.name)) and rule.type is FieldType.DATE
    }
    page = code_page(interface.file.encoding)
    loop = seconds(lambda: decode_loop(data, record, page, dates), repeats=2)
    copy = seconds(memory_copy(), repeats=5)
    return {
        "slice_records": count,
        "read_fwf": rate(len(data), count, fwf),
        "python_loop": rate(len(data), count, loop),
        "memory_copy": {"mb_per_second": round(MEMORY_COPY_BYTES / 1e6 / copy, 1)},
    }


def ratio(fast: object, slow: object) -> float:
    """How many times as many records a second."""
    one, other = cast(Mapping[str, float], fast), cast(Mapping[str, float], slow)
    return round(one["records_per_second"] / other["records_per_second"], 2)


def main() -> None:
    """Print the measurements."""
    options = arguments("Decoding a registration master", records=RECORDS)
    result: dict[str, object] = {
        "benchmark": "decode",
        "cpus": os.cpu_count(),
        "records": options.records,
        **measure_decode(options.records),
    }
    encoding = measure_encode(options.records)
    result["encode"] = encoding["encode"]
    result["write_file"] = encoding["write_file"]
    result["encode_peak_rss_mb"] = encoding["peak_rss_mb"]
    result |= measure_baselines(options.records)
    loop = measure_encode_loop(options.records)
    result["f_string_loop"] = loop
    result["times_as_fast"] = {
        "decode_to_read_fwf": ratio(result["decode"], result["read_fwf"]),
        "decode_to_python_loop": ratio(result["decode"], result["python_loop"]),
        "encode_to_f_string_loop": ratio(result["encode"], loop),
    }
    print_result(result, as_json=options.json)


if __name__ == "__main__":
    main()
