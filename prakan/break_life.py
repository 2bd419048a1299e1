"""Everything behind one break, as ``prakan breaks show`` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from prakan.answer import baht, columns
from prakan.break_answers import counted, month_asked, period_text
from prakan.dates import BANGKOK

if TYPE_CHECKING:
    from exchange.breaks.registered import Registered
    from exchange.breaks.showing import BreakLife

_SHOWN_DIGITS = 12


def life_text(life: BreakLife) -> str:
    """Everything behind one break."""
    return "\n".join(_life(life))


def _life(life: BreakLife) -> Iterator[str]:
    line = life.line
    yield f"Break {line.break_id}: {line.code}, {baht(line.amount_satang)} baht, {line.state}"
    yield f"  {line.en}"
    yield f"  {line.th}"
    yield from _facts(
        ("owner", line.owner),
        ("partner", line.partner),
        ("since", f"{line.since} ({counted(line.age_days, 'day')})"),
        (
            "rule",
            life.basis + (f"; matching rules {life.rule_version}" if life.rule_version else ""),
        ),
        ("person", line.person),
        ("employer", line.employer),
        *(("registered", _registered(row)) for row in life.registered),
        ("suggestion", line.suggestion + (" (--suggested)" if line.is_suggested else "")),
        ("may be", ", ".join(life.resolutions)),
        *(_about(name, value) for name, value in line.about.items()),
    )
    yield from _paid_for(life)
    yield from _employers_month(life)
    yield from _origin(life)
    yield from _both_sides(life)
    yield from _sent(life)
    if life.paid:
        rows = [
            [period_text(m.period), baht(m.satang), m.paid_date, m.by, m.source, m.rule]
            for m in life.paid
        ]
        yield "\nKnown as paid\n" + columns(["month", "baht", "on", "by", "record", "rule"], rows)
    yield from _happened(life)
    if life.postings:
        legs = [
            [
                leg.leg,
                leg.book_date,
                leg.effective_date,
                baht(leg.amount_satang),
                leg.debit_account,
                leg.credit_account,
                leg.pass_name,
                "taken back" if leg.taken_back else "",
            ]
            for leg in life.postings
        ]
        heads = ["leg", "booked", "effective", "baht", "debit", "credit", "rule", ""]
        yield "\nPostings of the record\n" + columns(heads, legs)


def _registered(row: Registered) -> str:
    option = f" option {row.option}" if row.option else ""
    ended = f", ended {row.ended}" if row.ended else ""
    return (
        f"section {row.section}{option}, status {row.status}{ended} "
        f"(register of {row.register_date})"
    )


def _paid_for(life: BreakLife) -> Iterator[str]:
    paid = life.payment
    if paid is None:
        return
    yield "\nPaid"
    expected = None if paid.expected_satang is None else f"{baht(paid.expected_satang)} baht"
    yield from _facts(
        ("on", str(paid.payment_date) if paid.payment_date else None),
        ("for", month_asked(paid.section, paid.option, paid.period)),
        ("amount", f"{baht(paid.amount_satang)} baht"),
        ("was offered", expected),
        ("status sent", paid.status_code),
        ("ended on", str(paid.ended_date) if paid.ended_date else None),
        ("feed of", str(paid.feed_date) if paid.feed_date else None),
    )


def _employers_month(life: BreakLife) -> Iterator[str]:
    month = life.employers_month
    if month is None:
        return
    yield "\nThat month of the employer's account"
    yield from _facts(
        ("filed", f"{baht(month.filed_satang)} baht"),
        ("paid", f"{baht(month.paid_satang)} baht"),
        ("surcharge", f"{baht(month.surcharge_satang)} baht"),
        ("paid too much", f"{baht(month.overpaid_satang)} baht"),
        ("still due", f"{baht(month.outstanding_satang)} baht"),
    )


def _origin(life: BreakLife) -> Iterator[str]:
    origin = life.origin
    if origin is None:
        return
    place = None
    if origin.record_number is not None:
        place = f"{origin.record_number:,}"
        if origin.byte_offset is not None:
            place += f" at byte {origin.byte_offset:,}"
        if origin.length is not None:
            place += f", {origin.length:,} bytes"
    yield "\nFile"
    yield from _facts(
        ("name", origin.name),
        ("SHA-256", origin.file_id),
        ("interface", origin.interface),
        ("business date", str(origin.business_date)),
        ("landed at", origin.landed or "GONE: restore the landing folder from backup"),
        ("record", place),
    )


def _about(name: str, value: object) -> tuple[str, str]:
    """A fact of a break about a file or a day; money as money."""
    if name.endswith("_satang") and isinstance(value, int):
        return name.removesuffix("_satang").replace("_", " "), f"{baht(value)} baht"
    return name.replace("_", " "), str(value)


def _both_sides(life: BreakLife) -> Iterator[str]:
    """Of a settlement: the returns of the day and the credits for it."""
    if life.collected:
        rows = [
            [one.name, one.file_id[:_SHOWN_DIGITS], f"{one.payments:,}", baht(one.satang)]
            for one in life.collected
        ]
        yield "\nCollected\n" + columns(["return", "file", "payments", "baht"], rows)
    if life.credited:
        lines = [
            [
                one.bank_reference,
                f"{one.file_id[:_SHOWN_DIGITS]}:{one.record_number}",
                one.advised,
                f"{one.payments:,}",
                baht(one.gross_satang),
                baht(one.fee_satang),
            ]
            for one in life.credited
        ]
        heads = ["bank reference", "record", "advice of", "payments", "baht", "of it fee"]
        yield "\nCredited by the bank\n" + columns(heads, lines)


def _sent(life: BreakLife) -> Iterator[str]:
    for sent in life.sent:
        status = f"status {sent.status}" if sent.status else "the person is not in it"
        months = ", ".join(
            f"{period_text(month.period)} {_owed(month.satang)} "
            f"({month.payable_from} – {month.payable_until})"
            for month in sent.months
        )
        yield f"\nSent by {sent.delivery_id} of {sent.business_date}: {status}"
        yield f"  months offered: {months or 'none'}"


def _owed(satang: int | None) -> str:
    return "?" if satang is None else baht(satang)


def _happened(life: BreakLife) -> Iterator[str]:
    if life.history:
        rows = [[_moment(h.at), h.what, h.who, h.reason, h.moves] for h in life.history]
        heads = ["when (Bangkok)", "state", "who", "why", "what"]
        yield "\nWhat happened\n" + columns(heads, rows)
    if life.acts:
        rows = [[_moment(act.at), act.what, act.who, act.reason] for act in life.acts]
        yield "\nActs\n" + columns(["when (Bangkok)", "act", "who", "why"], rows)


def _facts(*facts: tuple[str, str | None]) -> Iterator[str]:
    for name, value in facts:
        if value:
            yield f"  {name:<15} {value}"


def _moment(at: datetime) -> str:
    return at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S")
