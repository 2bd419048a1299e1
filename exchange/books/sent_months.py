"""What a partner had been given to offer when the books of a day were closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pyarrow.dataset as ds

from exchange.site import Site
from interfaces.model import Kind
from ledger.books import DayClose
from ledger.deliveries import arrived_deliveries, events_of
from ledger.delivery import ARRIVED, Delivery

_OFFERED = """
WITH offer AS (
    SELECT section_code, option_code, unnest(payable_month) AS month FROM rows
), offered AS (
    SELECT section_code, option_code, count(*) AS months, sum(month.amount) AS amount
    FROM offer GROUP BY ALL
), listed AS (
    SELECT section_code, option_code, count(*) AS persons FROM rows GROUP BY ALL
)
SELECT listed.*, coalesce(months, 0) AS months, coalesce(amount, 0)::DECIMAL(18, 2) AS amount
FROM listed LEFT JOIN offered ON offered.section_code = listed.section_code
    AND offered.option_code IS NOT DISTINCT FROM listed.option_code
ORDER BY listed.section_code, listed.option_code
"""


def sent_months(
    site: Site, partner: str, after: date | None, close: DayClose
) -> Iterator[dict[str, object]]:
    """Persons listed, months offered and their baht, by section and option.

    Of the feeds for the days of that close which had arrived by then; of several of one day the
    last. What arrives later was not known when the day was closed, and is not told of it.
    """
    for feed in site.registry.of_kind(Kind.FEED, on=close.business_date):
        if feed.partner != partner:
            continue
        newest: dict[date, Delivery] = {}
        for delivery in arrived_deliveries(site.ledger, partner, feed.name, close.business_date):
            is_of_period = after is None or delivery.business_date > after
            if is_of_period and _was_there(site, delivery, close):
                newest[delivery.business_date] = delivery
        for day in sorted(newest):
            yield from _offered(site, newest[day])


def _was_there(site: Site, delivery: Delivery, close: DayClose) -> bool:
    return any(
        event.state in ARRIVED and event.recorded_at <= close.recorded_at
        for event in events_of(site.ledger, delivery.delivery_id)
    )


def _offered(site: Site, delivery: Delivery) -> Iterator[dict[str, object]]:
    if delivery.content is None or delivery.content.rows_uri is None:
        return
    rows = ds.dataset(site.home.root / delivery.content.rows_uri)
    with duckdb.connect() as engine:
        engine.register("rows", rows)
        yield from engine.sql(_OFFERED).to_arrow_table().to_pylist()
