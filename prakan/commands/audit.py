"""``prakan audit [verify | list]``: the chain of every byte moved and every act by hand."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from interfaces.errors import WrongUse
from prakan.answer import answer, columns
from prakan.details import told

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

BANGKOK = ZoneInfo("Asia/Bangkok")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BEGINNING = re.compile(r"[0-9a-fA-F]{4,63}")
_HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do; for ``verify`` a head that was noted earlier, for ``list`` of what."""
    parser.add_argument("action", choices=("verify", "list"))
    parser.add_argument(
        "--expect",
        metavar="NUMBER:HASH",
        help="verify: a head noted earlier (a night's report shows it); it must be in the chain",
    )
    parser.add_argument(
        "--subject",
        metavar="ID",
        help="list: a delivery, a partner, or a file's SHA-256 (its first digits are enough)",
    )
    parser.add_argument(
        "--last", type=_count, default=50, metavar="N", help="list: the newest N (default: 50)"
    )


def _count(text: str) -> int:
    """A number of entries, at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number


def run(options: argparse.Namespace) -> int:
    """``verify``: 1 when the chain is broken."""
    return _verify(options) if options.action == "verify" else _list(options)


def _verify(options: argparse.Namespace) -> int:
    from exchange.site import open_site
    from ledger.audit import verify_chain

    report = verify_chain(open_site().ledger, _expected(options.expect))
    number, hashed = report.head
    data = {
        "entries": report.entries,
        "head": f"{number}:{hashed}",
        "unbroken": report.fault is None,
        "fault": report.fault,
    }
    held = f"{report.entries:,} entries, head {number}:{hashed}"
    text = (
        f"unbroken: {held}"
        if report.fault is None
        else f"BROKEN: {report.fault}\nup to there: {held}"
    )
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
    from exchange.site import open_site
    from exchange.status.masking import hide_within
    from ledger.audit import entries_of, recent_entries

    ledger = open_site().ledger
    if options.subject is None:
        entries = recent_entries(ledger, options.last)
    else:
        entries = entries_of(ledger, _subject(ledger, options.subject))[-options.last :]
    rows = [
        {
            "number": entry.number,
            "recorded_at": entry.recorded_at,
            "kind": entry.kind,
            "subject": entry.subject,
            "detail": {name: hide_within(value) for name, value in entry.detail.items()},
            "hash": entry.hash,
        }
        for entry in entries
    ]
    shown = [
        [
            entry.number,
            entry.recorded_at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S"),
            entry.kind,
            entry.subject[:12] if _SHA256.fullmatch(entry.subject) else entry.subject,
            told({name: hide_within(value) for name, value in entry.detail.items()}),
        ]
        for entry in entries
    ]
    answer(options, rows, columns(["number", "when (Bangkok)", "kind", "subject", "detail"], shown))
    return 0


def _subject(ledger: Engine, given: str) -> str:
    """A file's whole SHA-256 for its beginning; anything else is a subject as it stands."""
    from ledger.errors import LedgerError
    from ledger.files import find

    if not _BEGINNING.fullmatch(given):
        return given
    try:
        standing = find(ledger, given.lower())
    except LedgerError as error:
        raise WrongUse(str(error)) from None
    return given if standing is None else standing.file.file_id
