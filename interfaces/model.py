"""What an exchanged file is, as data: the declarations of one interface version.

An interface is a copybook (the layout) and a TOML (everything a copybook cannot say:
framing, code page, which record is which, eras, control totals, checks, acceptance).
These classes are the checked, immutable form of the TOML. They know no bytes and no
database: parsers, exporters, validation and exchange all read the same object.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What a file is for."""

    EXTRACT = "extract"  # mainframe → us
    FILING = "filing"  # employer → us
    FEED = "feed"  # us → partner
    RETURN = "return"  # partner → us
    ACKNOWLEDGEMENT = "acknowledgement"  # us → partner, about a return


class Role(StrEnum):
    """Place of a record type within its file."""

    HEADER = "header"
    DETAIL = "detail"
    TRAILER = "trailer"


class Framing(StrEnum):
    """How records are cut out of the byte stream (RECFM, or lines of text)."""

    F = "F"
    FB = "FB"
    V = "V"
    VB = "VB"
    TEXT = "text"


class LineEnd(StrEnum):
    """Line end that is *written*; reading accepts either."""

    LF = "lf"
    CRLF = "crlf"


class Era(StrEnum):
    """Calendar era of the year digits in a file: Common Era or Buddhist era (CE + 543)."""

    CE = "ce"
    BE = "be"


class FieldType(StrEnum):
    """Meaning that a picture alone does not carry."""

    DATE = "date"  # → Arrow date32
    PERIOD = "period"  # → Arrow int32, Gregorian yyyymm


class ControlKind(StrEnum):
    """How the value of a control field comes about, on writing and on checking alike."""

    COUNT = "count"  # number of records of a type ("*": every record of the file)
    SUM = "sum"  # exact sum of a field
    HASH = "hash"  # sum of a digit field as a number, modulo 10 ** digits of the control field
    CONTEXT = "context"  # value known from outside: business_date, sequence, version, …
    LITERAL = "literal"  # always this text or number


class Severity(StrEnum):
    """What a finding does; BREAK marks outcomes of matching."""

    REFUSE = "refuse"  # the whole file is quarantined
    REJECT = "reject"  # the record is not accepted
    WARN = "warn"  # recorded, nothing withheld
    BREAK = "break"  # payment not posted as asked; money waits in suspense


@dataclass(frozen=True, slots=True)
class FileRule:
    """Container of the records: framing, code page, line end and the name on the wire.

    ``name`` is a template with ``{date}`` (Gregorian yyyymmdd), ``{sequence}`` (six digits)
    and ``{any}`` (inbound only: one or more of ``A-Z a-z 0-9 _ -``). It makes outbound names
    and recognises inbound ones.
    """

    framing: Framing
    encoding: str
    name: str
    line_end: LineEnd | None = None


@dataclass(frozen=True, slots=True)
class RecordRule:
    """Which 01 level a record is: its role, and the field values that tell it."""

    record: str
    role: Role
    when: Mapping[str, tuple[str, ...]]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What is declared about a field beyond its picture.

    ``mask`` is letters of ``y m d`` in file order (``yyyymmdd``, ``ddmmyy``, ``mmyy`` …).
    ``pivot_base`` is the year that a two-digit ``00`` stands for, in the field's era.
    A zero or blank date or period is null when ``zero_is_null``, else a finding.
    ``values`` and ``codes`` (name of a code list) bound what is accepted; ``checks`` are
    names of field checks in the validation room.
    """

    type: FieldType | None = None
    mask: str | None = None
    era: Era | None = None
    pivot_base: int | None = None
    zero_is_null: bool = False
    required: bool = False
    values: tuple[str, ...] = ()
    codes: str | None = None
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ControlRule:
    """One control field of a header or trailer record and what it must hold.

    ``of`` is a record name (COUNT), a field name (SUM, HASH), a context key (CONTEXT) or the
    value itself (LITERAL). ``where`` restricts COUNT and SUM to records with those values.
    ``times`` multiplies a SUM (both sides of a contribution: 2).
    """

    record: str
    field: str
    kind: ControlKind
    of: str
    where: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True, slots=True)
class AcceptRule:
    """Largest share of rejected detail records with which a file is still accepted (0…1)."""

    max_rejected_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class PublishRule:
    """Where a feed's rows come from: a dataset, the rows of it, their order."""

    dataset: str
    where: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interface:
    """One version of one exchanged file type.

    ``valid_from``/``valid_until`` are business dates (inclusive; ``None`` is open), so that a
    replay of an old day uses that day's version. ``block_controls`` says that control totals
    stand in a header and cover the details up to the next header, instead of the whole file.
    ``rules`` names the record- and file-level checks of the validation room.
    """

    name: str
    version: int
    title: str
    title_th: str
    kind: Kind
    source: str
    valid_from: date
    valid_until: date | None
    copybook: Path
    declaration: Path
    file: FileRule
    records: tuple[RecordRule, ...]
    redefines: Mapping[str, Mapping[str, tuple[str, ...]]]
    fields: Mapping[str, FieldRule]
    controls: tuple[ControlRule, ...]
    block_controls: bool
    accept: AcceptRule
    rules: tuple[str, ...]
    partner: str | None
    publish: PublishRule | None

    @property
    def id(self) -> str:
        """``name.version``, as in file names and the ledger."""
        return f"{self.name}.{self.version}"

    def record(self, role: Role) -> RecordRule:
        """The one record rule of that role; KeyError when the interface has none."""
        for rule in self.records:
            if rule.role is role:
                return rule
        raise KeyError(f"{self.id} declares no {role} record")
