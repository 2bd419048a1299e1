"""What one entry of a copybook says: the clauses as written, nothing placed yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from parsers.copybook.picture import Picture
from parsers.copybook.tokens import Token

CONDITION_LEVEL: Final = 88


class Storage(Enum):
    """How digits are stored. NATIVE is COMP-5: BINARY whose value the picture does not bound."""

    DISPLAY = "display"
    PACKED = "packed"
    BINARY = "binary"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class UsageClause:
    """USAGE, and the word that says so."""

    storage: Storage
    token: Token


@dataclass(frozen=True, slots=True)
class SignClause:
    """SIGN IS LEADING/TRAILING [SEPARATE]."""

    leading: bool
    separate: bool
    token: Token


@dataclass(frozen=True, slots=True)
class OccursClause:
    """OCCURS; ``counter`` is the data name of DEPENDING ON."""

    minimum: int
    maximum: int
    counter: Token | None
    token: Token


@dataclass(frozen=True, slots=True)
class ConditionLiteral:
    """One literal of an 88 level; ``every`` is ALL; ``figurative`` is SPACES, ZERO and the like."""

    token: Token
    figurative: bool
    every: bool


@dataclass(slots=True)
class Entry:
    """What one entry of the copybook says. ``name`` is FILLER when it has none."""

    level: int
    name: str
    token: Token
    picture: Picture | None = None
    picture_token: Token | None = None
    usage: UsageClause | None = None
    sign: SignClause | None = None
    redefines: Token | None = None
    occurs: OccursClause | None = None
    values: tuple[tuple[ConditionLiteral, ConditionLiteral | None], ...] = ()
