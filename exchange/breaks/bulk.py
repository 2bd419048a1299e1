"""Many resolutions from one CSV: all lines checked first, then each break settled once."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.account.person import person_of
from exchange.breaks.asked import (
    Asked,
    employer_written,
    period_written,
    reason_written,
    satang_written,
)
from exchange.breaks.payees import payee
from exchange.breaks.resolving import Prepared, prepare
from exchange.breaks.terms import Known, known_of
from exchange.site import Site
from interfaces.errors import OutsideFailure, WrongUse
from ledger import file_resolutions, resolutions
from ledger.break_events import Settled
from ledger.break_queries import ListedBreak, listed_break
from ledger.break_records import BrokenPayment, find_break, is_payment_id
from ledger.breaks import OPEN
from ledger.moves import FOR_A_MONTH, Employer, MoveKind, moves_to_detail
from ledger.resolution_terms import By, PaidMonth

REQUIRED = ("break_id", "resolution", "reason")
COLUMNS = (
    *("break_id", "resolution", "section", "option", "period", "amount", "reason", "person"),
    *("payee_bank", "payee_branch", "payee_account", "payee_name", "employer"),
)


@dataclass(frozen=True, slots=True)
class BulkDone:
    """What a file of resolutions did: breaks settled now, proposed for approval, held; ``known``
    were settled so before."""

    resolved: int
    proposed: int
    held: int
    known: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Lines of one break: ``line`` is the first of them."""

    line: int
    break_id: str
    reason: str
    asked: tuple[Asked, ...]


def resolve_file(site: Site, path: Path, by: By) -> BulkDone:
    """Settle every break of a CSV (UTF-8, heading line; see COLUMNS).

    Lines of one break are the parts of its resolution. ``by.reason`` is not used: each line has
    its own. WrongUse names the line and changes nothing when one cannot be carried out as it
    stands; a break that is settled in just this way already is left. When another person settles
    one meanwhile, those before it stay settled and the same file may be given again.
    """
    wanted = _read(path)
    broken = {each.break_id: _found(site, path, each) for each in wanted}
    _require_each_break_once(path, wanted, broken)
    employers = {e.account for e in _employers(wanted, broken)}
    known = known_of(site, by.business_date, _persons(wanted, broken), employers)
    ready = [
        (each, _checked(site, path, each, broken[each.break_id], by, known)) for each in wanted
    ]
    _require_each_month_once(path, ready)
    counted = {"resolved": 0, "proposed": 0, "held": 0, "known": 0}
    for each, prepared in ready:
        if prepared is None:
            counted["known"] += 1
            continue
        with _naming(path, each.line):
            counted[_settle(site, prepared, _by(by, each)).state] += 1
    return BulkDone(**counted)


def _found(site: Site, path: Path, wanted: _Wanted) -> BrokenPayment | ListedBreak:
    with _naming(path, wanted.line):
        if is_payment_id(wanted.break_id):
            return find_break(site.ledger, wanted.break_id)
        if [part.kind for part in wanted.asked] != [MoveKind.CLOSE]:
            raise WrongUse(f"{wanted.break_id} is about a file or a day: its resolution is close")
        return listed_break(site.ledger, wanted.break_id)


def _persons(
    wanted: Sequence[_Wanted], broken: Mapping[str, BrokenPayment | ListedBreak]
) -> set[str]:
    found = {
        part.national_id or broken[each.break_id].national_id
        for each in wanted
        for part in each.asked
        if part.kind in FOR_A_MONTH
    }
    return {person for person in found if person is not None}


def _employers(
    wanted: Sequence[_Wanted], broken: Mapping[str, BrokenPayment | ListedBreak]
) -> set[Employer]:
    found = set()
    for each in wanted:
        of = broken[each.break_id]
        own = of.employer if isinstance(of, BrokenPayment) else None
        for part in each.asked:
            employer = part.employer or own
            if part.kind in FOR_A_MONTH and employer is not None:
                found.add(employer)
    return found


def _checked(
    site: Site,
    path: Path,
    wanted: _Wanted,
    broken: BrokenPayment | ListedBreak,
    by: By,
    known: Known,
) -> Prepared | ListedBreak | None:
    """What is to be done for these lines; None when it is done already."""
    with _naming(path, wanted.line):
        if isinstance(broken, ListedBreak):
            return broken if broken.state == OPEN else None
        ready = prepare(site, broken, wanted.asked, by.business_date, known)
        is_settled = broken.state != OPEN
        if is_settled and broken.detail.get("moves") == moves_to_detail(ready.moves):
            return None
        resolutions.check(site.ledger, broken.key, ready.moves, _by(by, wanted), ready.terms)
        return ready


def _settle(site: Site, prepared: Prepared | ListedBreak, by: By) -> Settled:
    if isinstance(prepared, ListedBreak):
        return file_resolutions.close_file_break(site.ledger, prepared.break_id, by)
    key, moves = prepared.broken.key, prepared.moves
    return resolutions.resolve(site.ledger, key, moves, by, prepared.terms)


def _require_each_break_once(
    path: Path, wanted: Sequence[_Wanted], broken: Mapping[str, BrokenPayment | ListedBreak]
) -> None:
    """One break under two spellings of its id would be settled, and then be refused."""
    seen: dict[object, int] = {}
    for each in wanted:
        found = broken[each.break_id]
        first = seen.setdefault(found.key or each.break_id, each.line)
        if first != each.line:
            raise WrongUse(
                f"{path.name} line {each.line}: {each.break_id} is the break of line {first}, "
                "written otherwise: write it the same; nothing was changed"
            )


def _require_each_month_once(
    path: Path, ready: Sequence[tuple[_Wanted, Prepared | ListedBreak | None]]
) -> None:
    """Two lines of different breaks that pay one month would each pass by themselves."""
    seen: dict[PaidMonth, int] = {}
    for wanted, prepared in ready:
        if not isinstance(prepared, Prepared):
            continue
        for move in prepared.moves:
            if move.kind not in FOR_A_MONTH or move.employer is not None:
                continue  # an employer's month takes whatever it is paid
            month = (move.national_id or "", move.section_code or "", move.period or 0)
            if month in seen:
                raise WrongUse(
                    f"{path.name} line {wanted.line}: line {seen[month]} pays the same month "
                    "already; nothing was changed"
                )
            seen[month] = wanted.line


def _read(path: Path) -> list[_Wanted]:
    found: dict[str, _Wanted] = {}
    for line, row in _rows(path):
        with _naming(path, line):
            break_id, part = _part(row)
            known = found.get(break_id)
            reason = reason_written(row["reason"])
            if known is None:
                if not reason:
                    raise WrongUse("reason: say why, for the record")
                found[break_id] = _Wanted(line, break_id, reason, (part,))
            elif reason not in ("", known.reason):
                raise WrongUse(f"reason: another one than in line {known.line} of the same break")
            elif part in known.asked:
                raise WrongUse(f"break {break_id}: the same as in a line before")
            else:
                found[break_id] = _Wanted(known.line, break_id, known.reason, (*known.asked, part))
    return list(found.values())


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, strict=True)
            names = reader.fieldnames or []
            wrong = [
                *(f"lacks {name!r}" for name in REQUIRED if name not in names),
                *(f"has the unknown {name!r}" for name in names if name not in COLUMNS),
                *(f"has {name!r} twice" for name in names if names.count(name) > 1),
            ]
            if wrong:
                raise WrongUse(f"{path.name}: the heading {wrong[0]}; known: {', '.join(COLUMNS)}")
            for row in reader:
                if None in row or None in row.values():
                    raise WrongUse(
                        f"{path.name} line {reader.line_num}: another number of columns than the "
                        "heading has; nothing was changed"
                    )
                filled = {name: (row.get(name) or "").strip() for name in COLUMNS}
                if any(filled.values()):
                    yield reader.line_num, filled
    except UnicodeDecodeError:
        raise WrongUse(f"{path.name} is not UTF-8: save it as “CSV UTF-8”") from None
    except csv.Error as error:
        raise WrongUse(f"{path.name}: {error}; nothing was changed") from None


def _part(row: Mapping[str, str]) -> tuple[str, Asked]:
    try:
        kind = MoveKind(row["resolution"])
    except ValueError:
        known = ", ".join(MoveKind)
        raise WrongUse(f"resolution {row['resolution']!r}; known: {known}") from None
    is_month = kind in FOR_A_MONTH
    for name in ("section", "period"):
        if is_month != bool(row[name]):
            raise WrongUse(f"{name}: {kind} {'needs it' if is_month else 'takes none'}")
    if kind is MoveKind.CLOSE:
        return row["break_id"], Asked(kind, 0)
    part = Asked(
        kind=kind,
        amount_satang=satang_written(row["amount"]) if row["amount"] else None,
        section_code=row["section"] or None,
        option_code=row["option"] or None,
        period=period_written(row["period"]) if is_month else None,
        national_id=person_of(row["person"]) if row["person"] else None,
        payee=(
            payee(row["payee_bank"], row["payee_branch"], row["payee_account"], row["payee_name"])
            if kind is MoveKind.REFUND
            else None
        ),
        employer=employer_written(row["employer"]) if row["employer"] else None,
    )
    return row["break_id"], part


def _by(by: By, wanted: _Wanted) -> By:
    return By(by.who, wanted.reason, by.business_date, by.recorded_at)


@contextmanager
def _naming(path: Path, line: int) -> Iterator[None]:
    """Errors inside name the line that they are about."""
    try:
        yield
    except WrongUse as error:
        raise WrongUse(f"{path.name} line {line}: {error}") from None
    except OutsideFailure as error:
        raise OutsideFailure(f"{path.name} line {line}: {error}") from None
