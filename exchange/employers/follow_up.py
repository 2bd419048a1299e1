"""Employers to be followed up for a wage month: who has not filed, who has not paid or too
little, whose staff fell sharply; by office and province of the employer master."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.datasets import NotArrivedError, latest, read
from exchange.employers.lines import live_lines
from exchange.site import Site
from interfaces.dated import code_list
from interfaces.errors import WrongUse
from ledger.employer_accounts import standings
from ledger.filings import MONTH, counting, filings_of, month_numbers

MASTER = "employer_master"
_MASTER_COLUMNS = (
    "employer_account",
    "employer_branch",
    "employer_name",
    "status_code",
    "registered_date",
    "office_code",
)
_MONTHS = 12
_HUNDRED = 100


class Reason(StrEnum):
    """Why an employer is followed up."""

    NOT_FILED = "not_filed"  # an active branch without a filing that counts
    UNPAID = "unpaid"  # due, and nothing was paid
    PAID_SHORT = "paid_short"  # paid, and some of what is due or of the surcharge is missing
    STAFF_FELL = "staff_fell"  # far fewer persons than in the month before


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When staff *fell sharply*: by ``fell_percent`` or more, of ``fell_from`` persons or more
    in the month before. Of a handful one who leaves is much, and says nothing."""

    fell_percent: int = 30
    fell_from: int = 10

    def __post_init__(self) -> None:
        if not (0 < self.fell_percent <= _HUNDRED and self.fell_from > 0):
            raise WrongUse(
                "staff falls by 1 to 100 percent, of at least one person: give other thresholds"
            )


FOLLOW_UP_SCHEMA = pa.schema(
    [
        pa.field("reason", pa.string(), nullable=False),
        pa.field("province_code", pa.string()),  # null: not in the master
        pa.field("office_code", pa.string()),
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("employer_branch", pa.string()),  # null where the account as a whole is meant
        pa.field("employer_name", pa.string()),
        pa.field("persons_before", pa.int64()),  # of the branch, in the month before
        pa.field("persons", pa.int64()),
        pa.field("due_satang", pa.int64()),  # of the account, both sides
        pa.field("surcharge_satang", pa.int64()),
        pa.field("paid_satang", pa.int64()),
        pa.field("outstanding_satang", pa.int64()),
    ]
)
"""One row an employer and reason: a branch for NOT_FILED and STAFF_FELL, an account otherwise."""

_ROWS = """
WITH place AS (  -- of an account: that of its head office, else of its first branch
    SELECT employer_account, office_code, employer_name FROM master
    QUALIFY row_number() OVER (PARTITION BY employer_account ORDER BY employer_branch) = 1
), told AS (
    SELECT 'not_filed' AS reason, m.office_code, m.employer_account, m.employer_branch,
        m.employer_name, b.persons AS persons_before, NULL::BIGINT AS persons,
        NULL::BIGINT AS due_satang, NULL::BIGINT AS surcharge_satang,
        NULL::BIGINT AS paid_satang, NULL::BIGINT AS outstanding_satang
    FROM master m
    LEFT JOIN before b USING (employer_account, employer_branch)
    WHERE m.status_code = 'A' AND m.registered_date <= $month_end AND NOT EXISTS (
        FROM now n
        WHERE n.employer_account = m.employer_account AND n.employer_branch = m.employer_branch
    )
    UNION ALL
    SELECT 'staff_fell', m.office_code, b.employer_account, b.employer_branch, m.employer_name,
        b.persons, n.persons, NULL, NULL, NULL, NULL
    FROM before b
    JOIN now n USING (employer_account, employer_branch)
    LEFT JOIN master m USING (employer_account, employer_branch)
    WHERE b.persons >= $fell_from
        AND (b.persons - n.persons) * 100 >= b.persons * $fell_percent
    UNION ALL
    SELECT CASE WHEN s.paid_satang > 0 THEN 'paid_short' ELSE 'unpaid' END, p.office_code,
        s.employer_account, NULL, p.employer_name, NULL, NULL,
        s.filed_satang, s.surcharge_satang, s.paid_satang, s.outstanding_satang
    FROM money s LEFT JOIN place p USING (employer_account)
    WHERE s.outstanding_satang > 0
)
SELECT reason, left(office_code, 2) AS province_code, * EXCLUDE (reason)
FROM told
ORDER BY office_code NULLS FIRST, employer_account, employer_branch NULLS FIRST, reason
"""

SUMMARY_SCHEMA = pa.schema(
    [
        pa.field("area", pa.string()),  # code of the office or province; null: not in the master
        pa.field("area_name", pa.string()),  # of the province, Thai
        *(pa.field(reason.value, pa.int64(), nullable=False) for reason in Reason),
        pa.field("outstanding_satang", pa.int64(), nullable=False),
    ]
)
"""Employers by reason in one area."""

_SUMMARY = """
SELECT area, any_value(p.th) AS area_name,
    count(*) FILTER (reason = 'not_filed'), count(*) FILTER (reason = 'unpaid'),
    count(*) FILTER (reason = 'paid_short'), count(*) FILTER (reason = 'staff_fell'),
    coalesce(sum(outstanding_satang), 0)::BIGINT
FROM (SELECT *, CASE WHEN $by_office THEN office_code ELSE province_code END AS area FROM rows) r
LEFT JOIN provinces p ON p.code = r.province_code
GROUP BY area ORDER BY area NULLS FIRST
"""


def follow_up(
    site: Site, period: int, business_date: date, thresholds: Thresholds | None = None
) -> pa.Table:
    """Employers to be followed up for a wage month (Gregorian yyyymm): FOLLOW_UP_SCHEMA, by
    office, account, branch and reason.

    By the newest employer master not after the business date, and the filings and payments that
    are in the books up to now. WrongUse for no month; NotArrivedError without a master.
    """
    before = month_before(period)
    limits = thresholds or Thresholds()
    with duckdb.connect() as engine:
        engine.register("master", _master(site, business_date))
        engine.register("now", persons_filed(site, period))
        engine.register("before", persons_filed(site, before))
        engine.register("money", standings(site.ledger, periods=[period]))
        rows: pa.Table = engine.sql(
            _ROWS,
            params={
                "month_end": month_end(period),
                "fell_from": limits.fell_from,
                "fell_percent": limits.fell_percent,
            },
        ).to_arrow_table()
    return rows.cast(FOLLOW_UP_SCHEMA)


def summarise(rows: pa.Table, business_date: date, *, by_office: bool) -> pa.Table:
    """How many of FOLLOW_UP_SCHEMA's rows each office, or each province, has: SUMMARY_SCHEMA."""
    with duckdb.connect() as engine:
        engine.register("rows", rows)
        engine.register("provinces", code_list("provinces", business_date))
        summary: pa.Table = engine.sql(_SUMMARY, params={"by_office": by_office}).to_arrow_table()
    return summary.rename_columns(SUMMARY_SCHEMA.names).cast(SUMMARY_SCHEMA)


def persons_filed(site: Site, period: int) -> pa.Table:
    """Number of persons that count for each branch with a filing for a wage month:
    employer_account, employer_branch, persons."""
    live = counting(filings_of(site.ledger, periods=[period]))
    numbers, count = month_numbers(live)
    is_alone = np.bincount(numbers, minlength=count)[numbers] == 1
    columns = ["employer_account", "employer_branch", "persons"]
    alone = live.filter(pa.array(is_alone)).select(columns)
    # Where filings follow each other a person may stand in several of them.
    several = live.filter(pa.array(~is_alone))
    asked = several.group_by(list(MONTH)).aggregate([])
    lines = live_lines(site, months=asked, columns=[*MONTH, "national_id"])
    lines = lines.group_by(list(MONTH)).aggregate([("national_id", "count")])
    folded = asked.join(lines, list(MONTH), join_type="left outer")
    persons = pc.fill_null(folded["national_id_count"], 0).cast(pa.int64())
    folded = folded.select(columns[:2]).append_column("persons", persons)
    return pa.concat_tables([alone, folded.cast(alone.schema)])


def month_before(period: int) -> int:
    """The wage month before one, Gregorian yyyymm; WrongUse for what is no month."""
    year, month = _month(period)
    return period - 1 if month > 1 else (year - 1) * 100 + _MONTHS


def month_end(period: int) -> date:
    """Last day of a month, Gregorian yyyymm; WrongUse for what is no month."""
    year, month = _month(period)
    return date(year, month, monthrange(year, month)[1])


def _month(period: int) -> tuple[int, int]:
    year, month = divmod(period, 100)
    if not (1 <= month <= _MONTHS and date.min.year < year <= date.max.year):
        raise WrongUse(f"{period} is no month: write yyyymm, Gregorian, such as 202701")
    return year, month


def _master(site: Site, business_date: date) -> pa.Table:
    found = latest(site, MASTER, business_date)
    if found is None:
        raise NotArrivedError(
            f"no {MASTER} up to {business_date} has been received and accepted: nobody can say "
            "who should have filed; receive it, then run again"
        )
    return read(site, *found, _MASTER_COLUMNS)
