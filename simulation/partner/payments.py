"""The payments that a counter takes in one evening, right and wrong ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from simulation.partner.feed import Listed, Offer

#: Every n-th payer makes this mistake, so that each kind is seen on a small evening too.
MISTAKES = ("wrong_month", "twice", "wrong_amount", "garbled_reference")
MISTAKE_EVERY = 40
PAYING_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Payment:
    """One line of the evening; ``intent`` is what the payer did, for comparing afterwards."""

    intent: str
    name: str
    reference_1: str
    reference_2: str
    amount: int
    day: date
    time: str


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody at the counter who is not on the list: registered this evening, or unknown."""

    intent: str
    national_id: str
    section: str
    option: str
    amount: int


def take_payments(
    listed: Iterable[Listed], walk_ins: Sequence[WalkIn], day: date, seed: int
) -> list[Payment]:
    """Payments of one evening; the same list, day and seed give the same payments."""
    payments: list[Payment] = []
    payers = 0
    for person in listed:
        chance = _chance(seed, day, person.national_id)
        if person.status != "A" and not person.offers:
            if chance < 0.03:
                payments.append(_insisting(person, day, chance))
            continue
        open_now = [o for o in person.offers if o.first_day <= day <= o.last_day]
        if not open_now or chance >= PAYING_SHARE:
            continue
        payers += 1
        payments += _paying(person, open_now, payers, day, chance)
    payments += [_walking_in(person, day, seed) for person in walk_ins]
    return sorted(payments, key=lambda p: (p.time, p.reference_1, p.reference_2))


def _paying(
    person: Listed, offers: Sequence[Offer], payers: int, day: date, chance: float
) -> list[Payment]:
    offer = offers[0] if chance < PAYING_SHARE * 0.8 else offers[-1]
    payment = _payment("right", person.name, person.national_id, offer, day, chance)
    turn, at = divmod(payers, MISTAKE_EVERY)
    if at:
        if len(offers) > 1 and chance > PAYING_SHARE * 0.9:
            return [
                _payment("right", person.name, person.national_id, o, day, chance) for o in offers
            ]
        return [payment]
    mistake = MISTAKES[turn % len(MISTAKES)]
    if mistake == "wrong_month":
        period = _half_a_year_on(offer)
        wrong = _reference(person.national_id, person.section, person.option, period)
        return [replace(payment, intent=mistake, reference_2=wrong)]
    if mistake == "twice":
        return [payment, replace(payment, intent=mistake, time=_later(payment.time))]
    if mistake == "wrong_amount":
        return [replace(payment, intent=mistake, amount=offer.amount - 3200)]
    digit = str((int(offer.reference_2[5]) + 1) % 10)
    garbled = offer.reference_2[:5] + digit + offer.reference_2[6:]
    return [replace(payment, intent=mistake, reference_2=garbled)]


def _insisting(person: Listed, day: date, chance: float) -> Payment:
    """A person of ended status without any offer pays, at a counter that was off line."""
    period = f"{day.year + 543}{day.month:02d}"
    reference = _reference(person.national_id, person.section, person.option, period)
    offer = Offer(period, 43200 if person.section == "39" else 7000, day, day, reference)
    return _payment("ended_status", person.name, person.national_id, offer, day, chance)


def _walking_in(person: WalkIn, day: date, seed: int) -> Payment:
    period = f"{day.year + 543}{day.month:02d}"
    reference = _reference(person.national_id, person.section, person.option, period)
    offer = Offer(period, person.amount, day, day, reference)
    chance = _chance(seed, day, person.national_id)
    return _payment(person.intent, "ผู้ชำระเงิน", person.national_id, offer, day, chance)


def _payment(
    intent: str, name: str, national_id: str, offer: Offer, day: date, chance: float
) -> Payment:
    seconds = 18 * 3600 + 30 * 60 + int(chance * 1e6) % (5 * 3600)
    time = f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"
    return Payment(intent, name, national_id, offer.reference_2, offer.amount, day, time)


def _reference(national_id: str, section: str, option: str, period: str) -> str:
    """Reference 2 with its check digits, ISO 7064 MOD 97-10 (specification page)."""
    body = f"{section}{option}{period}"
    return f"{body}{98 - int(national_id + body) * 100 % 97:02d}"


def _half_a_year_on(offer: Offer) -> str:
    """A month that no feed offers and nobody has paid."""
    year, month = int(offer.period[:4]), int(offer.period[4:])
    year, month = (year, month + 6) if month <= 6 else (year + 1, month - 6)
    return f"{year}{month:02d}"


def _later(time: str) -> str:
    return f"{time[:4]}{(int(time[4:]) + 7) % 60:02d}"


def _chance(seed: int, day: date, national_id: str) -> float:
    digest = hashlib.blake2b(f"{seed}|{day}|{national_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
