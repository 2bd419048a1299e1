"""All breaks in one list: of payments and of files, the oldest first, IDs masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from exchange.breaks.words import moves_in_words, suggestion_in_words
from exchange.site import Site
from exchange.status.masking import hide_ids, hide_within
from insurance.identifiers import mask_id
from interfaces.errors import WrongUse
from interfaces.model import Severity
from ledger.break_queries import (
    STATES,
    UNSETTLED,
    BreakFilter,
    BreakSum,
    ListedBreak,
    list_breaks,
    sum_breaks,
)
from ledger.breaks import OPEN
from ledger.detail import from_text
from ledger.moves import employer_in


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which breaks to list; None: whatever it is. ``older_than`` is in days at the business date,
    ``of`` the business date of the file."""

    states: Sequence[str] | None = UNSETTLED
    code: str | None = None
    partner: str | None = None
    owner: str | None = None
    older_than: int | None = None
    of: date | None = None


@dataclass(frozen=True, slots=True)
class BreakLine:
    """One break. ``en`` and ``th`` are the catalogue's, ``age_days`` counts from the business
    date of its file, ``decision`` is what was proposed, held or resolved, ``decided_by`` who did
    that, ``proposed_by`` who had proposed what another person approved, ``employer`` (account and
    branch) who paid, as the references of an employer's payment say."""

    break_id: str
    code: str
    en: str
    th: str
    partner: str
    owner: str
    state: str
    since: date
    age_days: int
    amount_satang: int
    person: str | None
    section: str | None
    option: str | None
    period: int | None
    suggestion: str
    is_suggested: bool
    decision: str | None
    decided_by: str | None
    proposed_by: str | None
    about: dict[str, object]
    employer: str | None = None


@dataclass(frozen=True, slots=True)
class InState:
    """Number and money of the breaks in one state."""

    state: str
    count: int
    satang: int


@dataclass(frozen=True, slots=True)
class BreakList:
    """The lines shown, and how many breaks and how much money fit the filter altogether, by
    state too; ``open_count`` are those of them in the state open."""

    business_date: date
    lines: tuple[BreakLine, ...]
    count: int
    satang: int
    open_count: int
    states: tuple[InState, ...]


def breaks_listed(
    site: Site, wanted: Wanted, business_date: date, *, limit: int | None
) -> BreakList:
    """Breaks that fit, the oldest first; at most ``limit`` lines, counted and summed in full."""
    chosen = filter_of(site, wanted, business_date)
    found = list_breaks(site.ledger, chosen, limit=limit)
    sums = sum_breaks(site.ledger, chosen, business_date, ())
    return BreakList(
        business_date=business_date,
        lines=tuple(line_of(site, one, business_date) for one in found),
        count=sum(one.count for one in sums),
        satang=sum(one.satang for one in sums),
        open_count=sum(one.count for one in sums if one.state == OPEN),
        states=tuple(_in_state(state, sums) for state in STATES if _in_state(state, sums).count),
    )


def _in_state(state: str, sums: Sequence[BreakSum]) -> InState:
    own = [one for one in sums if one.state == state]
    return InState(state, sum(one.count for one in own), sum(one.satang for one in own))


def filter_of(site: Site, wanted: Wanted, business_date: date) -> BreakFilter:
    """The ledger's filter; WrongUse for a code or an owner that the catalogue does not know."""
    return BreakFilter(
        states=wanted.states,
        codes=_codes(site, wanted),
        partner=None if wanted.partner is None else site.partner(wanted.partner).name,
        of=wanted.of,
        since_up_to=(
            None
            if wanted.older_than is None
            else business_date - timedelta(days=wanted.older_than + 1)
        ),
    )


def line_of(site: Site, one: ListedBreak, business_date: date) -> BreakLine:
    """One break as it is shown."""
    entry = site.catalogue[one.code]
    suggestion, is_suggested = suggestion_in_words(one.suggestion, entry)
    about = hide_within(from_text(one.detail)) if one.detail else {}
    said = from_text(one.said) if one.said and one.state != OPEN else {}
    employer = employer_in(from_text(one.suggestion)) if one.suggestion else None
    return BreakLine(
        break_id=one.break_id,
        code=one.code,
        en=entry.en,
        th=entry.th,
        partner=one.partner,
        owner=entry.owner or "",
        state=one.state,
        since=one.since,
        age_days=max((business_date - one.since).days, 0),
        amount_satang=one.amount_satang,
        person=None if one.national_id is None else mask_id(one.national_id),
        section=one.section_code,
        option=one.option_code,
        period=one.period,
        suggestion=suggestion,
        is_suggested=is_suggested,
        decision=moves_in_words(said),
        decided_by=_name(said.get("who")),
        proposed_by=_name(said.get("proposed_by")),
        about=about if isinstance(about, dict) else {},
        employer=None if employer is None else str(employer),
    )


def _name(who: object) -> str | None:
    return None if who is None else hide_ids(str(who))


def _codes(site: Site, wanted: Wanted) -> list[str] | None:
    breaks = site.catalogue.codes(Severity.BREAK)
    if wanted.code is not None and wanted.code not in breaks:
        raise WrongUse(f"no break {wanted.code!r}; known: {', '.join(breaks)}")
    owners = sorted({site.catalogue[code].owner or "" for code in breaks})
    if wanted.owner is not None and wanted.owner not in owners:
        raise WrongUse(f"nobody called {wanted.owner!r} owns breaks; known: {', '.join(owners)}")
    if wanted.code is None and wanted.owner is None:
        return None
    return [
        code
        for code in breaks
        if wanted.code in (None, code) and wanted.owner in (None, site.catalogue[code].owner)
    ]
