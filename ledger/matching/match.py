"""Matching: the exact pass over all payments, further passes over its rest, then outcomes."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from insurance.repair import REPAIRED_SCHEMA, repair_check_digits, repair_one_digit
from interfaces.model import MatchingRule
from ledger.bounded import bounded_engine
from ledger.matching import check_digits, exact, one_digit, person_name
from ledger.matching.decision import OUTCOMES
from ledger.matching.ground import GROUND, OFFERS, REST
from ledger.matching.passes import passes_problems
from ledger.matching.rounds import run_passes
from ledger.matching.schemas import (
    FEEDS_SCHEMA,
    HISTORY,
    PAID_SCHEMA,
    PERSONS_SCHEMA,
    SENT_SCHEMA,
    conform,
    conform_payments,
)
from ledger.outcomes import OUTCOMES_SCHEMA

MOST_MEMORY = "2GB"
"""Of the engine, besides the tables that it is given; enough for three million payments."""

_UNREADABLE = """
SELECT position, reference_1, reference_2 FROM open_payment
WHERE NOT is_readable AND reference_1 IS NOT NULL AND reference_2 IS NOT NULL
"""
_NO_REPAIRS = pa.schema([("position", pa.int64()), *list(REPAIRED_SCHEMA)[1:]]).empty_table()
_NOBODY = pa.schema([("position", pa.int64()), ("national_id", pa.string())]).empty_table()


EXACT_ONLY = MatchingRule()
"""The rule of an interface that declares none."""


def match_payments(
    payments: pa.Table,
    feeds: pa.Table,
    sent: pa.Table,
    paid: pa.Table,
    persons: pa.Table,
    rule: MatchingRule = EXACT_ONLY,
    *,
    partner: str | None = None,
) -> pa.Table:
    """Outcome of each payment: a table of OUTCOMES_SCHEMA, ordered by file, record and leg.

    ``payments`` (PAYMENTS_SCHEMA): what the partner says was paid. Identifier columns are null
    and ``reference_valid`` false where the references could not be read; ``is_rejected`` where
    validation did not accept the record.
    ``feeds`` (FEEDS_SCHEMA): what this partner received, one row for each delivery and section
    in it, valid from its ``business_date`` to ``valid_until``, both inclusive; at least those in
    hand on a payment date. Earlier ones tell a month paid too late from one never offered.
    ``sent`` (SENT_SCHEMA): the rows of those feeds, at least those about the payers, about whom
    a repaired reference names, and about persons with the name of a payer without a usable ID:
    one for each payable month and, with null period, one for each person listed without any.
    Names may be null where no such payer has them. ``business_date`` and ``return_code`` are
    not used here.
    ``paid`` (PAID_SCHEMA): months known as paid before these files, and who said so.
    ``persons`` (PERSONS_SCHEMA): the register, all sections.
    ``rule``: the passes, those that post and those that suggest.
    ``partner``: whose return this is. A month that its postings have is a double payment, one
    of another source is paid elsewhere; without it only HISTORY is elsewhere.
    Columns may come in any order, further ones are ignored. ValueError when a column is missing,
    a column that may not be null is, a kind is not C or D, an amount is negative, a record
    number occurs twice in a file, or the rule declares what cannot be.
    """
    problems = passes_problems(rule)
    if problems:
        raise ValueError(f"matching: {'; '.join(problems)}")
    with bounded_engine(most_memory=MOST_MEMORY) as engine:
        engine.register("payments", conform_payments(payments))
        engine.register("feeds", conform(feeds, FEEDS_SCHEMA, "feeds"))
        engine.register("sent", conform(sent, SENT_SCHEMA, "sent"))
        engine.register("paid_months", conform(paid, PAID_SCHEMA, "paid"))
        engine.register("persons", conform(persons, PERSONS_SCHEMA, "persons"))
        _set(engine, rule, partner)
        engine.execute(GROUND)
        if engine.sql("SELECT count(*) > count(DISTINCT position) FROM payment").fetchall()[0][0]:
            raise ValueError("payments: a record number occurs twice in a file")
        engine.execute(exact.POST)
        engine.execute(REST)
        _register_guesses(engine, rule)
        engine.execute(OFFERS)
        run_passes(engine, rule)
        outcomes: pa.Table = engine.sql(OUTCOMES).to_arrow_table().cast(OUTCOMES_SCHEMA)
    return outcomes


def _set(engine: duckdb.DuckDBPyConnection, rule: MatchingRule, partner: str | None) -> None:
    engine.execute(
        "CREATE TEMP TABLE setting AS SELECT $tolerance::BIGINT AS tolerance_satang, "
        "$grace::INTEGER AS grace_seconds, $partner::VARCHAR AS partner, "
        "$history::VARCHAR AS history",
        {
            "history": HISTORY,
            "tolerance": rule.tolerance_satang,
            "grace": rule.midnight_grace_minutes * 60,
            "partner": partner,
        },
    )
    engine.execute(
        "CREATE TEMP VIEW paid AS SELECT paid_months.*, CASE WHEN setting.partner IS NULL "
        "THEN paid_months.source <> setting.history ELSE paid_months.source = setting.partner "
        "END AS is_own FROM paid_months CROSS JOIN setting"
    )


def _register_guesses(engine: duckdb.DuckDBPyConnection, rule: MatchingRule) -> None:
    """What unreadable references and names may mean, where a declared pass asks for it."""
    declared = {*rule.post, *rule.suggest}
    unreadable = engine.sql(_UNREADABLE).to_arrow_table()
    first, second = (unreadable[n].combine_chunks() for n in ("reference_1", "reference_2"))
    checks, digits, named = _NO_REPAIRS, _NO_REPAIRS, _NOBODY
    if check_digits.NAME in declared:
        checks = _by_position(unreadable, repair_check_digits(first, second))
    if declared & {check_digits.NAME, one_digit.NAME}:
        digits = _by_position(unreadable, repair_one_digit(first, second))
    if person_name.NAME in declared:
        named = person_name.find_named(engine)
    engine.register("check_repaired", checks)
    engine.register("digit_repaired", digits)
    engine.register("named", named)


def _by_position(payments: pa.Table, repaired: pa.Table) -> pa.Table:
    positions = payments["position"].take(repaired["row"])
    return repaired.set_column(0, "position", positions)
