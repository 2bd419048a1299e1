"""Decoding one file on one core, in all the ways that are compared."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.baselines import (
    MEMORY_COPY_BYTES,
    as_text,
    decode_loop,
    memory_copy,
    read_fwf,
    read_fwf_typed,
    sha256,
)
from benchmarks.goals import Goal, Result, at_least, at_most
from benchmarks.measure import (
    MEGABYTE,
    core_seconds,
    one_core,
    peak_memory_mb,
    rate,
    reset_peak_memory,
)
from benchmarks.registration import (
    registration_batches,
    registration_master,
    write_registration_master,
)
from benchmarks.samples import (
    fixed_history_interface,
    framed_variable,
    history_interface,
    variable,
    with_bad_records,
    write_fixed_history,
    write_history,
)
from exporters.encode import encode_batch
from interfaces.model import FieldType, Interface
from parsers.codepages import code_page
from parsers.decode import decode_file

SLICE_RECORDS = 20_000
_HISTORY_SHARE = 2
"""A history is about twice as long as a registration: half as many make a file as large."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding a file gave."""

    records: int
    findings: int


def decode_all(path: Path, interface: Interface, engine: str = "compiled") -> Decoded:
    """Decode a file and let the batches go, as a stream that is written on would."""
    records = findings = 0
    for block in decode_file(
        path, interface, file_id="benchmark", engine="numpy" if engine == "numpy" else "compiled"
    ):
        records += block.records_read
        findings += block.findings.num_rows
    return Decoded(records, findings)


def measure_decoding(records: int) -> tuple[Result, list[Goal]]:
    """Rates on one core, and the goals about them."""
    with tempfile.TemporaryDirectory() as folder, one_core():
        return _measured(records, Path(folder))


def _measured(records: int, folder: Path) -> tuple[Result, list[Goal]]:
    interface, record = registration_master()
    good, bad, framed = folder / "REGMAST", folder / "REGMAST.BAD", folder / "REGMAST.VB"
    written = write_registration_master(good, records)
    spoiled = with_bad_records(good, bad, record)
    framed_variable(good, framed, record)
    _prove(decode_all(good, interface), written.records, 0)
    _prove(decode_all(bad, interface), written.records, spoiled)
    _prove(decode_all(framed, variable(interface)), written.records, 0)
    batch = next(registration_batches(records))
    reset_peak_memory()
    before = peak_memory_mb()
    decode_all(good, interface)
    peak = peak_memory_mb()
    decoding, hashing, faulty, by_rdw, by_numpy, encoding = core_seconds(
        lambda: decode_all(good, interface),
        lambda: sha256(good),
        lambda: decode_all(bad, interface),
        lambda: decode_all(framed, variable(interface)),
        lambda: decode_all(good, interface, "numpy"),
        lambda: encode_batch(batch, record, interface),
    )
    encoding *= records / batch.num_rows
    odo, fixed = _histories(max(1, records // _HISTORY_SHARE), folder)
    slow, fwf, loop = _baselines(records, folder)
    size = written.size
    per_record = decoding / records
    result: Result = {
        "file_mb": round(size / MEGABYTE, 1),
        "decode": rate(size, records, decoding),
        "decode_peak_rss_mb": peak,
        "decode_rss_before_mb": before,
        "decode_numpy": rate(size, records, by_numpy),
        "decode_bad_records": {**rate(size, records, faulty), "bad_records": spoiled},
        "decode_vb": rate(size, records, by_rdw),
        "decode_odo": odo,
        "decode_occurs_fixed": fixed,
        "encode": rate(size, records, encoding),
        "sha256": rate(size, records, hashing),
        **slow,
        "decode_times_python_record_loop": round(loop / per_record, 1),
    }
    goals = [
        at_least("decode, times as fast as pandas.read_fwf", fwf / per_record, 100),
        at_least("decode, times as fast as the numpy decoder", by_numpy / decoding, 5),
        at_least("decode, share of the rate of SHA-256", hashing / decoding, 0.8),
        at_most("10 % bad records, share of time added", faulty / decoding - 1, 0.05),
        at_least("VB records, share of the rate of fixed ones", decoding / by_rdw, 0.5),
        at_least(
            "VB with ODO, share of the rate of fixed OCCURS",
            odo["mb_per_second"] / fixed["mb_per_second"],
            0.5,
        ),
        at_least("encode, share of the rate of decode", decoding / encoding, 0.5),
    ]
    return result, goals


def _prove(decoded: Decoded, records: int, findings: int) -> None:
    if decoded != Decoded(records, findings):
        raise RuntimeError(f"{decoded}; {records} records, {findings} findings were expected")


def _histories(records: int, folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Rates of the same fields with OCCURS DEPENDING ON behind RDWs, and with fixed OCCURS."""
    odo, fixed = folder / "CTBHIST.VB", folder / "CTBHIST.FB"
    by_counter, always = history_interface(), fixed_history_interface(folder)
    write_history(odo, records)
    write_fixed_history(fixed, records, always)
    _prove(decode_all(odo, by_counter), records + 2, 0)
    _prove(decode_all(fixed, always), records + 2, 0)
    variable_seconds, fixed_seconds = core_seconds(
        lambda: decode_all(odo, by_counter), lambda: decode_all(fixed, always)
    )
    return (
        rate(odo.stat().st_size, records, variable_seconds),
        rate(fixed.stat().st_size, records, fixed_seconds),
    )


def _baselines(records: int, folder: Path) -> tuple[Result, float, float]:
    """Rates of the ways people know, and the seconds a record of read_fwf and of the loop.

    They run on a slice of at most SLICE_RECORDS: they are slow, and their rates do not depend
    on its size.
    """
    interface, record = registration_master()
    count = min(records, SLICE_RECORDS)
    text, widths, names = as_text(next(registration_batches(count)))
    path = folder / "SLICE"
    write_registration_master(path, count)
    data = path.read_bytes()[record.length : -record.length]
    dates = {
        item.column
        for item in record.walk()
        if (rule := interface.fields.get(item.name)) and rule.type is FieldType.DATE
    }
    page = code_page(interface.file.encoding)
    fwf, typed, loop = core_seconds(
        lambda: read_fwf(text, widths, names),
        lambda: read_fwf_typed(text, widths, names),
        lambda: decode_loop(data, record, page, dates),
        repeats=2,
    )
    copying = core_seconds(memory_copy(), repeats=5)[0]
    return (
        {
            "slice_records": count,
            "read_fwf": rate(len(data), count, fwf),
            "read_fwf_typed": rate(len(data), count, typed),
            "python_record_loop": rate(len(data), count, loop),
            "memory_copy": {"mb_per_second": round(MEMORY_COPY_BYTES / MEGABYTE / copying, 1)},
        },
        fwf / count,
        loop / count,
    )
