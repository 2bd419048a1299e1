"""The rule catalogue: what every finding code does and says.

Code carries bare codes only; severity, wording (English and Thai) and basis are data in
``rules/catalogue.toml``, so that an agency corrects a text or a severity without a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from interfaces.model import Severity
from interfaces.toml_table import DeclarationError, Table, read_toml

SHIPPED = Path(__file__).parent / "rules" / "catalogue.toml"

Language = Literal["en", "th"]

RESOLUTIONS = ("move", "refund", "hold", "return", "write_off", "reverse", "close")
"""Ways to settle a break: to the month owed; back to the payer; kept for a month to come; back
to the partner; given up; the posting it takes back undone; explained, with nothing to post."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: severity, one line per language (what; what to do), and where it comes from.

    ``en`` and ``th`` speak to an operator. ``told_en`` and ``told_th`` are there where whoever sent
    the file must read something else: what is wrong with their file and how they mend it.

    Breaks only: ``return_code`` is the three-digit code of an acknowledgement, None for a break
    about a file or a day, which no acknowledgement carries; ``owner`` is who settles it;
    ``resolutions`` are what it may be settled by, the usual one first.
    """

    code: str
    severity: Severity
    en: str
    th: str
    basis: str
    return_code: str | None
    owner: str | None = None
    resolutions: tuple[str, ...] = ()
    told_en: str | None = None
    told_th: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an acknowledgement says of a record that has no break: posted, or never accepted."""

    return_code: str
    en: str
    th: str


class Catalogue:
    """All entries by code. An unknown code is a KeyError: a programming error, not bad data."""

    def __init__(self, entries: Mapping[str, Entry], posted: Outcome, rejected: Outcome) -> None:
        self._entries = dict(entries)
        self.posted = posted
        self.rejected = rejected

    def __contains__(self, code: object) -> bool:
        return code in self._entries

    def __getitem__(self, code: str) -> Entry:
        try:
            return self._entries[code]
        except KeyError:
            raise KeyError(f"code {code!r} is not in the rule catalogue") from None

    def codes(self, *severities: Severity) -> tuple[str, ...]:
        """Codes in catalogue order: all of them, or those of the given severities."""
        wanted = severities or tuple(Severity)
        return tuple(code for code, entry in self._entries.items() if entry.severity in wanted)

    def severity(self, code: str) -> Severity:
        """What a finding with this code does."""
        return self[code].severity

    def text(self, code: str, lang: Language) -> str:
        """One line in English (``en``) or Thai (``th``): what is wrong and what to do."""
        return self[code].en if lang == "en" else self[code].th

    def told(self, code: str, lang: Language) -> str:
        """The same line for whoever sent the file, as it stands in answers and specifications."""
        entry = self[code]
        told = entry.told_en if lang == "en" else entry.told_th
        return told or self.text(code, lang)

    def return_code(self, code: str) -> str:
        """Three digits for an acknowledgement.

        A break of a payment has its own; a finding that refuses or rejects has the common one. A
        warning withholds nothing and a break of a file answers no record: KeyError.
        """
        entry = self[code]
        if entry.return_code is not None:
            return entry.return_code
        if entry.severity in (Severity.WARN, Severity.BREAK):
            raise KeyError(f"code {code!r} answers no record and has no return code")
        return self.rejected.return_code


@cache
def load_catalogue(path: Path = SHIPPED) -> Catalogue:
    """Read a catalogue.

    DeclarationError (file, table, key) for unknown or missing keys, for a break without owner
    or resolutions, for a return code without a break, for one used twice, and for a text to the
    sender in one language only.
    """
    top = Table(read_toml(path), path.name)
    outcomes = top.table("acknowledgement")
    posted = _outcome(outcomes.table("posted"))
    rejected = _outcome(outcomes.table("rejected"))
    outcomes.close()
    codes = top.table("codes")
    names = codes.remaining()
    entries = {code: _entry(code, codes.table(code)) for code in names}
    top.close()
    used = [posted.return_code, rejected.return_code]
    for entry in entries.values():
        if entry.return_code in used:
            raise DeclarationError(
                f"{path.name} [codes.{entry.code}]: return_code {entry.return_code} is used twice"
            )
        if entry.return_code is not None:
            used.append(entry.return_code)
    return Catalogue(entries, posted, rejected)


def _entry(code: str, table: Table) -> Entry:
    entry = Entry(
        code=code,
        severity=table.choice("severity", Severity),
        en=_line(table, "en"),
        th=_line(table, "th"),
        basis=_line(table, "basis"),
        return_code=_return_code(table, table.take("return_code", str, None)),
        owner=table.take("owner", str, None),
        resolutions=table.texts("resolutions"),
        told_en=_optional_line(table, "told_en"),
        told_th=_optional_line(table, "told_th"),
    )
    table.close()
    if (entry.told_en is None) != (entry.told_th is None):
        raise DeclarationError(f"{table.where}: told_en and told_th go together")
    unknown = [each for each in entry.resolutions if each not in RESOLUTIONS]
    if unknown:
        known = ", ".join(RESOLUTIONS)
        raise DeclarationError(f"{table.where}: no resolution {unknown[0]!r}; known: {known}")
    if entry.severity is Severity.BREAK:
        if not entry.owner or not entry.resolutions:
            raise DeclarationError(f"{table.where}: a break has an owner and resolutions")
    elif entry.return_code is not None or entry.owner is not None or entry.resolutions:
        raise DeclarationError(
            f"{table.where}: return_code, owner and resolutions go with severity = 'break' and "
            "only with it"
        )
    return entry


def _outcome(table: Table) -> Outcome:
    return_code: str = table.take("return_code", str)
    _return_code(table, return_code)
    outcome = Outcome(return_code=return_code, en=_line(table, "en"), th=_line(table, "th"))
    table.close()
    return outcome


def _line(table: Table, key: str) -> str:
    text: str = table.take(key, str)
    if not text.strip() or "\n" in text:
        raise DeclarationError(f"{table.where}: {key} must be one line of text")
    return text


def _optional_line(table: Table, key: str) -> str | None:
    return _line(table, key) if key in table.remaining() else None


def _return_code(table: Table, code: str | None) -> str | None:
    if code is not None and not (len(code) == 3 and code.isascii() and code.isdigit()):
        raise DeclarationError(f"{table.where}: return_code {code!r} is not three digits")
    return code
