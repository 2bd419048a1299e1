"""What one entry of a copybook says: the clauses as written, nothing placed yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from parsers.copybook.picture import Picture
from parsers.copybook.tokens import Token
from parsers.copybook.usages import Storage

RENAMES_LEVEL: Final = 66
INDEPENDENT_LEVEL: Final = 77
CONDITION_LEVEL: Final = 88


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
class Reference:
    """A data name with the groups that qualify it, innermost first (``N OF G OF R``)."""

    token: Token
    qualifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OccursClause:
    """OCCURS; ``counter`` is the data name of DEPENDING ON."""

    minimum: int
    maximum: int
    counter: Reference | None
    token: Token


@dataclass(frozen=True, slots=True)
class RenamesClause:
    """RENAMES ``first`` [THRU ``last``]."""

    first: Reference
    last: Reference | None


@dataclass(frozen=True, slots=True)
class ConditionLiteral:
    """One literal of an 88 level; ``every`` is ALL; ``figurative`` is SPACES, ZERO and the like."""

    token: Token
    figurative: bool
    every: bool


@dataclass(slots=True)
class Entry:
    """What one entry of the copybook says. ``name`` is FILLER when it has none. Of JUSTIFIED,
    BLANK WHEN ZERO and SYNCHRONIZED the word that begins the clause is kept."""

    level: int
    name: str
    token: Token
    picture: Picture | None = None
    picture_token: Token | None = None
    usage: UsageClause | None = None
    sign: SignClause | None = None
    redefines: Token | None = None
    occurs: OccursClause | None = None
    renames: RenamesClause | None = None
    justified: Token | None = None
    blank_when_zero: Token | None = None
    synchronized: Token | None = None
    values: tuple[tuple[ConditionLiteral, ConditionLiteral | None], ...] = ()
