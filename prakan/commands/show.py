"""``prakan show``: everything known about one file or delivery."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prakan.answer import answer, baht, columns
from prakan.details import told

if TYPE_CHECKING:
    from exchange.report.life import Act, DeliveryLife, Event, FileLife, Posted, ReceiptLine

BANGKOK = ZoneInfo("Asia/Bangkok")
_ANSWERS = {"A": "accepted", "P": "accepted with rejects", "R": "refused"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The id."""
    parser.add_argument(
        "id", help="a delivery's id, or a file's SHA-256 (its first digits are enough)"
    )


def run(options: argparse.Namespace) -> int:
    """0 when it is known."""
    from exchange.report.life import FileLife, life_of
    from exchange.site import open_site

    life = life_of(open_site(), options.id)
    if isinstance(life, FileLife):
        answer(options, {"kind": "file", **asdict(life)}, "\n".join(_file(life)))
    else:
        answer(options, {"kind": "delivery", **asdict(life)}, "\n".join(_delivery(life)))
    return 0


def _file(life: FileLife) -> Iterator[str]:
    yield f"File {life.name}"
    yield from _facts(
        ("SHA-256", life.file_id),
        ("also named", ", ".join(life.also_named)),
        ("interface", life.interface or "unknown"),
        ("direction", life.direction),
        ("partner", life.partner),
        ("business date", str(life.business_date)),
        ("size", f"{life.size_bytes:,} bytes"),
        ("state", life.state),
        ("landed at", life.landed),
        ("rows", life.part),
        ("findings", life.findings_part),
        ("deliveries", ", ".join(life.deliveries)),
    )
    if life.direction == "inbound":
        yield (
            f"\nRecords: read {life.read:,} = accepted {life.accepted:,} "
            f"+ rejected {life.rejected:,}"
        )
    if life.controls:
        yield "\n" + columns(["control", "declared"], sorted(life.controls.items()))
    if life.findings:
        rows = [[f.code, f.severity, f.findings, f.en] for f in life.findings]
        yield "\n" + columns(["finding", "severity", "count", "what is wrong; what to do"], rows)
    if life.posted is not None:
        yield from _entered(life.posted) if life.is_filing else _posted(life.posted)
    for page in life.told_employer:
        yield f"the employer's answer: {page}"
    for given in life.answers:
        yield f"answered: {_ANSWERS[given.result]} by {given.delivery_id}"
    yield from _events(life.events)
    yield from _movements(life.movements)
    yield from _acts(life.acts)


def _delivery(life: DeliveryLife) -> Iterator[str]:
    yield f"Delivery {life.delivery_id}"
    yield from _facts(
        ("partner", life.partner),
        ("interface", life.interface),
        ("business date", str(life.business_date)),
        ("sequence", str(life.sequence)),
        ("state", life.state),
        ("attempts", str(life.attempts)),
        ("file", life.name or "not built"),
        ("SHA-256", life.file_id),
        ("size", f"{life.size_bytes:,} bytes" if life.size_bytes is not None else None),
        ("on the wire", life.sealed.name if life.sealed else None),
        ("sealed by", life.sealed.signer if life.sealed else None),
        ("sealed for", ", ".join(life.sealed.recipients) if life.sealed else None),
        ("manifest", life.manifest_sha256),
        ("signature", life.sealed.signature_sha256 if life.sealed else None),
        ("outbox", life.outbox),
        ("answers", life.answers),
        ("supersedes", life.supersedes),
        ("superseded by", life.superseded_by),
    )
    for said in life.receipts:
        yield _receipt(said)
    yield from _events(life.events)
    yield from _movements(life.movements)
    yield from _acts(life.acts)


def _receipt(said: ReceiptLine) -> str:
    code = str(said.detail.get("return_code") or "")
    reason = f", return code {code:0>3}: {said.meaning or 'on no list'}" if code != "0" else ""
    by = f"record {said.record_number} of {said.file_id}"
    return f"receipt: {_ANSWERS[said.result]} by {by}{reason if code else ''}"


def _entered(posted: Posted) -> Iterator[str]:
    due = [["entered", posted.posted.count, baht(posted.posted.satang)]]
    yield "\n" + columns(["contributions due", "lines", "baht"], due)


def _posted(posted: Posted) -> Iterator[str]:
    sums = [
        ["posted", posted.posted.count, baht(posted.posted.satang)],
        ["broken", posted.broken.count, baht(posted.broken.satang)],
        ["taken back", posted.debits.count, baht(posted.debits.satang)],
        *([f"  {line.code}", line.count, baht(line.satang)] for line in posted.breaks),
    ]
    yield "\n" + columns(["payments", "number", "baht"], sums)


def _events(events: Sequence[Event]) -> Iterator[str]:
    rows = [
        [
            _moment(e.at),
            e.state,
            e.attempt or None,
            told(e.detail),
        ]
        for e in events
    ]
    yield "\n" + columns(["when (Bangkok)", "event", "attempt", "detail"], rows)


def _movements(movements: Sequence[Event]) -> Iterator[str]:
    if movements:
        rows = [[_moment(e.at), e.state, told(e.detail)] for e in movements]
        yield "\n" + columns(["when (Bangkok)", "bytes", "detail"], rows)


def _acts(acts: Sequence[Act]) -> Iterator[str]:
    if acts:
        rows = [[_moment(a.at), a.verb, a.who, a.reason] for a in acts]
        yield "\n" + columns(["when (Bangkok)", "act", "who", "why"], rows)


def _facts(*facts: tuple[str, str | None]) -> Iterator[str]:
    for name, value in facts:
        if value:
            yield f"  {name:<14} {value}"


def _moment(at: datetime) -> str:
    return at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S")
