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
from datetime import date, time
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What a file is for."""

    EXTRACT = "extract"  # mainframe → us
    FILING = "filing"  # employer → us
    FEED = "feed"  # us → partner
    RETURN = "return"  # partner → us
    ACKNOWLEDGEMENT = "acknowledgement"  # us → partner, about a return
    RECEIPT = "receipt"  # partner → us, about files that we sent
    SETTLEMENT = "settlement"  # bank → us: what it credited to our account
    STATEMENT = "statement"  # us → partner, from closed books: what was paid, posted, carried
    POSTING = "posting"  # us → mainframe, from closed books: what was entered
    CREDIT = "credit"  # us → bank, from closed books: money to credit to payers
    REGISTER = "register"  # a house system → us: a whole picture, sent when it changes
    NOTICE = "notice"  # mainframe → us: employers who are to be told something by mail
    ANSWER = "answer"  # us → employer, about a filing


FROM_BOOKS = (Kind.STATEMENT, Kind.POSTING, Kind.CREDIT)
"""Kinds of files made from the books of a business date once they are closed."""

CONFIRMED = (Kind.FEED, Kind.POSTING, Kind.CREDIT)
"""Kinds of files of which a partner that sends receipts says whether it could take them."""


class Role(StrEnum):
    """Place of a record type within its file."""

    HEADER = "header"
    DETAIL = "detail"
    TRAILER = "trailer"


class Framing(StrEnum):
    """How records are cut out of the byte stream (RECFM, or lines of text).

    V and VB differ on the mainframe only; here ``block_descriptor`` says whether blocks show.
    VBS records may be spanned over segments. U is a file of blocks of undefined form: one
    record a block of ``record_length`` bytes, the last one shorter.
    """

    F = "F"
    FB = "FB"
    V = "V"
    VB = "VB"
    VBS = "VBS"
    U = "U"
    TEXT = "text"
    XLSX = "xlsx"  # a spreadsheet: rows under headings, see SheetRule


class LineEnd(StrEnum):
    """Line end that is *written*. Reading accepts LF and CRLF where either is declared; NEL and
    NONE (lines of the record's length, nothing between them) only where declared."""

    LF = "lf"
    CRLF = "crlf"
    NEL = "nel"
    NONE = "none"


class ByteOrder(StrEnum):
    """Which byte of a binary number comes first."""

    BIG = "big"
    LITTLE = "little"


class Compression(StrEnum):
    """How the file as a whole is packed; AUTO looks at its first bytes."""

    AUTO = "auto"
    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    ZIP = "zip"


class Truncation(StrEnum):
    """IBM compiler option TRUNC: whether the picture bounds a COMP number. STD: it does. BIN and
    OPT: every value that the bytes can hold may stand there."""

    STD = "std"
    OPT = "opt"
    BIN = "bin"


class BinarySize(StrEnum):
    """Bytes that COMP and COMP-5 take: IBM's 2, 4 or 8; with one byte for two digits; or as few
    as hold the digits (the names are GnuCOBOL's ``binary-size``)."""

    IBM = "2-4-8"
    BYTE = "1-2-4-8"
    EXACT = "1--8"


class FloatFormat(StrEnum):
    """COMP-1 and COMP-2: IBM hexadecimal floating point, or IEEE 754."""

    IBM = "ibm"
    IEEE = "ieee"


class SignRule(StrEnum):
    """Which signs a number may carry, as the IBM compiler option NUMPROC would accept them.

    STRICT: NUMPROC(PFD), preferred signs only (C and D signed, F unsigned). IBM: NUMPROC(NOPFD),
    A to F, B and D negative. LENIENT: as IBM, and the zones of all digits are ignored.
    """

    STRICT = "strict"
    IBM = "ibm"
    LENIENT = "lenient"


class Filled(StrEnum):
    """Meaning of a number whose bytes are all spaces, LOW-VALUES or HIGH-VALUES."""

    FAULT = "fault"
    NULL = "null"
    ZERO = "zero"


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
class Dialect:
    """The compiler options and conventions of the program that wrote a file.

    ``spaces``, ``low_values`` and ``high_values`` are what such a number means unless its field
    says otherwise. ``currency`` is the character that ``$`` stands for in pictures.
    """

    truncation: Truncation = Truncation.STD
    binary_size: BinarySize = BinarySize.IBM
    byte_order: ByteOrder = ByteOrder.BIG
    floats: FloatFormat = FloatFormat.IBM
    signs: SignRule = SignRule.IBM
    decimal_comma: bool = False
    currency: str = "$"
    spaces: Filled = Filled.FAULT
    low_values: Filled = Filled.FAULT
    high_values: Filled = Filled.FAULT


@dataclass(frozen=True, slots=True)
class DescriptorRule:
    """Form of a record descriptor word (RDW).

    ``width``: bytes before each record; ``length_bytes`` of them from ``position`` on are its
    length, which counts the descriptor too if ``includes_itself``. The other bytes are zero
    (of a word wider than four bytes: anything). IBM: 4, 2, big-endian, itself included.
    """

    width: int = 4
    length_bytes: int = 2
    byte_order: ByteOrder = ByteOrder.BIG
    includes_itself: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True)
class LengthRule:
    """Length of a record in a file whose descriptors are missing (FTP strips them).

    Exactly one of: ``field`` (a numeric field that holds the length in bytes), ``field`` with
    ``lengths`` (value of the field → length), ``expression`` (``+ - * /`` and parentheses over
    field names and whole numbers), or none of them: the record type and its counters tell.
    """

    field: str | None = None
    lengths: Mapping[str, int] = dataclasses.field(default_factory=dict)
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class SkippedBytes:
    """Bytes that are no part of any record: before the first and after the last record of a
    file, before (ahead of any descriptor) and after each record (in a line: before its end).
    Reading ignores what they hold, writing fills them with zero bytes."""

    file_start: int = 0
    file_end: int = 0
    record_start: int = 0
    record_end: int = 0


@dataclass(frozen=True, slots=True)
class FileRule:
    """Container of the records: framing, code page, line end and the name on the wire.

    ``name`` is a template with ``{date}`` (Gregorian yyyymmdd), ``{sequence}`` (six digits)
    and ``{any}`` (inbound only: one or more of ``A-Z a-z 0-9 _ -``). It makes outbound names
    and recognises inbound ones. ``descriptor`` is that of V, VB and VBS; None with a ``length``
    says that there is none. ``block_descriptor``: blocks begin with their descriptor word (BDW).
    ``record_length`` replaces the copybook's as LRECL of F, FB and text without line ends
    (padding); of U it is the block, and of V, VB and VBS the largest block that is written
    (BLKSIZE).
    """

    framing: Framing
    encoding: str
    name: str
    line_end: LineEnd | None = None
    descriptor: DescriptorRule | None = DescriptorRule()
    block_descriptor: bool = False
    length: LengthRule | None = None
    record_length: int | None = None
    skip: SkippedBytes = SkippedBytes()
    compression: Compression = Compression.NONE


@dataclass(frozen=True, slots=True)
class RecordRule:
    """Which 01 level a record is: its role, and the field values that tell it.

    ``parent`` names the record type whose last record before this one it belongs to (segments).
    """

    record: str
    role: Role
    when: Mapping[str, tuple[str, ...]]
    key: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What is declared about a field beyond its picture.

    ``mask`` is letters of ``y m d`` in file order (``yyyymmdd``, ``ddmmyy``, ``mmyy`` …; see
    :mod:`parsers.date_masks` for all of them).
    ``pivot_base`` is the year that a two-digit ``00`` stands for, in the field's era.
    A zero or blank date or period is null when ``zero_is_null``, one of all nines (no end) when
    ``nines_is_null``, else a finding.
    ``values`` and ``codes`` (name of a code list) bound what is accepted; ``checks`` are
    names of field checks in the validation room. ``spaces``, ``low_values``, ``high_values``:
    meaning of a number so filled, None as in the :class:`Dialect`.
    """

    type: FieldType | None = None
    mask: str | None = None
    era: Era | None = None
    pivot_base: int | None = None
    zero_is_null: bool = False
    nines_is_null: bool = False
    required: bool = False
    values: tuple[str, ...] = ()
    codes: str | None = None
    checks: tuple[str, ...] = ()
    spaces: Filled | None = None
    low_values: Filled | None = None
    high_values: Filled | None = None


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


class Payers(StrEnum):
    """Whose payments a return holds: what its references name."""

    PERSONS = "persons"  # insured persons of sections 39 and 40
    EMPLOYERS = "employers"  # employer accounts of section 33


@dataclass(frozen=True, slots=True)
class MatchingRule:
    """How payments of a return are matched: passes by name and version (``exact.1``).

    A match of a pass in ``post`` is posted, one of a pass in ``suggest`` is a suggestion with
    the break. ``tolerance_satang`` is by how much an amount may differ for the pass ``tolerance``.
    A payment taken within ``midnight_grace_minutes`` after midnight is judged by the day before
    too (pass ``midnight``). Payments of employers know no passes: what a reference names is paid.
    """

    post: tuple[str, ...] = ("exact.1",)
    suggest: tuple[str, ...] = ()
    tolerance_satang: int = 0
    midnight_grace_minutes: int = 0
    payers: Payers = Payers.PERSONS


@dataclass(frozen=True, slots=True)
class BreakRule:
    """What resolving a break of this interface needs: a second person's approval above
    ``approve_above_satang`` (write-offs always); money may be held for a coming month in
    ``hold_sections`` only."""

    approve_above_satang: int = 0
    hold_sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettlementRule:
    """How a bank's settlement advice is compared: a difference is a timing item for
    ``carry_days`` business days after the collection day, then a break. ``collectors`` maps the
    advice's code of a collector to our partner."""

    collectors: Mapping[str, str]
    carry_days: int = 1


class FilingSubject(StrEnum):
    """What an employer's file is about."""

    CONTRIBUTIONS = "contributions"  # a wage month: the persons at work and what is due
    REGISTRATIONS = "registrations"  # who began and who left


class FilingPurpose(StrEnum):
    """What a filing does to what was filed before for the same branch and wage month."""

    MERGE = "merge"  # persons filed again are replaced, the others stay
    REPLACE = "replace"  # nothing of before counts any more
    ADD = "add"  # further persons; one who was filed already stays as filed


@dataclass(frozen=True, slots=True)
class FilingRule:
    """How employers' files follow each other. ``marks`` are by the letter of ``{mark}`` in the
    file name (``_C01``); a file without one is ``plain``."""

    subject: FilingSubject = FilingSubject.CONTRIBUTIONS
    plain: FilingPurpose = FilingPurpose.MERGE
    marks: Mapping[str, FilingPurpose] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetRule:
    """How a spreadsheet is read as records of the copybook: a sheet is a header and its details.

    ``headings``: heading as it stands in the sheet → field of the detail record. ``sheet_name``:
    field of the header that the sheet's name is. ``from_name``: place of the file name
    (``account``, ``period``) → field of the header. ``words``: detail field → code list whose
    *words* stand in the cells. Totals of the header are those of the sheet's own rows.
    """

    headings: Mapping[str, str]
    sheet_name: str
    from_name: Mapping[str, str]
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExpectedRule:
    """When the file of a business date has to be here, or at the partner, in Bangkok time.

    ``warn`` is when somebody should look, ``due`` when it is late; both on the day that is
    ``days_after`` calendar days after the business date. ``every_day``: also on days that are no
    business days.
    """

    warn: time
    due: time
    days_after: int = 0
    every_day: bool = False


@dataclass(frozen=True, slots=True)
class Interface:
    """One version of one exchanged file type.

    ``valid_from``/``valid_until`` are business dates (inclusive; ``None`` is open), so that a
    replay of an old day uses that day's version. ``block_controls`` says that control totals
    stand in a header and cover the details up to the next header, instead of the whole file.
    ``rules`` names the record- and file-level checks of the validation room. ``library``:
    folders besides the copybook's own in which COPY finds its members.
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
    expected: ExpectedRule | None = None
    dialect: Dialect = Dialect()
    library: tuple[Path, ...] = ()
    matching: MatchingRule = MatchingRule()
    breaks: BreakRule = BreakRule()
    settlement: SettlementRule | None = None
    filing: FilingRule | None = None
    sheet: SheetRule | None = None

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
