"""Any table is written as records that say the same, or is refused; any bytes come back.

The short runs have fixed seeds; ``make soak`` goes on with others (:mod:`fuzz_limits`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from fuzz_copybooks import SLIDING
from fuzz_files import random_interface, random_sample
from fuzz_limits import short_seeds, soak_seeds, time_limit
from fuzz_tables import mistaken, random_table
from fuzz_written import comes_back, decoded_batches, is_written_or_refused

from interfaces.errors import WrongUse
from parsers.arrow_types import ROW_IDENTITY, record_schema
from parsers.copybook import load_layout

SECONDS = 20


def any_bytes(seed: int, folder: Path) -> int:
    """Batches of a file that came back as its own bytes."""
    sample = random_sample(Random(seed), folder, sliding=SLIDING)
    count = 0
    try:
        for record, batch in decoded_batches(sample, folder):
            comes_back(batch, record, sample.interface)
            count += 1
    except WrongUse as error:
        assert str(error)
    except Exception as error:
        error.add_note(f"seed {seed}\n{sample}")
        raise
    return count


def any_table(seed: int, folder: Path) -> int:
    """How many tables (0 or 1) could be written."""
    dice = Random(seed)
    interface = random_interface(dice, folder, sliding=SLIDING)
    record = dice.choice(load_layout(interface))
    schema = pa.schema(list(record_schema(record, interface))[len(ROW_IDENTITY) :])
    if not len(schema):
        return 0
    table = random_table(dice, schema, dice.choice((0, 1, 1, 2, 7)))
    table = mistaken(dice, table) if dice.random() < 0.3 else table
    try:
        return is_written_or_refused(table, record, interface)
    except WrongUse as error:
        assert str(error)
        return 0
    except Exception as error:
        error.add_note(f"seed {seed}\n{interface.copybook.read_text('utf-8')}\n{table.to_pylist()}")
        raise


RUNS = pytest.mark.parametrize("case", [any_bytes, any_table])


@RUNS
def test_tables_and_bytes(case: Callable[[int, Path], int], tmp_path: Path) -> None:
    worked = 0
    for seed in short_seeds(150):
        with time_limit(SECONDS):
            worked += case(seed, tmp_path)
    assert worked > 10


@pytest.mark.soak
@RUNS
def test_tables_and_bytes_for_a_long_time(case: Callable[[int, Path], int], tmp_path: Path) -> None:
    for seed in soak_seeds():
        with time_limit(SECONDS):
            case(seed, tmp_path)
