"""The person that is asked about, and the note of who asked and why."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import pyarrow as pa

from exchange.site import Site
from exchange.status.masking import hide_ids
from insurance.identifiers import (
    CHARACTER,
    CHECKSUM,
    LENGTH,
    NATIONAL_ID_LENGTH,
    national_id_faults,
)
from interfaces.errors import WrongUse
from ledger.acts import OperatorAct, acts_on, record_act

_LONG_RUN = re.compile(f"[0-9]{{{NATIONAL_ID_LENGTH},}}")
_HASH = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")  # fingerprints, SHA-256
_DIGEST_DIGITS = 24
_WRONG = {
    LENGTH: f"a person is a national ID of {NATIONAL_ID_LENGTH} digits, this has {{length}}",
    CHARACTER: "a national ID has the digits 0-9 only",
    CHECKSUM: "the check digit of this national ID is wrong: a digit is mistyped",
}


def person_of(text: str) -> str:
    """A national ID, as 13 digits; dashes and spaces between them are taken away.

    WrongUse, without the number itself, for anything else.
    """
    digits = re.sub(r"[-\s]", "", text)
    fault = int(national_id_faults(pa.array([digits], pa.utf8()))[0])
    if fault in _WRONG:
        raise WrongUse(_WRONG[fault].format(length=len(digits)))
    return digits


def target_of(person: str) -> str:
    """What an act that looked at a person is recorded under.

    The beginning of the ID's SHA-256: it keeps IDs out of the acts and the audit, and finds again
    who looked at a person. It is no secret: whoever has all IDs can work it out.
    """
    return f"person:{hashlib.sha256(person.encode()).hexdigest()[:_DIGEST_DIGITS]}"


def note_access(site: Site, verb: str, target: str, who: str, reason: str) -> None:
    """Record that somebody is about to look: before anything is shown, or nothing is shown."""
    record_act(site.ledger, OperatorAct(verb, target, who, hide_ids(reason), site.clock()))


def accesses(site: Site, target: str) -> tuple[OperatorAct, ...]:
    """Who looked before, oldest first."""
    return tuple(acts_on(site.ledger, target))


def only_of(person: str, value: object) -> object:
    """A detail of the ledger, at any depth, with the IDs of other people masked.

    Hashes stay whole.
    """
    if isinstance(value, Mapping):
        return {name: only_of(person, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [only_of(person, inner) for inner in value]
    if isinstance(value, str) and not _HASH.fullmatch(value):
        return _LONG_RUN.sub(lambda run: run[0] if run[0] == person else hide_ids(run[0]), value)
    return value
