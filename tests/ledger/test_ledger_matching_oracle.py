"""Random small worlds: the queries say what the naive matcher says, in any order of rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from insurance.identifiers import national_ids
from insurance.reference import make_reference_2, read_references
from interfaces.model import MatchingRule
from ledger.detail import from_text, to_text
from ledger.matching import FEEDS_SCHEMA, match_payments
from ledger.outcomes import OUTCOMES_SCHEMA
from tests.ledger.matching_tables import PARTNER, paid, payments, register, sent
from tests.ledger.naive_matching import Naive
from tests.sampling import sampled

PEOPLE: list[str] = national_ids(np.arange(110_000_000_000, 110_000_000_006)).to_pylist()
NAMES = [("สมชาย", "ใจดี"), ("มาลี", "ดีใจ"), ("สมชาย", "ใจดี"), ("ดาว", "ดี"), ("ดาว", "เดือน")]
TYPED = ["นาย สมชาย ใจดี", "มาลี ดีใจ", "น.ส. ดาว ดี", "ไม่มี ใคร", None]
MEANT = {
    "นาย สมชาย ใจดี": frozenset({"สมชายใจดี"}),
    "มาลี ดีใจ": frozenset({"มาลีดีใจ"}),
    "น.ส. ดาว ดี": frozenset({"ดาวดี"}),
}
DAYS = [date(2026, 11, day) for day in (29, 30)] + [date(2026, 12, day) for day in (1, 2)]
FEEDS: list[dict[str, Any]] = [
    {"delivery_id": name, "section_code": s, "business_date": first, "valid_until": last,
     "sequence": n}
    for n, (name, s, first, last) in enumerate(
        [
            ("a", "39", DAYS[0], DAYS[1]),
            ("b", "39", DAYS[1], DAYS[2]),
            ("c", "39", DAYS[1], DAYS[2]),
            ("d", "40", DAYS[0], DAYS[2]),
            ("e", "40", DAYS[2], DAYS[2]),
        ]
    )
]  # fmt: skip
SECTION = {feed["delivery_id"]: feed["section_code"] for feed in FEEDS}
PERIODS = [202610, 202611, 202612]
AMOUNTS = [100] * 6 + [200, 300]
WHOLE = (DAYS[0], DAYS[-1])
WINDOWS = [WHOLE] * 5 + [(DAYS[0], DAYS[1]), (DAYS[2], DAYS[-1]), (DAYS[0], DAYS[0])]

POSTING = [
    "midnight.1",
    "check_digits.1",
    "several_months.1",
    "several_payments.1",
    "tolerance.1",
    "other_period.1",
    "one_digit.1",
]


@dataclass(frozen=True)
class World:
    """What matching is given, as lists of rows."""

    payments: list[dict[str, Any]]
    sent: list[dict[str, Any]]
    paid: list[dict[str, Any]]
    rule: MatchingRule

    def matched(self, random: Random | None = None) -> pa.Table:
        """By the queries, rows shuffled if asked for."""

        def some(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return random.sample(rows, len(rows)) if random else rows

        return match_payments(
            payments(*some(self.payments)),
            pa.Table.from_pylist(some(FEEDS), schema=FEEDS_SCHEMA),
            sent(*some(self.sent)),
            pa.Table.from_pylist(some(self.paid), schema=paid().schema),
            register(*((PEOPLE[n], "39") for n in range(4))),
            self.rule,
            partner=PARTNER,
        )

    def naive(self) -> list[dict[str, Any]]:
        """By the judge."""
        rows = payments(*self.payments).to_pylist()
        told = sent(*self.sent).to_pylist()
        persons = [{"national_id": PEOPLE[n]} for n in range(4)]
        return Naive(
            rows, FEEDS, told, self.paid, persons, self.rule, PARTNER,
            lambda name: MEANT.get(name, frozenset()),
        ).outcomes()  # fmt: skip


def payment_row(number: int, dice: Random) -> dict[str, Any]:
    """A payment as matching_inputs makes it, its references written down and damaged."""
    person = PEOPLE[dice.choice([0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 5])]
    section = dice.choice(["39", "39", "40"])
    made = make_reference_2(
        pa.array([person]),
        pa.array([section]),
        pa.array([None if section == "39" else "01"], pa.utf8()),
        pa.array([dice.choice(PERIODS)], pa.int32()),
    )
    both = damaged(person + str(made[0].as_py()), dice)
    first, second = both[:13], both[13:]
    (read,) = read_references(pa.array([first]), pa.array([second])).to_pylist()
    return {
        **{name: read[name] for name in ("national_id", "section_code", "option_code", "period")},
        "file_id": dice.choice("112"),
        "record_number": number,
        "reference_valid": read["valid"],
        "reference_1": first,
        "reference_2": second,
        "amount_satang": dice.choice([0, 50, 50, 50, 100, 100, 100, 100, 140, 200, 200, 300]),
        "payment_date": dice.choice([*DAYS, DAYS[1], DAYS[2]] * 3 + [None]),
        "payment_time": dice.choice([None, 0, 599, 600, 40_000]),
        "transaction_kind": dice.choice("C" * 12 + "D"),
        "is_rejected": dice.random() < 0.08,
        "payer_name": dice.choice(TYPED),
    }


def halved(payment: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """A payment of the usual amount in two records of its file."""
    return [
        {**payment, "amount_satang": 50},
        {**payment, "amount_satang": 50, "record_number": number},
    ]


def damaged(both: str, dice: Random) -> str:
    """The two references, mostly as they are."""
    place = dice.randrange(23)
    match dice.choice(["as it is"] * 14 + ["check", "digit", "swap", "lost"]):
        case "check":
            return both[:23] + f"{(int(both[23:]) + 1) % 97:02d}"
        case "digit":
            return both[:place] + str((int(both[place]) + 1) % 10) + both[place + 1 :]
        case "swap":
            return both[:place] + both[place + 1] + both[place] + both[place + 2 :]
        case "lost":
            return "x" + both[1:]
    return both


def feed_rows(feed: str, person: int, dice: Random) -> list[dict[str, Any]]:
    """What a feed says of a person: nothing, that there is nothing to pay, or months."""
    if dice.random() < 0.15:
        return []
    has_ended = dice.random() < 0.15
    common: dict[str, Any] = {
        "delivery_id": feed,
        "national_id": PEOPLE[person],
        "section_code": SECTION[feed],
        "option_code": None if SECTION[feed] == "39" else dice.choice(["01", "02"]),
        "status_code": "E" if has_ended else "A",
        "ended_date": date(2026, 9, 1 + person) if has_ended else None,
        "given_name": NAMES[person][0],
        "family_name": NAMES[person][1],
    }
    names = ("period", "amount_satang", "payable_from", "payable_until")
    months = [period for period in PERIODS if dice.random() < 0.7]
    rows = [(period, dice.choice(AMOUNTS), *dice.choice(WINDOWS)) for period in months]
    return [
        common | dict(zip(names, row, strict=True)) for row in rows or [(None, None, None, None)]
    ]


def rule_of(dice: Random) -> MatchingRule:
    """Any passes in any order, each posting, suggesting or not there."""
    order = dice.sample(POSTING, len(POSTING))
    role = {name: dice.choice("PPS-") for name in order}
    post = ("exact.1", *(name for name in order if role[name] == "P"))
    suggest = [name for name in order if role[name] == "S"]
    if dice.random() < 0.7:
        suggest.insert(dice.randint(0, len(suggest)), "person_name.1")
    declared = {*post, *suggest}
    return MatchingRule(
        post=post,
        suggest=tuple(suggest),
        tolerance_satang=50 if "tolerance.1" in declared else 0,
        midnight_grace_minutes=10 if "midnight.1" in declared else 0,
    )


def world_of(seed: int) -> World:
    """A few people, feeds around a month's end, and up to 24 payments of two files.

    Drawn by dice of its own: hypothesis prefers lists so short that hardly a payment fits.
    """
    dice = Random(seed)
    payments = [payment_row(n, dice) for n in range(2, 2 + dice.randint(0, 20))]
    for number in range(100, 100 + min(3, len(payments))):
        payments += halved(payments.pop(0), number)
    return World(
        payments=payments,
        sent=[row for feed in SECTION for n in range(5) for row in feed_rows(feed, n, dice)],
        paid=[
            {
                "national_id": PEOPLE[dice.randrange(5)],
                "section_code": dice.choice(["39", "40"]),
                "period": dice.choice(PERIODS),
                "source": dice.choice(["history", PARTNER, "wallet"]),
            }
            for _ in range(dice.randint(0, 4))
        ],
        rule=rule_of(dice),
    )


WORLDS = st.integers(0, 2**32).map(world_of)


@sampled(20, whole=60)
@given(WORLDS)
def test_the_queries_agree_with_the_naive_matcher(world: World) -> None:
    told = world.matched().to_pylist()
    for row in told:
        row["suggestion"] = row["suggestion"] and json.loads(row["suggestion"])
    expected = world.naive()
    assert [dict(sorted(row.items())) for row in told] == [
        dict(sorted(row.items())) for row in expected
    ]


@sampled(6, whole=20)
@given(WORLDS, st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_say(world: World, random: Random) -> None:
    assert world.matched(random) == world.matched()


@sampled(12, whole=40)
@given(WORLDS)
def test_no_satang_and_no_month_is_given_twice(world: World) -> None:
    matched = world.matched()
    assert matched.schema == OUTCOMES_SCHEMA
    by_record: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in matched.to_pylist():
        by_record.setdefault((row["file_id"], row["record_number"]), []).append(row)
    paid_in = {(p["file_id"], p["record_number"]): p["amount_satang"] for p in world.payments}
    assert {
        record: sum(r["amount_satang"] for r in rows) for record, rows in by_record.items()
    } == (paid_in)
    posted: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for rows in by_record.values():
        assert [row["leg"] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) == 1 or {row["pass_name"] for row in rows} == {"several_months.1"}
        for row in rows:
            assert (row["pass_name"] is not None) == (row["outcome"] == "POSTED")
            if row["pass_name"]:
                assert row["pass_name"] in world.rule.post
                month = (row["national_id"], row["section_code"], row["period"])
                posted.setdefault(month, []).append(row)
            if row["suggestion"]:
                told = from_text(row["suggestion"])
                assert to_text(told) == row["suggestion"]
                assert told["pass"] is None or told["pass"] in world.rule.suggest
                moves: Any = told["moves"]
                amounts = [move["amount_satang"] for move in moves]
                assert not moves or sum(amounts) == row["amount_satang"]
                assert min(amounts, default=1) > 0
    before = {(m["national_id"], m["section_code"], m["period"]) for m in world.paid}
    assert not before & posted.keys()
    for rows in posted.values():
        total = sum(row["amount_satang"] - row["tolerance_satang"] for row in rows)
        assert total == rows[0]["expected_satang"]
        assert len(rows) == 1 or {row["pass_name"] for row in rows} == {"several_payments.1"}
