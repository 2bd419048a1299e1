"""Bars as numbers: where each piece of a stacked bar begins and how wide it is.

A bar is 100 units wide whatever its size on the page. A piece that is there is never narrower
than SEEN, so that 13 of 20,000 are still to be seen; the others give way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.report.figures import NightFigures
from exchange.status.wording import baht

SEEN = 0.7
COLOURS = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a bar. ``colour`` is the name of a CSS class; ``label`` says what it is and
    ``shown`` its value, for people."""

    colour: str
    start: float
    width: float
    label: str
    label_th: str
    shown: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its pieces; ``spoken`` is the whole of it in words."""

    title: str
    title_th: str
    pieces: tuple[Piece, ...]
    spoken: str


@dataclass(frozen=True, slots=True)
class Amount:
    """What a piece is made from."""

    colour: str
    label: str
    label_th: str
    value: int
    shown: str


def stacked(title: str, title_th: str, amounts: Sequence[Amount], whole: int = 0) -> Bar:
    """A bar of the amounts in their order; ``whole`` is what 100 units stand for (0: their sum).

    Amounts of nothing have no piece.
    """
    present = [amount for amount in amounts if amount.value > 0]
    whole = whole or sum(amount.value for amount in present)
    widths = _widths([100 * amount.value / whole for amount in present])
    starts = [sum(widths[:n]) for n in range(len(widths))]
    pieces = tuple(
        Piece(a.colour, round(start, 2), round(width, 2), a.label, a.label_th, a.shown)
        for a, start, width in zip(present, starts, widths, strict=True)
    )
    told = ", ".join(f"{amount.label} {amount.shown}" for amount in present) or "nothing"
    return Bar(title, title_th, pieces, f"{title}: {told}")


def _widths(shares: Sequence[float]) -> list[float]:
    """Shares with the small ones made visible at the cost of the others, of which some may become
    small by it."""
    widths = list(shares)
    raised: set[int] = set()
    while small := {n for n, width in enumerate(widths) if width < SEEN} - raised:
        raised |= small
        large = sum(share for n, share in enumerate(shares) if n not in raised)
        room = sum(shares) - SEEN * len(raised)
        keep = room / large if large > 0 and room > 0 else 1.0
        widths = [SEEN if n in raised else share * keep for n, share in enumerate(shares)]
    return widths


def record_bars(figures: NightFigures) -> list[Bar]:
    """Records accepted and rejected, a bar for each interface."""
    return [
        stacked(
            row.title,
            row.title_th,
            [
                Amount("good", "accepted", "รับ", row.accepted, f"{row.accepted:,}"),
                Amount("bad", "rejected", "ไม่รับ", row.rejected, f"{row.rejected:,}"),
            ],
        )
        for row in figures.records
    ]


def standing_bars(figures: NightFigures) -> list[Bar]:
    """Persons by return code, a bar for each section."""
    sections = sorted({row.section for row in figures.standing})
    return [
        stacked(
            f"Section {section}",
            f"มาตรา {section}",
            [
                Amount(
                    f"c{row.place % COLOURS}",
                    f"{row.return_code:03d} {row.en}",
                    f"{row.return_code:03d} {row.th}",
                    row.persons,
                    f"{row.persons:,}",
                )
                for row in figures.standing
                if row.section == section
            ],
        )
        for section in sections
    ]


def payment_bar(figures: NightFigures) -> Bar:
    """All money paid: what was posted, what is broken."""
    posted, broken = figures.posted.satang, figures.broken.satang
    return stacked(
        "Paid",
        "รับชำระ",
        [
            Amount("good", "posted", "บันทึกแล้ว", posted, f"{baht(posted)} baht"),
            Amount("bad", "broken", "รอพิจารณา", broken, f"{baht(broken)} baht"),
        ],
    )


def broken_bars(figures: NightFigures) -> list[Bar]:
    """Broken money by code, all bars to the scale of the largest."""
    largest = max((row.satang for row in figures.broken_by_code), default=0)
    return [
        stacked(
            row.code,
            row.th,
            [Amount("bad", row.code, row.th, row.satang, f"{baht(row.satang)} baht")],
            whole=largest,
        )
        for row in figures.broken_by_code
    ]
