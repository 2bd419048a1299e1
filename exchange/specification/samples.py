"""Example records of a page, taken from a committed sample file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from exchange.specification.markdown import block
from exchange.specification.sheets import sheet_sample
from interfaces.model import Framing, Interface
from parsers.codepages import code_page
from parsers.copybook import load_layout
from parsers.framing import frames
from parsers.framing.lengths import interface_measure
from parsers.rows import gather_runs
from parsers.streams import open_stream

GOOD_CASE = "good"
_GOLDENS = (".json", ".jsonl")
_SHOWN = 3
_ROW_BYTES = 32


def sample_file(samples: Path | None, interface: Interface) -> Path | None:
    """The input of the good case of an interface: ``<samples>/<name>/good/<file>``; of a version
    after the first ``<samples>/<name>.<version>/good/<file>``."""
    if samples is None:
        return None
    folder = samples / sample_folder(interface) / GOOD_CASE
    if not folder.is_dir():
        return None
    inputs = [p for p in sorted(folder.iterdir()) if p.suffix not in _GOLDENS and p.is_file()]
    return inputs[0] if inputs else None


def sample_folder(interface: Interface) -> str:
    """Name of the folder that holds an interface version's samples."""
    return interface.name if interface.version == 1 else interface.id


def sample_section(path: Path, interface: Interface) -> str:
    """The first records of a file: lines with spaces made visible, a dump with both forms, or the
    rows of a sheet."""
    if interface.file.framing is Framing.XLSX:
        return sheet_sample(path)
    length = max(record.length for record in load_layout(interface))
    measure = interface_measure(interface, load_layout(interface))
    with open_stream(path, interface.file) as stream:
        frame = next(frames(stream, interface.file, length, 1 << 20, measure=measure), None)
    if frame is None:
        raise ValueError(f"{path}: a sample has records")
    runs = [
        gather_runs(frame.rows.data, frame.rows.starts[n : n + 1], frame.lengths[n : n + 1])
        for n in range(min(_SHOWN, len(frame.rows)))
    ]
    records = [np.asarray(run, np.uint8).tobytes() for run in runs]
    text = interface.file.framing is Framing.TEXT
    shown = [_line(r, interface) if text else _dump(r, interface) for r in records]
    separator = "\n" if text else "\n\n"
    how = (
        "a middle dot stands for a space"
        if text
        else "32 bytes a row: position of the first, hexadecimal, and as text in the code page"
    )
    return f"From {path.name}, a synthetic file ({how}):\n\n{block(separator.join(shown))}"


def _line(record: bytes, interface: Interface) -> str:
    return code_page(interface.file.encoding).decode(record).replace(" ", "·")


def _dump(record: bytes, interface: Interface) -> str:
    page = code_page(interface.file.encoding)
    rows = []
    for start in range(0, len(record), _ROW_BYTES):
        part = record[start : start + _ROW_BYTES]
        text = "".join(c if c.isprintable() else "." for c in page.decode(part))
        rows.append(f"{start + 1:>5}  {part.hex().upper():<{2 * _ROW_BYTES}}  {text.rstrip()}")
    return "\n".join(rows)
