"""How the persons of sections 39 and 40 stand on the business date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from exchange.datasets import NotArrivedError
from exchange.outbound.standing import DATASET, make_standing
from exchange.site import Site
from interfaces.dated import code_list

_COUNTED = """
SELECT section_code, person_return_code, count(*) AS persons
FROM standing GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class StandingCount:
    """Persons of one section with one return code, and what that code means. ``place`` is the
    code's in the list of codes: the same code has the same colour every night."""

    section: str
    return_code: int
    place: int
    persons: int
    en: str
    th: str


def count_standing(site: Site, business_date: date) -> list[StandingCount]:
    """Persons by section and return code; empty while no standing was worked out.

    A standing that is not there is not worked out for a report: nothing was fed from it.
    """
    if not any(site.home.dataset(DATASET, business_date).glob("*.parquet")):
        return []
    try:
        part = make_standing(site, business_date)
    except NotArrivedError:
        return []
    codes = code_list("return_codes", business_date)
    words = {row["code"]: row for row in codes.to_pylist() if row["used_in"] in ("feed", "both")}
    places = {code: place for place, code in enumerate(sorted(words))}
    with duckdb.connect() as engine:
        engine.read_parquet(str(part)).create_view("standing")
        rows = engine.sql(_COUNTED).fetchall()
    return [
        StandingCount(
            section=section,
            return_code=code,
            place=places.get(code, len(places)),
            persons=persons,
            en=words[code]["en"] if code in words else f"code {code:03d}",
            th=words[code]["th"] if code in words else f"รหัส {code:03d}",
        )
        for section, code, persons in rows
    ]
