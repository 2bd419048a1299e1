"""A person's trace as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prakan.answer import baht, columns
from prakan.dates import BANGKOK
from prakan.details import told

if TYPE_CHECKING:
    from exchange.account.entries import BrokenPayment, Movement
    from exchange.account.filed import FiledMonth
    from exchange.account.months import MonthInHistory
    from exchange.account.standings import StandingLine
    from exchange.account.trace import PersonTrace
    from ledger.acts import OperatorAct

_MONTHS = [
    "month",
    "what",
    "baht",
    "from → to",
    "file",
    "SHA-256",
    "record",
    "byte",
    "effective",
    "booked",
    "recorded (Bangkok)",
]
_FILED = [
    *("month", "employer", "branch", "wage", "share", "line", "file", "SHA-256", "record", "byte"),
    *("filed", "booked"),
]
_STANDING = ["from", "status", "rule", "since", "last paid", "payable", "told by"]
_SHORT = 12
_EMPLOYEES = "33"


def person_text(trace: PersonTrace, looked: Sequence[OperatorAct]) -> str:
    """Sections one after the other, breaks, then who looked at this person."""
    return "\n".join(_lines(trace, looked))


def _lines(trace: PersonTrace, looked: Sequence[OperatorAct]) -> Iterator[str]:
    yield f"Person {trace.person}{_as_of(trace)}"
    history = trace.history
    if history.file_name is None:
        yield "the mainframe's history: none has been accepted"
    else:
        yield f"the mainframe's history: {history.file_name} of {history.business_date}"
    for gap in trace.gaps:
        yield f"NOT COMPLETE: {gap}"
    sections = _sections(trace)
    if not sections:
        yield "\nnothing is known: no month, no posting, no break, no standing"
    for section in sections:
        yield f"\nSection {section}" if section else "\nNo section"
        rows = _month_rows(trace, section)
        if rows:
            yield columns(_MONTHS, rows)
        if section == _EMPLOYEES and trace.filed:
            yield "\nFiled by employers"
            yield columns(_FILED, [_filed_row(month) for month in trace.filed])
        lines = [line for line in trace.standing if (line.section_code or "") == section]
        if lines:
            yield "\n" + columns(_STANDING, [_standing_row(line) for line in lines])
    for broken in trace.breaks:
        yield from break_lines(broken)
    if looked:
        rows = [[moment(act.recorded_at), act.verb, act.who, act.reason] for act in looked]
        yield "\nLooked at\n" + columns(["when (Bangkok)", "act", "who", "why"], rows)


def _as_of(trace: PersonTrace) -> str:
    of = trace.as_of
    limits = [
        f"booked to {of.booked_to}" if of.booked_to else "",
        f"effective to {of.effective_to}" if of.effective_to else "",
        f"recorded to {moment(of.recorded_to)}" if of.recorded_to else "",
        f"section {trace.section} only" if trace.section else "",
    ]
    said = ", ".join(limit for limit in limits if limit)
    return f" ({said})" if said else ""


def _sections(trace: PersonTrace) -> list[str]:
    named = {moved.section_code or "" for moved in trace.movements}
    named |= {month.section_code for month in trace.history.months}
    named |= {line.section_code for line in trace.standing}
    named |= {_EMPLOYEES for _ in trace.filed}
    return sorted(named)


def _month_rows(trace: PersonTrace, section: str) -> list[list[Any]]:
    rows: list[tuple[tuple[int, str], list[Any]]] = []
    for month in trace.history.months:
        if month.section_code == section:
            rows.append(((month.period, str(month.paid_date or "")), _history_row(month)))
    for moved in trace.movements:
        if (moved.section_code or "") == section:
            rows.append(((moved.period or 0, str(moved.recorded_at)), movement_row(moved)))
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def _history_row(month: MonthInHistory) -> list[Any]:
    return [
        period(month.period),
        f"paid, channel {month.channel}, receipt {month.receipt_number or '-'}",
        baht(month.amount_satang),
        "mainframe's history",
        month.file_name,
        month.file_id[:_SHORT],
        month.record_number,
        month.byte_offset,
        month.paid_date,
        None,
        None,
    ]


def _filed_row(month: FiledMonth) -> list[Any]:
    return [
        period(month.period),
        month.employer_account,
        month.employer_branch,
        baht(month.wage_satang),
        baht(month.contribution_satang),
        month.state,
        month.file_name,
        month.file_id[:_SHORT],
        month.record_number,
        month.byte_offset,
        month.business_date,
        month.book_date,
    ]


def movement_row(moved: Movement) -> list[Any]:
    """One posting, as in the table of months."""
    return [
        period(moved.period),
        what_of(moved),
        baht(moved.amount_satang),
        f"{moved.debit_account} → {moved.credit_account}",
        moved.file_name,
        moved.file_id[:_SHORT],
        moved.record_number,
        moved.byte_offset,
        moved.effective_date,
        moved.book_date,
        moment(moved.recorded_at),
    ]


def what_of(moved: Movement) -> str:
    """What a posting is: its leg and pass, and whether it was taken back."""
    leg = f"leg {moved.leg}"
    if moved.leg < 0:
        return f"takes back leg {-moved.leg}" + (f", {moved.pass_name}" if moved.pass_name else "")
    said = f"{leg}, {moved.pass_name}" if moved.pass_name else leg
    return f"{said}, TAKEN BACK" if moved.taken_back else said


def _standing_row(line: StandingLine) -> list[Any]:
    if not line.present:
        return [line.business_date, "no longer in this section", *[None] * 5]
    rule = f"{line.rule:03d} {line.rule_en or 'on no list'}" if line.rule is not None else None
    hidden = ", not listed" if line.listed == "N" else ""
    option = f", option {line.option_code}" if line.option_code else ""
    return [
        line.business_date,
        f"{line.status_code}{option}{hidden}",
        rule,
        line.effective_date,
        period(line.last_period_paid),
        line.payable_count,
        ", ".join(line.told_by) or "no feed",
    ]


def break_lines(broken: BrokenPayment) -> Iterator[str]:
    """A break with its texts and history."""
    yield (
        f"\nBreak {broken.file_id[:_SHORT]}:{broken.record_number}  {broken.code}  "
        f"{broken.state}  {baht(broken.amount_satang)} baht"
    )
    yield f"  {broken.text_en}"
    yield f"  {broken.text_th}"
    asked = f"{broken.section_code or '-'} {broken.option_code or ''}".strip()
    place = "" if broken.byte_offset is None else f", byte {broken.byte_offset:,}"
    yield f"  paid for    section {asked}, month {period(broken.period) or '-'}"
    yield f"  paid on     {broken.payment_date or '-'} in {broken.file_name}{place}"
    if broken.feed_date is not None:
        yield (
            f"  feed said   status {broken.status_code or '-'} on {broken.feed_date}"
            + (f", ended {broken.ended_date}" if broken.ended_date else "")
            + (f", offered {baht(broken.expected_satang)}" if broken.expected_satang else "")
        )
    if isinstance(broken.suggestion, Mapping) and broken.suggestion.get("moves"):
        by = broken.suggestion.get("pass")
        yield f"  suggested   {_moves(broken.suggestion)}" + (f" ({by})" if by else "")
    rows = [[moment(broken.recorded_at), "open", "found"]]
    rows += [[moment(step.at), step.state, _step(step.detail)] for step in broken.steps]
    yield columns(["when (Bangkok)", "state", "detail"], rows)


def _step(detail: Mapping[str, object]) -> str:
    if not detail.get("moves"):
        return told(detail)
    return f"{_moves(detail)}; {told({**detail, 'moves': None})}"


def _moves(detail: Mapping[str, object]) -> str:
    """Movements in words, each with its person as the trace shows people: it has masked others."""
    from exchange.breaks.words import move_in_words
    from ledger.moves import moves_from_detail

    moves = detail.get("moves")
    return ", ".join(
        move_in_words(replace(move, national_id=None))
        + (f" of {move.national_id}" if move.national_id else "")
        for move in (moves_from_detail(moves) if isinstance(moves, list) else ())
    )


def period(number: int | None) -> str | None:
    """A month as ``2026-12``."""
    return None if number is None else f"{number // 100}-{number % 100:02d}"


def moment(at: datetime) -> str:
    """A moment in Bangkok."""
    return at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S")
