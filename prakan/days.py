"""The business date that a command works on; the only place of these commands with a clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from interfaces.errors import WrongUse

BANGKOK = ZoneInfo("Asia/Bangkok")


def day_given(text: str | None) -> date | None:
    """``YYYY-MM-DD``, Gregorian; None when nothing was given, WrongUse for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"date {text!r} is not a day written YYYY-MM-DD") from None


def today() -> date:
    """The day it is in Bangkok."""
    return datetime.now(BANGKOK).date()
