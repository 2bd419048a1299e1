"""Breaks of payments and of files in one list: filtered, counted and aged by the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from ledger import schema
from ledger.break_records import HELD, PROPOSED, RESOLVED, BreakKey, ResolutionError
from ledger.breaks import OPEN, REOPENED
from ledger.database import reading

UNSETTLED = (OPEN, PROPOSED, HELD)
"""States in which somebody still has to decide, or money still waits."""

STATES = (OPEN, PROPOSED, HELD, RESOLVED)


@dataclass(frozen=True, slots=True)
class BreakFilter:
    """Which breaks; None: whatever it is.

    ``of`` is the business date of the file, ``since_up_to`` the latest such date.
    """

    states: Collection[str] | None = UNSETTLED
    codes: Collection[str] | None = None
    partner: str | None = None
    of: date | None = None
    since_up_to: date | None = None


@dataclass(frozen=True, slots=True)
class ListedBreak:
    """One break. ``key`` is None for a break of a file, whose id is ``break_id``.

    ``since`` is the business date of its file. ``said`` is the latest event, ``suggestion`` what
    matching suggests, ``detail`` what a break of a file is about: JSON texts.
    """

    break_id: str
    key: BreakKey | None
    code: str
    partner: str
    since: date
    amount_satang: int
    state: str
    national_id: str | None
    section_code: str | None
    option_code: str | None
    period: int | None
    suggestion: str | None
    said: str | None
    detail: str | None
    file_id: str | None


@dataclass(frozen=True, slots=True)
class BreakSum:
    """Number and money of breaks of one code, partner, state and age: ``bucket`` counts in
    the bounds that were asked for, from 0 (the youngest)."""

    partner: str
    code: str
    state: str
    bucket: int
    count: int
    satang: int


def list_breaks(engine: Engine, wanted: BreakFilter, *, limit: int | None) -> list[ListedBreak]:
    """Breaks, the oldest first, then those with the most money; at most ``limit``."""
    found = _both(wanted)
    query = (
        sa.select(found)
        .order_by(
            found.c.since,
            found.c.amount_satang.desc(),
            found.c.file_id,
            found.c.record_number,
            found.c.break_id,
        )
        .limit(limit)
    )
    with reading(engine) as connection:
        rows = connection.execute(query, execution_options={"yield_per": 10_000})
        return [_listed(row) for row in rows]


def listed_break(engine: Engine, identity: BreakKey | str) -> ListedBreak:
    """One break of a payment (by its key) or a file (by its id); ResolutionError without one."""
    everything = BreakFilter(states=None)
    if isinstance(identity, str):
        query = _files(everything).where(schema.file_break.c.break_id == identity)
    else:
        query = _payments(everything).where(
            schema.payment_break.c.file_id == identity.file_id,
            schema.payment_break.c.record_number == identity.record_number,
        )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise ResolutionError(f"no break {identity} in the ledger; `prakan breaks list` shows them")
    return _listed(row)


def sum_breaks(
    engine: Engine, wanted: BreakFilter, business_date: date, last_days: Collection[int]
) -> list[BreakSum]:
    """Count and money by partner, code, state and age at a business date.

    ``last_days`` are the greatest ages in days of every bucket but the last, in rising order.
    """
    found = _both(wanted)
    bounds = [
        (found.c.since >= business_date - timedelta(days=days), sa.literal(place))
        for place, days in enumerate(last_days)
    ]
    bucket = (
        sa.case(*bounds, else_=sa.literal(len(last_days))) if bounds else sa.literal(0)
    ).label("bucket")
    aged = sa.select(
        found.c.partner, found.c.code, found.c.state, found.c.amount_satang, bucket
    ).subquery("aged")
    by = (aged.c.partner, aged.c.code, aged.c.state, aged.c.bucket)
    satang = sa.cast(sa.func.sum(aged.c.amount_satang), sa.BigInteger)
    query = sa.select(*by, sa.func.count(), satang).group_by(*by).order_by(*by)
    with reading(engine) as connection:
        return [BreakSum(*row) for row in connection.execute(query)]


def _both(wanted: BreakFilter) -> sa.Subquery:
    return sa.union_all(_payments(wanted), _files(wanted)).subquery("broken")


def _payments(wanted: BreakFilter) -> sa.Select[Any]:
    broken, batch, file = schema.payment_break, schema.posting_batch, schema.file
    event = schema.payment_break_event
    newest = event.alias("newest")
    latest = _latest(
        newest,
        broken,
        newest.c.file_id == broken.c.file_id,
        newest.c.record_number == broken.c.record_number,
    )
    query = (
        sa.select(
            broken.c.file_id.label("break_id"),
            broken.c.file_id.label("file_id"),
            broken.c.record_number.label("record_number"),
            broken.c.code.label("code"),
            batch.c.partner.label("partner"),
            file.c.business_date.label("since"),
            broken.c.amount_satang.label("amount_satang"),
            _state(event).label("state"),
            broken.c.national_id.label("national_id"),
            broken.c.section_code.label("section_code"),
            broken.c.option_code.label("option_code"),
            broken.c.period.label("period"),
            broken.c.suggestion.label("suggestion"),
            event.c.detail.label("said"),
            sa.null().cast(sa.String).label("detail"),
        )
        .select_from(broken)
        .join(batch, batch.c.file_id == broken.c.file_id)
        .join(file, file.c.file_id == broken.c.file_id)
        .outerjoin(event, event.c.event_id == latest)
    )
    return query.where(
        *_conditions(wanted, broken.c.code, batch.c.partner, file.c.business_date, _state(event))
    )


def _files(wanted: BreakFilter) -> sa.Select[Any]:
    broken, event = schema.file_break, schema.file_break_event
    newest = event.alias("newest")
    latest = _latest(newest, broken, newest.c.break_id == broken.c.break_id)
    nothing = sa.null().cast(sa.String)
    columns = (
        broken.c.break_id.label("break_id"),
        broken.c.file_id.label("file_id"),
        sa.null().cast(sa.BigInteger).label("record_number"),
        broken.c.code.label("code"),
        broken.c.partner.label("partner"),
        broken.c.business_date.label("since"),
        broken.c.amount_satang.label("amount_satang"),
        _state(event).label("state"),
        nothing.label("national_id"),
        nothing.label("section_code"),
        nothing.label("option_code"),
        sa.null().cast(sa.Integer).label("period"),
        nothing.label("suggestion"),
        event.c.detail.label("said"),
        broken.c.detail.label("detail"),
    )
    query = sa.select(*columns).select_from(broken).outerjoin(event, event.c.event_id == latest)
    return query.where(
        *_conditions(wanted, broken.c.code, broken.c.partner, broken.c.business_date, _state(event))
    )


def _latest(
    newest: sa.FromClause, broken: sa.Table, *same: sa.ColumnElement[bool]
) -> sa.ScalarSelect[Any]:
    newest_id = sa.select(sa.func.max(newest.c.event_id)).where(*same)
    return newest_id.correlate(broken).scalar_subquery()


def _state(event: sa.Table) -> sa.ColumnElement[str]:
    """An event that reopened, or none at all, both mean open."""
    return sa.case(
        (event.c.state.is_(None), OPEN), (event.c.state == REOPENED, OPEN), else_=event.c.state
    )


def _conditions(
    wanted: BreakFilter,
    code: sa.ColumnElement[str],
    partner: sa.ColumnElement[str],
    since: sa.ColumnElement[date],
    state: sa.ColumnElement[str],
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.states is not None:
        conditions.append(state.in_(sorted(wanted.states)))
    if wanted.codes is not None:
        conditions.append(code.in_(sorted(wanted.codes)))
    if wanted.partner is not None:
        conditions.append(partner == wanted.partner)
    if wanted.of is not None:
        conditions.append(since == wanted.of)
    if wanted.since_up_to is not None:
        conditions.append(since <= wanted.since_up_to)
    return conditions


def _listed(row: Row[Any]) -> ListedBreak:
    is_file = row.record_number is None
    key = None if is_file else BreakKey(row.file_id, row.record_number)
    return ListedBreak(
        break_id=row.break_id if key is None else key.shown,
        key=key,
        code=row.code,
        partner=row.partner,
        since=row.since,
        amount_satang=row.amount_satang,
        state=row.state,
        national_id=row.national_id,
        section_code=row.section_code,
        option_code=row.option_code,
        period=row.period,
        suggestion=row.suggestion,
        said=row.said,
        detail=row.detail,
        file_id=row.file_id,
    )
