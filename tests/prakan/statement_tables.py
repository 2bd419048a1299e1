"""Lines of a settlement statement: a day on which most was posted and some of it settled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
_YESTERDAY, _TODAY = date(2026, 11, 19), date(2026, 11, 20)

#: kind, section, option, code, collected on, count, amount, clearing, suspense
_LINES = (
    ("LISTED", "39", None, None, None, 420, "0.00", "0.00", "0.00"),
    ("SENT", "39", None, None, None, 618, "266976.00", "0.00", "0.00"),
    ("PAID", None, None, None, None, 7, "2376.00", "0.00", "0.00"),
    ("POSTED", "39", None, None, None, 4, "1728.00", "1728.00", "0.00"),
    ("POSTED", "40", "01", None, None, 1, "70.00", "70.00", "0.00"),
    ("BROKEN", "39", None, "WRONG_PERIOD", None, 1, "432.00", "432.00", "432.00"),
    ("BROKEN", "40", "02", "DOUBLE_PAYMENT", None, 1, "146.00", "146.00", "146.00"),
    ("RESOLVED", "39", None, "MOVE", None, 1, "432.00", "0.00", "-432.00"),
    ("SETTLED", None, None, None, None, 1, "2135.00", "-2135.00", "0.00"),
    ("FEE", None, None, None, None, 1, "25.00", "-25.00", "0.00"),
    ("CARRIED", None, None, None, _YESTERDAY, 0, "70.00", "0.00", "0.00"),
    ("CARRIED", None, None, None, _TODAY, 0, "2376.00", "0.00", "0.00"),
)
_NAMES = ("line_kind", "section_code", "option_code", "entry_code", "collection_date")
_AMOUNTS = ("entry_amount", "clearing_change", "suspense_change")
BALANCES = {
    "clearing_opening": Decimal("2230.00"),
    "clearing_closing": Decimal("2446.00"),
    "suspense_opening": Decimal("500.00"),
    "suspense_closing": Decimal("646.00"),
}


def statement_lines() -> list[Row]:
    """The lines, and balances that they lead from and to (``BALANCES``)."""
    return [
        {
            "record_type": "D",
            "line_number": number,
            **dict(zip(_NAMES, line, strict=False)),
            "entry_count": line[len(_NAMES)],
            **dict(zip(_AMOUNTS, map(Decimal, map(str, line[len(_NAMES) + 1 :])), strict=True)),
        }
        for number, line in enumerate(_LINES, start=1)
    ]
