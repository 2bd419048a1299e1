"""The night in the terminal: what came, what was sent, what was paid, whether the sums agree."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.report.figures import NightFigures
from exchange.status.advice import Level
from exchange.status.wording import baht, day_in_buddhist_era

WIDTH = 100
_VERDICTS = {
    Level.IN_ORDER: "ALL IN ORDER",
    Level.FOLLOW_UP: "COMPLETE, ITEMS TO FOLLOW UP",
    Level.TROUBLE: "NEEDS ATTENTION",
}


def summarise(figures: NightFigures) -> str:
    """Text of at most WIDTH columns."""
    day = figures.business_date
    title = f"prakan · night of {day} (BE {day_in_buddhist_era(day)})"
    verdict = _VERDICTS[figures.level]
    lines = [f"{title}{verdict:>{WIDTH - len(title)}}", "=" * WIDTH]
    if figures.holiday:
        lines.append("No working day: nothing is due.")
    sections = (
        _received(figures),
        _sent(figures),
        _paid(figures),
        _employers(figures),
        _books(figures),
        _sums(figures),
        _todo(figures),
    )
    for section in sections:
        lines += section
    return "\n".join(_cut(line) for line in lines)


def _received(figures: NightFigures) -> Iterator[str]:
    if not figures.records:
        return
    yield _row("Received", "files", "refused", "read", "accepted", "rejected")
    for row in figures.records:
        numbers = (row.files, row.quarantined, row.read, row.accepted, row.rejected)
        yield _row(f"  {row.interface}", *(f"{n:,}" for n in numbers))
    rows = figures.records
    yield _row(
        "  together",
        f"{sum(r.files for r in rows):,}",
        f"{sum(r.quarantined for r in rows):,}",
        f"{sum(r.read for r in rows):,}",
        f"{sum(r.accepted for r in rows):,}",
        f"{sum(r.rejected for r in rows):,}",
    )
    yield ""


def _sent(figures: NightFigures) -> Iterator[str]:
    if not figures.feeds:
        return
    yield f"{'Sent':<42}{'state':>14}{'rows':>12}{'months':>12}{'baht':>20}"
    for feed in figures.feeds:
        name = f"  {feed.delivery.name or feed.delivery.delivery_id}"
        rows = "-" if feed.rows is None else f"{feed.rows:,}"
        months = "-" if feed.months is None else f"{feed.months:,}"
        satang = "-" if feed.satang is None else baht(feed.satang)
        yield f"{name:<42}{feed.delivery.state:>14}{rows:>12}{months:>12}{satang:>20}"
    if figures.receipts.sent:
        yield f"  receipts: {_receipts(figures)}"
    yield ""


def _receipts(figures: NightFigures) -> str:
    """How many feeds arrived and what the partners said of them; what is none is left out."""
    counts = figures.receipts
    others = (
        ("refused", counts.refused),
        ("contradicted", counts.contradicted),
        ("replaced", counts.replaced),
    )
    told = [f"sent {counts.sent:,}", f"acknowledged {counts.acknowledged:,}"]
    told.append(f"awaited {counts.awaited:,}")
    return ", ".join([*told, *(f"{name} {count:,}" for name, count in others if count)])


def _paid(figures: NightFigures) -> Iterator[str]:
    if not figures.returns:
        return
    yield f"{'Payments':<56}{'number':>12}{'baht':>32}"
    for name, part in (
        ("  paid, as partners report", figures.paid),
        ("  posted", figures.posted),
        ("  broken", figures.broken),
        ("  taken back by the bank", figures.debits),
    ):
        if part.count or part is not figures.debits:
            yield f"{name:<56}{part.count:>12,}{baht(part.satang):>32}"
    for code in figures.broken_by_code:
        yield f"    {code.code:<52}{code.count:>12,}{baht(code.satang):>32}"
    yield ""


def _employers(figures: NightFigures) -> Iterator[str]:
    if figures.employers.is_empty:
        return
    filed, moved = figures.employers.filed, figures.employers.moved
    yield f"{'Employers':<56}{'number':>12}{'baht':>32}"
    given_back = (("  given back to employers", None, moved.refunded_satang),)
    for name, count, satang in (
        ("  filed: branch months, both sides", filed.branch_months, filed.contribution_satang),
        ("    persons", filed.persons, None),
        ("  due, by the books of the day", None, moved.filed_satang),
        ("  paid by employers", None, moved.paid_satang),
        *(given_back if moved.refunded_satang else ()),
        ("  surcharge", None, moved.surcharge_satang),
        ("  overpaid", None, moved.overpaid_satang),
    ):
        number = "" if count is None else f"{count:,}"
        money = "" if satang is None else baht(satang)
        yield f"{name:<56}{number:>12}{money:>32}".rstrip()
    yield ""


def _books(figures: NightFigures) -> Iterator[str]:
    books = figures.books
    closed = "open"
    if books.closed:
        closed = (
            f"closed: {books.entries or 0:,} entries, {baht(books.moved_satang or 0)} baht moved"
        )
    yield f"{'Books':<10}{closed:>90}"
    if books.ageing.rows:
        days = "".join(f"{name:>12}" for name in books.ageing.buckets)
        yield f"{'  unsettled breaks by days':<40}{days}"
        counts = "".join(f"{one.count:>12,}" for one in books.ageing.ages)
        yield f"{'    number':<40}{counts}"
        yield f"{'    baht':<40}" + "".join(f"{baht(one.satang):>12}" for one in books.ageing.ages)
    waiting = figures.status.books
    if waiting.refunds_proposed:
        what = f"  refunds for a second person: {waiting.refunds_proposed:,}"
        yield f"{what:<56}{baht(waiting.refunds_proposed_satang):>44}"
    for row in books.timing:
        what = f"  {row.collector} {row.collection_date} {row.state}"
        yield f"{what:<56}{baht(row.remaining_satang):>44}"
    yield ""


def _sums(figures: NightFigures) -> Iterator[str]:
    wrong = figures.disagreeing
    told = "all agree" if not wrong else f"{len(wrong)} DO NOT AGREE"
    yield f"Sums ({len(figures.checks)}, {told})"
    for check in figures.checks:
        sign = "✓" if check.agrees else "✗"
        line = f"  {sign} {_end(check.subject, 28):<28}  {check.statement.en}"
        if len(line) <= WIDTH:
            yield line
        else:
            left, right = _halves(check.statement.en)
            yield f"  {sign} {_end(check.subject, 28):<28}  {left}"
            yield f"{'':<34}{right}"
    number, hashed = figures.audit.number, figures.audit.hash
    yield f"  audit: {number:,} entries, head {number}:{hashed}"
    yield ""


def _todo(figures: NightFigures) -> Iterator[str]:
    if not figures.tasks:
        yield "Nothing to do."
        return
    yield "To do"
    for task in figures.tasks:
        sign = "!" if task.level is Level.TROUBLE else "·"
        yield from _wrapped(f"  {sign} ", f"{task.subject}: {task.what.en}")
        yield from _wrapped("      ", task.todo.en)


def _row(name: str, *cells: str) -> str:
    return f"{name:<40}" + "".join(f"{cell:>12}" for cell in cells)


def _end(text: str, width: int) -> str:
    """The end of a name that is too long: that is where names differ."""
    return text if len(text) <= width else f"…{text[1 - width :]}"


def _halves(statement: str) -> tuple[str, str]:
    for sign in (" = ", " ≠ "):
        left, found, right = statement.partition(sign)
        if found:
            return left, f"{sign.strip()} {right}"
    return statement, ""


def _wrapped(start: str, text: str) -> Iterator[str]:
    """Words of ``text`` in lines of WIDTH, the further ones indented like the first."""
    line = start
    for word in text.split():
        joined = f"{line}{'' if line.isspace() or line == start else ' '}{word}"
        if len(joined) > WIDTH and line.strip():
            yield line
            joined = f"{' ' * len(start)}{word}"
        line = joined
    yield line


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
