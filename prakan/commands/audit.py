"""``prakan audit [verify | list]``: the chain of every byte moved and every act by hand."""

from __future__ import annotations

import argparse
import re
from zoneinfo import ZoneInfo

from interfaces.errors import WrongUse
from prakan.answer import answer, columns

BANGKOK = ZoneInfo("Asia/Bangkok")
_HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do; for ``verify`` a head that was noted earlier, for ``list`` of what."""
    parser.add_argument("action", choices=("verify", "list"))
    parser.add_argument(
        "--expect",
        metavar="NUMBER:HASH",
        help="verify: a head noted earlier (a night's report shows it); it must be in the chain",
    )
    parser.add_argument("--subject", metavar="ID", help="list: a file, delivery or partner")
    parser.add_argument("--last", type=int, default=50, metavar="N", help="list: how many")


def run(options: argparse.Namespace) -> int:
    """``verify``: 1 when the chain is broken."""
    return _verify(options) if options.action == "verify" else _list(options)


def _verify(options: argparse.Namespace) -> int:
    from ledger.audit import verify_chain

    from exchange.site import open_site

    report = verify_chain(open_site().ledger, _expected(options.expect))
    number, hashed = report.head
    data = {
        "entries": report.entries,
        "head": f"{number}:{hashed}",
        "unbroken": report.fault is None,
        "fault": report.fault,
    }
    told = f"{report.entries:,} entries, head {number}:{hashed}"
    text = f"unbroken: {told}" if report.fault is None else f"BROKEN: {report.fault}\n{told}"
    answer(options, data, text)
    return int(report.fault is not None)


def _expected(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    found = _HEAD.fullmatch(text)
    if found is None:
        raise WrongUse(f"--expect {text!r}: a head is written NUMBER:HASH, as `verify` prints it")
    return int(found[1]), found[2]


def _list(options: argparse.Namespace) -> int:
    from ledger.audit import entries_of, recent_entries

    from exchange.site import open_site

    ledger = open_site().ledger
    if options.subject is None:
        entries = recent_entries(ledger, options.last)
    else:
        entries = entries_of(ledger, options.subject)[-options.last :]
    rows = [
        {
            "number": entry.number,
            "recorded_at": entry.recorded_at,
            "kind": entry.kind,
            "subject": entry.subject,
            "detail": dict(entry.detail),
            "hash": entry.hash,
        }
        for entry in entries
    ]
    shown = [
        [
            entry.number,
            entry.recorded_at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S"),
            entry.kind,
            entry.subject[:40],
            "; ".join(f"{key}: {value}" for key, value in entry.detail.items()),
        ]
        for entry in entries
    ]
    answer(options, rows, columns(["number", "when (Bangkok)", "kind", "subject", "detail"], shown))
    return 0
