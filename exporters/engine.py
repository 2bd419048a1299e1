"""Which of the two encoders works: the compiled one, or numpy for a few rows."""

from __future__ import annotations

from typing import Literal

Engine = Literal["auto", "compiled", "numpy"]

_FEW_ROWS = 1_024


def is_compiled(engine: Engine, rows: int) -> bool:
    """Whether compiled code is to work on ``rows`` rows. Under ``auto`` a few are left to numpy,
    which is done with them before compiled code is loaded."""
    return engine == "compiled" or (engine == "auto" and rows > _FEW_ROWS)
