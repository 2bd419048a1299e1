"""Matching told once more, payment by payment in plain Python: a judge for the real one.

Slow, and written from the description of the rules, not from the queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from stdnum.iso7064 import mod_97_10
from stdnum.th import pin

from interfaces.model import MatchingRule

Row = Mapping[str, Any]
Month = tuple[str, str, int]
Reading = tuple[str, str, str | None, int]


@dataclass(frozen=True)
class Leg:
    """A month that a payment is given, from the row of a feed."""

    rank: tuple[Any, ...]
    row: Row
    amount: int
    tolerance: int = 0

    @property
    def month(self) -> Month:
        """Whose month it is."""
        return (self.row["national_id"], self.row["section_code"], self.row["period"])


@dataclass(frozen=True)
class Found:
    """What a pass has for payments that only fit together: by record, and how many fitted."""

    legs: Mapping[tuple[str, int], Sequence[Leg]]
    candidates: int = 1


@dataclass
class Naive:
    """One matching; ``outcomes`` gives rows like those of OUTCOMES_SCHEMA, suggestions parsed."""

    payments: Sequence[Row]
    feeds: Sequence[Row]
    sent: Sequence[Row]
    paid: Sequence[Row]
    persons: Sequence[Row]
    rule: MatchingRule
    partner: str
    name_of: Callable[[str], frozenset[str]]
    taken: set[Month] = field(default_factory=set)
    posted: dict[tuple[str, int], tuple[str, Sequence[Leg]]] = field(default_factory=dict)
    suggested: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    def outcomes(self) -> list[dict[str, Any]]:
        """Rows in the order of file, record and leg."""
        self.taken = {(m["national_id"], m["section_code"], m["period"]) for m in self.paid}
        self.payments = sorted(self.payments, key=key)
        for name in self.rule.post:
            self.run(name, posts=True)
        for name in self.rule.suggest:
            self.run(name, posts=False)
        return [row for payment in self.payments for row in self.told(payment)]

    # ------------------------------------------------------------ feeds

    def hand(self, day: date | None, section: str | None = None) -> list[Row]:
        """Feeds in hand on a day, by section."""
        found: list[Row] = []
        for code in sorted({f["section_code"] for f in self.feeds}):
            before = [
                f
                for f in self.feeds
                if day is not None and f["section_code"] == code and f["business_date"] <= day
            ]
            valid = [f for f in before if f["valid_until"] >= day]
            latest = max((f["business_date"] for f in before), default=None)
            last = [f for f in before if f["business_date"] == latest]
            if section in (None, code):
                found += valid or last
        return found

    def rows(self, feed: Row, person: str) -> list[Row]:
        """What a feed says about a person."""
        return [
            s
            for s in self.sent
            if s["delivery_id"] == feed["delivery_id"]
            and s["section_code"] == feed["section_code"]
            and s["national_id"] == person
        ]

    def offers(
        self, day: date | None, person: str, *, free: bool = True
    ) -> Iterator[tuple[tuple[Any, ...], Row]]:
        """Months that a person could pay on a day, by every feed in hand."""
        for feed in self.hand(day):
            for row in self.rows(feed, person):
                if row["period"] is None or not row["amount_satang"]:
                    continue
                month = (person, row["section_code"], row["period"])
                in_window = row["payable_from"] <= day <= row["payable_until"]
                if in_window and not (free and month in self.taken):
                    yield rank_of(feed), {**row, "feed_date": feed["business_date"]}

    # ------------------------------------------------------------ passes

    def pending(self) -> list[Row]:
        """Payments that may be posted and that no pass has had."""
        return [
            p
            for p in self.payments
            if p["transaction_kind"] == "C"
            and not p["is_rejected"]
            and p["amount_satang"] > 0
            and p["payment_date"] is not None
            and key(p) not in self.posted
            and key(p) not in self.suggested
        ]

    def run(self, name: str, *, posts: bool) -> None:
        """One pass: the first payment that fits takes its months, until none fits any more."""
        fit: Callable[[Row], Found | None] = getattr(self, name.partition(".")[0])
        found = True
        while found:
            found = False
            for payment in self.pending():
                claim = fit(payment)
                if claim is None:
                    continue
                for record, legs in claim.legs.items():
                    if posts:
                        self.posted[record] = (name, legs)
                    else:
                        self.suggested[record] = suggestion(self.at(record), name, claim, legs)
                    self.taken |= {leg.month for leg in legs}
                found = True
                break

    def at(self, record: tuple[str, int]) -> Row:
        """The payment of a record."""
        (found,) = (p for p in self.payments if key(p) == record)
        return found

    def named(self, payment: Row, day: date | None = None) -> list[tuple[tuple[Any, ...], Row]]:
        """Offers of exactly the month that the payment names."""
        if not is_readable(payment):
            return []
        return [
            (rank, row)
            for rank, row in self.offers(day or payment["payment_date"], payment["national_id"])
            if month_of(row) == month_of(payment)
        ]

    def exact(self, payment: Row) -> Found | None:
        """The named month at its amount."""
        return newest(payment, [o for o in self.named(payment) if is_worth(payment, o)])

    def midnight(self, payment: Row) -> Found | None:
        """The same by the feeds of the day before."""
        time = payment["payment_time"]
        if time is None or time >= 60 * self.rule.midnight_grace_minutes:
            return None
        day = payment["payment_date"] - timedelta(days=1)
        return newest(payment, [o for o in self.named(payment, day) if is_worth(payment, o)])

    def check_digits(self, payment: Row) -> Found | None:
        """Only the check digits are wrong, and no slip leads to another month."""
        reading = overlooked(payment)
        if reading is None or self.fitting(payment, slipped(payment)):
            return None
        return newest(payment, self.fitting(payment, [reading], free=True))

    def one_digit(self, payment: Row) -> Found | None:
        """One slip, and only one month that it may mean."""
        readings = slipped(payment)
        months = {month_of(row) for _, row in self.fitting(payment, readings)}
        if len(months) != 1:
            return None
        return newest(payment, self.fitting(payment, readings, free=True))

    def fitting(
        self, payment: Row, readings: Sequence[Reading], *, free: bool = False
    ) -> list[tuple[tuple[Any, ...], Row]]:
        """Offers at the payment's amount that one of the readings names."""
        return [
            (rank, row)
            for person, section, _, period in readings
            for rank, row in self.offers(payment["payment_date"], person, free=free)
            if (row["section_code"], row["period"]) == (section, period)
            and row["amount_satang"] == payment["amount_satang"]
        ]

    def several_months(self, payment: Row) -> Found | None:
        """The oldest months that one feed lists, the named one among them."""
        if not is_readable(payment):
            return None
        for feed in sorted(self.hand(payment["payment_date"]), key=rank_of, reverse=True):
            months = sorted(
                (
                    row
                    for rank, row in self.offers(payment["payment_date"], payment["national_id"])
                    if rank == rank_of(feed) and row["section_code"] == payment["section_code"]
                ),
                key=lambda row: int(row["period"]),
            )
            for count in range(2, len(months) + 1):
                chosen = months[:count]
                total = sum(row["amount_satang"] for row in chosen)
                periods = [row["period"] for row in chosen]
                if total == payment["amount_satang"] and payment["period"] in periods:
                    legs = [Leg(rank_of(feed), row, row["amount_satang"]) for row in chosen]
                    return Found({key(payment): legs})
        return None

    def several_payments(self, payment: Row) -> Found | None:
        """All that is left for one month in the file is together what one feed offered."""
        group = [
            p
            for p in self.pending()
            if is_readable(payment)
            and p["file_id"] == payment["file_id"]
            and is_readable(p)
            and month_of(p) == month_of(payment)
            and self.named(p)
        ]
        if len(group) < 2:
            return None
        total = sum(p["amount_satang"] for p in group)
        for feed in sorted(self.feeds, key=rank_of, reverse=True):
            offered = [
                [(rank, row) for rank, row in self.named(p) if rank == rank_of(feed)] for p in group
            ]
            if all(offered) and offered[0][0][1]["amount_satang"] == total:
                return Found(
                    {
                        key(p): [Leg(*offers[0], p["amount_satang"])]
                        for p, offers in zip(group, offered, strict=True)
                    }
                )
        return None

    def tolerance(self, payment: Row) -> Found | None:
        """Nearly the amount; the nearest, then the newest."""
        near = []
        for rank, row in self.named(payment):
            off = payment["amount_satang"] - row["amount_satang"]
            if abs(off) <= self.rule.tolerance_satang:
                near.append((-abs(off), rank, row, off))
        if not near:
            return None
        _, rank, row, off = max(near, key=lambda one: one[:2])
        return Found({key(payment): [Leg(rank, row, payment["amount_satang"], off)]})

    def other_period(self, payment: Row) -> Found | None:
        """The amount of another month; the oldest."""
        if not is_readable(payment):
            return None
        others = [
            (rank, row)
            for rank, row in self.offers(payment["payment_date"], payment["national_id"])
            if row["section_code"] == payment["section_code"]
            and row["period"] != payment["period"]
            and row["amount_satang"] == payment["amount_satang"]
        ]
        return oldest(payment, others, len({row["period"] for _, row in others}))

    def person_name(self, payment: Row) -> Found | None:
        """The payer's name is a person's, for payments without a usable ID."""
        if is_readable(payment) and not self.is_unknown(payment):
            return None
        names = self.name_of(payment["payer_name"] or "")
        people = {
            s["national_id"]
            for s in self.sent
            if s["given_name"] and f"{s['given_name']}{s['family_name']}" in names
        }

        def of_amount(*, free: bool) -> list[tuple[tuple[Any, ...], Row]]:
            return [
                (rank, row)
                for person in people
                for rank, row in self.offers(payment["payment_date"], person, free=free)
                if row["amount_satang"] == payment["amount_satang"]
            ]

        count = len({row["national_id"] for _, row in of_amount(free=False)})
        if count == 0:
            return None
        return (count == 1 and oldest(payment, of_amount(free=True), 1)) or Found(
            {key(payment): []}, count
        )

    # ------------------------------------------------------------ outcomes

    def is_unknown(self, payment: Row) -> bool:
        """Whether neither the register nor a feed in hand knows the person."""
        person = payment["national_id"]
        listed = any(self.rows(feed, person) for feed in self.hand(payment["payment_date"]))
        return not listed and all(p["national_id"] != person for p in self.persons)

    def told(self, payment: Row) -> Iterator[dict[str, Any]]:
        """The rows of one payment."""
        common = {
            name: payment[name]
            for name in ("file_id", "record_number", "payment_date", "transaction_kind")
        }
        if key(payment) in self.posted:
            name, legs = self.posted[key(payment)]
            for number, leg in enumerate(legs, start=1):
                yield common | {
                    "leg": number,
                    "national_id": leg.row["national_id"],
                    "section_code": leg.row["section_code"],
                    "option_code": leg.row["option_code"],
                    "period": leg.row["period"],
                    "amount_satang": leg.amount,
                    "tolerance_satang": leg.tolerance,
                    "outcome": "POSTED",
                    "pass_name": name,
                    "expected_satang": leg.row["amount_satang"],
                    "status_code": leg.row["status_code"],
                    "feed_date": leg.row["feed_date"],
                    "ended_date": leg.row["ended_date"],
                    "suggestion": None,
                }
            return
        best = self.best(payment)
        outcome = self.break_code(payment, best)
        yield common | {
            "leg": 1,
            **{n: payment[n] for n in ("national_id", "section_code", "option_code", "period")},
            "amount_satang": payment["amount_satang"],
            "tolerance_satang": 0,
            "outcome": outcome,
            "pass_name": None,
            "expected_satang": best.get("expected_satang"),
            "status_code": best.get("status_code"),
            "feed_date": best.get("feed_date"),
            "ended_date": best.get("ended_date"),
            "suggestion": self.suggested.get(key(payment)) or self.plain(payment, outcome, best),
        }

    def best(self, payment: Row) -> dict[str, Any]:
        """The feed row that tells the break."""
        day, judged = payment["payment_date"], []
        for feed in self.hand(day, payment["section_code"]) if payment["section_code"] else ():
            rows = self.rows(feed, payment["national_id"])
            for row in rows or [None]:
                offered = row is not None and row["period"] == payment["period"] is not None
                in_window = offered and row["payable_from"] <= day <= row["payable_until"]
                right = offered and row["amount_satang"] == payment["amount_satang"]
                told: dict[str, Any] = dict(row or {})
                told |= {
                    "feed_date": feed["business_date"],
                    "expected_satang": row["amount_satang"] if offered else None,
                    "offered": offered,
                    "in_window": in_window,
                    "listed": row is not None,
                }
                order = (in_window and right, in_window, offered, row is not None, rank_of(feed))
                judged.append((order, told))
        return max(judged, key=lambda one: one[0])[1] if judged else {}

    def break_code(self, payment: Row, best: Row) -> str:
        """The first that holds."""
        month = month_of(payment)
        sources = {m["source"] for m in self.paid if month_of(m) == month}
        first = min(
            (
                record
                for record, (_, legs) in self.posted.items()
                if month in {leg.month for leg in legs}
            ),
            default=None,
        )
        ends = [
            s["payable_until"]
            for f in self.feeds
            if payment["payment_date"] is not None and f["business_date"] <= payment["payment_date"]
            for s in self.rows(f, payment["national_id"])
            if month_of(s) == month
        ]
        checks = {
            "DEBIT": payment["transaction_kind"] == "D",
            "RECORD_REJECTED": payment["is_rejected"] and is_readable(payment),
            "UNREADABLE_REFERENCE": not is_readable(payment),
            "UNKNOWN_PERSON": self.is_unknown(payment),
            "NOT_SENT": not best.get("listed"),
            "STATUS_ENDED": best.get("status_code") != "A" and not best.get("offered"),
            "PAID_ELSEWHERE": bool(sources) and self.partner not in sources,
            "DOUBLE_PAYMENT": bool(sources) or (first is not None and key(payment) > first),
            "LATE_PAYMENT": bool(ends) and max(ends) < (payment["payment_date"] or date.max),
            "WRONG_PERIOD": not best.get("in_window"),
            "AMOUNT_OVER": payment["amount_satang"] > (best.get("expected_satang") or 0),
            "AMOUNT_SHORT": True,
        }
        return next(code for code, holds in checks.items() if holds)

    def plain(self, payment: Row, outcome: str, best: Row) -> dict[str, Any] | None:
        """The one choice that the law leaves; too much takes its month, as passes do."""
        if payment["is_rejected"] or not payment["amount_satang"]:
            return None
        moves = []
        rest = payment["amount_satang"]
        if outcome == "AMOUNT_OVER" and month_of(payment) not in self.taken:
            self.taken.add(month_of(payment))
            moves.append(
                {
                    "kind": "move",
                    "section_code": payment["section_code"],
                    "option_code": best["option_code"],
                    "period": payment["period"],
                    "amount_satang": best["expected_satang"],
                }
            )
            rest -= best["expected_satang"]
        elif outcome not in (
            "AMOUNT_OVER",
            "DOUBLE_PAYMENT",
            "PAID_ELSEWHERE",
            "STATUS_ENDED",
        ) and (outcome, payment["section_code"]) != ("LATE_PAYMENT", "40"):
            return None
        moves.append({"kind": "refund", "amount_satang": rest})
        return {"pass": None, "candidates": 1, "moves": moves}


def key(payment: Row) -> tuple[str, int]:
    """A payment's place."""
    return (payment["file_id"], payment["record_number"])


def month_of(row: Row) -> Month:
    """Person, section and month."""
    return (row["national_id"], row["section_code"], row["period"])


def rank_of(feed: Row) -> tuple[Any, ...]:
    """Newer feeds are greater."""
    names = ("business_date", "sequence", "delivery_id", "section_code")
    return tuple(feed[name] for name in names)


def is_readable(payment: Row) -> bool:
    """Whether the references say everything."""
    return bool(payment["reference_valid"]) and None not in month_of(payment)


def is_worth(payment: Row, offer: tuple[tuple[Any, ...], Row]) -> bool:
    """Whether the amount is the offered one."""
    return bool(offer[1]["amount_satang"] == payment["amount_satang"])


def newest(payment: Row, offers: Sequence[tuple[tuple[Any, ...], Row]]) -> Found | None:
    """The newest feed's offer."""
    if not offers:
        return None
    rank, row = max(offers, key=lambda one: one[0])
    return Found({key(payment): [Leg(rank, row, payment["amount_satang"])]})


def oldest(
    payment: Row, offers: Sequence[tuple[tuple[Any, ...], Row]], candidates: int
) -> Found | None:
    """The oldest month's newest offer."""
    periods = [row["period"] for _, row in offers]
    found = newest(payment, [o for o in offers if o[1]["period"] == min(periods)])
    return found and Found(found.legs, candidates)


def suggestion(payment: Row, name: str, claim: Found, legs: Sequence[Leg]) -> dict[str, Any]:
    """What is written with the break."""
    moves = []
    for leg in legs:
        move: dict[str, Any] = {
            "kind": "move",
            "section_code": leg.row["section_code"],
            "option_code": leg.row["option_code"],
            "period": leg.row["period"],
            "amount_satang": leg.amount,
        }
        if leg.row["national_id"] != payment["national_id"]:
            move["national_id"] = leg.row["national_id"]
        moves.append(move)
    return {"pass": name, "candidates": claim.candidates, "moves": moves}


def overlooked(payment: Row) -> Reading | None:
    """The references with their check digits overlooked."""
    first, second = payment["reference_1"] or "", payment["reference_2"] or ""
    is_sound = len(second) == 12 and is_national_id(first) and second[:10].isdigit()
    return reading_of(first, second[:10]) if is_sound and not is_readable(payment) else None


def slipped(payment: Row) -> list[Reading]:
    """What unreadable references may have been before one slip."""
    first, second = payment["reference_1"] or "", payment["reference_2"] or ""
    both = first + second
    if is_readable(payment) or len(first) != 13 or len(second) != 12 or not both.isdigit():
        return []
    pairs = {
        both[:place] + digit + both[place + 1 :] for place in range(23) for digit in "0123456789"
    } | {
        both[:place] + both[place + 1] + both[place] + both[place + 2 :]
        for place in range(22)
        if place != 12
    }
    found = {
        reading_of(pair[:13], pair[13:23])
        for pair in pairs - {both}
        if is_national_id(pair[:13]) and mod_97_10.calc_check_digits(pair[:23]) == pair[23:]
    }
    return [reading for reading in found if reading is not None]


def is_national_id(text: str) -> bool:
    """Thirteen digits with the right one at the end."""
    return len(text) == 13 and text.isdigit() and pin.calc_check_digit(text[:12]) == text[12]


def reading_of(person: str, body: str) -> Reading | None:
    """What a reference_2 without check digits says."""
    section, option, year, month = body[:2], body[2:4], int(body[4:8]), int(body[8:10])
    is_plan = body[:4] == "3900" or (section == "40" and option != "00")
    if not is_plan or not 1 <= month <= 12 or year < 544:
        return None
    return (person, section, None if section == "39" else option, (year - 543) * 100 + month)
