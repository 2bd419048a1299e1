"""What had been sent of the person of a break: the feed that decided, and the months it offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from exchange.account.sent_rows import values_of
from exchange.outbound.standing import RETURN_CODE
from exchange.site import Site
from interfaces.model import Kind
from ledger.break_records import BrokenPayment
from ledger.deliveries import arrived_deliveries
from ledger.delivery import Delivery


@dataclass(frozen=True, slots=True)
class OfferedMonth:
    """A month of a feed's row, and the days on which it could be paid."""

    period: int
    satang: int | None
    payable_from: date | None
    payable_until: date | None


@dataclass(frozen=True, slots=True)
class SentMonths:
    """A feed of the day that decided, and what it said of the person; ``status`` is None when the
    person was not in it, or its rows are gone."""

    delivery_id: str
    business_date: date
    section: str | None
    option: str | None
    status: str | None
    return_code: str | None
    months: tuple[OfferedMonth, ...]


def sent_for(site: Site, broken: BrokenPayment) -> tuple[SentMonths, ...]:
    """What the partner had of the person on the day of the feed that decided; empty when no feed
    did, or nobody knows whose payment it is."""
    if broken.feed_date is None or broken.national_id is None:
        return ()
    feeds = sorted(
        {
            interface.name
            for interface in site.registry.of_kind(Kind.FEED, on=broken.feed_date)
            if interface.partner == broken.partner
            and interface.publish is not None
            and _is_of(interface.publish.where, broken.section_code)
        }
    )
    return tuple(
        line
        for name in feeds
        for delivery in arrived_deliveries(site.ledger, broken.partner, name, broken.feed_date)
        if delivery.business_date == broken.feed_date
        for line in _lines(site, delivery, broken)
    )


def _is_of(where: Mapping[str, tuple[str, ...]], section: str | None) -> bool:
    return section is None or section in where.get("section_code", (section,))


def _lines(site: Site, delivery: Delivery, broken: BrokenPayment) -> list[SentMonths]:
    rows: list[dict[str, object]] = []
    uri = delivery.content.rows_uri if delivery.content is not None else None
    if uri is not None and (site.home.root / uri).is_file():
        rows = _rows(site.home.root / uri, broken.national_id or "")
    if not rows:
        return [
            SentMonths(delivery.delivery_id, delivery.business_date, None, None, None, None, ())
        ]
    return [
        SentMonths(
            delivery_id=delivery.delivery_id,
            business_date=delivery.business_date,
            section=_text(row.get("section_code")),
            option=_text(row.get("option_code")),
            status=_text(row.get("status_code")),
            return_code=_text(row.get(RETURN_CODE)),
            months=_months(row.get("payable_month")),
        )
        for row in rows
    ]


def _rows(path: Path, person: str) -> list[dict[str, object]]:
    try:
        return values_of(path, person)
    except duckdb.Error:
        return []  # a damaged part: what the ledger knows is shown all the same


def _months(offered: object) -> tuple[OfferedMonth, ...]:
    if not isinstance(offered, list):
        return ()
    return tuple(
        OfferedMonth(
            period=int(month["period"]),
            satang=_satang(month["amount"]),
            payable_from=month["payable_from"],
            payable_until=month["payable_until"],
        )
        for month in offered
    )


def _satang(amount: object) -> int | None:
    return int(amount.scaleb(2)) if isinstance(amount, Decimal) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
