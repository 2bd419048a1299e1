"""What ``prakan breaks`` prints for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prakan.answer import baht, columns

if TYPE_CHECKING:
    from exchange.breaks.ageing import Ageing
    from exchange.breaks.bulk import BulkDone
    from exchange.breaks.listing import BreakLine, BreakList
    from ledger.break_events import Settled

_DECIDED = ("proposed", "held", "resolved")
_SETTLED = {
    "resolved": "resolved",
    "proposed": "proposed: nothing is posted until a second person approves it "
    "(`prakan breaks approve {id} --reason …`)",
    "held": "held: the money waits in suspense until the month has begun",
    "open": "open again",
}


def list_text(found: BreakList) -> str:
    """The breaks, and how many there are altogether."""
    if not found.count:
        return "no break"
    rows = [
        [
            line.break_id,
            line.code,
            _right(baht(line.amount_satang), found),
            line.age_days,
            line.state,
            line.owner,
            line.partner,
            line.person or line.employer,
            month_asked(line.section, line.option, line.period),
            _decided(line) if line.state in _DECIDED else line.suggestion,
        ]
        for line in found.lines
    ]
    heading = ["break", "code", "baht", "days", "state", "owner", "partner", "payer", "for"]
    shown = columns([*heading, "decided or suggested"], rows)
    total = f"{counted(found.count, 'break')}, {baht(found.satang)} baht, at {found.business_date}"
    if len(found.states) > 1:
        total += "\n" + ", ".join(
            f"{one.state} {one.count:,} of {baht(one.satang)} baht" for one in found.states
        )
    if len(found.lines) < found.count:
        total += f"\nthe first {len(found.lines):,} are shown; all: --limit {found.count}"
    return f"{shown}\n\n{total}"


def ageing_text(table: Ageing) -> str:
    """Number and money by partner, code and age."""
    if not table.rows:
        return "no break"
    rows = [
        [
            row.partner,
            row.code,
            row.owner,
            *(f"{age.count:,} / {baht(age.satang)}" if age.count else "-" for age in row.ages),
            f"{row.total.count:,} / {baht(row.total.satang)}",
        ]
        for row in table.rows
    ]
    every = [f"{age.count:,} / {baht(age.satang)}" if age.count else "-" for age in table.ages]
    total = f"{table.total.count:,} / {baht(table.total.satang)}"
    headings = ["partner", "code", "owner", *(f"{bucket} days" for bucket in table.buckets), "all"]
    shown = columns(headings, [*rows, ["all", "", "", *every, total]])
    return f"Unsettled breaks at {table.business_date}: number / baht, by age\n\n{shown}"


def settled_text(settled: Settled) -> str:
    """How a break stands after an act."""
    said = f"break {settled.break_id} is {_SETTLED[settled.state].format(id=settled.break_id)}"
    if settled.legs:
        legs = ", ".join(f"{leg:d}" for leg in settled.legs)
        name = "leg" if len(settled.legs) == 1 else "legs"
        said += f"; posted in the books of {settled.book_date} ({name} {legs})"
    return said


def bulk_text(done: BulkDone) -> str:
    """What a file of resolutions did."""
    return (
        f"{done.resolved:,} resolved, {done.proposed:,} proposed for approval, {done.held:,} held; "
        f"{done.known:,} were settled so before"
    )


def month_asked(section: str | None, option: str | None, period: int | None) -> str | None:
    """``40/01:2027-01``; None without a section."""
    if section is None:
        return None
    return f"{section}{'/' + option if option else ''}:{period_text(period)}"


def period_text(period: int | None) -> str:
    """``2027-01``; ``-`` without one."""
    return "-" if period is None else f"{period // 100:04d}-{period % 100:02d}"


def counted(count: int, what: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _decided(line: BreakLine) -> str:
    """What was decided, and by whom; by both where it took two."""
    who = line.decided_by
    if line.proposed_by:
        who = f"{line.proposed_by}, approved by {who}"
    return f"{line.decision or '-'} ({who})"


def _right(amount: str, found: BreakList) -> str:
    width = max(len(baht(line.amount_satang)) for line in found.lines)
    return amount.rjust(width)
