"""File names on the wire: made from, and recognised by, the template of :class:`FileRule`.

A template is literal text with ``{date}`` (Gregorian yyyymmdd), ``{sequence}`` (six digits),
``{account}`` (an employer account, ten digits), ``{period}`` (a wage month, Buddhist yyyymm) and
``{any}`` (one or more of ``A-Z a-z 0-9 _ -``), each at most once. ``{mark}`` may be absent from a
name: ``_``, a capital letter and two digits, that say what an employer's file does to an earlier
one (:class:`interfaces.model.FilingRule`). In names that senders make (``{any}``, ``{account}``)
the text after the last place may have small letters. The clock has no part in a name: a replay of
an old business date makes the old name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import FileRule
from interfaces.toml_table import DeclarationError

_PLACES = {
    "{date}": "(?P<date>[0-9]{8})",
    "{sequence}": "(?P<sequence>[0-9]{6})",
    "{account}": "(?P<account>[0-9]{10})",
    "{period}": "(?P<period>[0-9]{6})",
    # As short as it can be: a mark at its end is a mark.
    "{any}": "(?P<any>[A-Za-z0-9_-]+?)",
    "{mark}": "(?:_(?P<mark>[A-Z])(?P<number>[0-9]{2}))?",
}
_OF_SENDERS = {"{any}", "{account}"}
_PART = re.compile(r"(\{[^{}]*\})")
_LITERAL = re.compile(r"[A-Za-z0-9._-]*")
_LARGEST_SEQUENCE = 999_999
_BUDDHIST_YEARS = 543


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a name says; None for what its template does not carry."""

    business_date: date | None = None
    sequence: int | None = None
    any: str | None = None
    account: str | None = None
    period: int | None = None  # Gregorian yyyymm
    mark: str | None = None  # the letter alone


def make_name(
    rule: FileRule,
    business_date: date,
    sequence: int,
    *,
    any_part: str | None = None,
    account: str | None = None,
    period: int | None = None,
) -> str:
    """Name of the file of a business date and sequence (0…999999), without a mark.

    ``any_part``, ``account`` and ``period`` (Gregorian yyyymm) fill the places of those names,
    which only a sender knows. ValueError when a value does not
    fit its place; DeclarationError when the template itself cannot be used.
    """
    if not 0 <= sequence <= _LARGEST_SEQUENCE:
        raise ValueError(f"sequence {sequence} does not fit in the six digits of {rule.name!r}")
    values = {"{mark}": "", "{date}": f"{business_date:%Y%m%d}", "{sequence}": f"{sequence:06d}"}
    if any_part is not None:
        values["{any}"] = any_part
    if account is not None:
        values["{account}"] = account
    if period is not None:
        values["{period}"] = f"{period + _BUDDHIST_YEARS * 100:06d}"
    parts = _parts(rule.name)
    missing = [part for part in parts if part in _PLACES and part not in values]
    if missing:
        raise ValueError(f"{rule.name!r} has {missing[0]}, but nothing was given for it")
    name = "".join(values.get(part, part) for part in parts)
    if _pattern(rule.name).fullmatch(name) is None:
        raise ValueError(f"{name!r} is not a name that {rule.name!r} recognises")
    return name


def read_name(rule: FileRule, text: str) -> NameParts | None:
    """What the file name ``text`` (without folders) says, or None when it is not of this rule.

    A name whose eight date digits are no calendar day is not of the rule either.
    """
    match = _pattern(rule.name).fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    day = found.get("date")
    number = found.get("sequence")
    try:
        business_date = None if day is None else date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None
    period = found.get("period")
    return NameParts(
        business_date,
        None if number is None else int(number),
        found.get("any"),
        found.get("account"),
        None if period is None else int(period) - _BUDDHIST_YEARS * 100,
        found.get("mark"),
    )


def marks_in_names(rule: FileRule, names: pa.Array) -> pa.Array:
    """Mark in each of very many file names (utf8), as :func:`read_name` tells it: "" for a name
    without one, null for a name that is not of this rule; utf8[n]. ValueError for a rule with a
    date, which must be a day of the calendar."""
    if "{date}" in rule.name:
        raise ValueError(f"{rule.name!r} has a date: its names are read one by one")
    # Of all places only the mark is wanted, and something must have a name.
    bare = re.sub(r"\(\?P<(?!mark>)[a-z]+>", "(?:", _pattern(rule.name).pattern)
    found = pc.extract_regex(names, f"^(?:{bare})(?P<end>$)")
    index = found.type.get_field_index("mark")
    if index < 0:
        return pc.if_else(found.is_valid(), "", pa.scalar(None, pa.utf8()))
    return pc.struct_field(found, index)


@cache
def _parts(template: str) -> tuple[str, ...]:
    """Literal texts and places in order; DeclarationError for anything else."""
    parts = tuple(part for part in _PART.split(template) if part)
    for part in parts:
        if part not in _PLACES and _LITERAL.fullmatch(part) is None:
            raise DeclarationError(
                f"file name template {template!r}: {part!r} cannot stand in it; use letters, "
                f"digits, '.', '_', '-' and {', '.join(_PLACES)}"
            )
        if part in _PLACES and parts.count(part) > 1:
            raise DeclarationError(f"file name template {template!r}: {part} stands in it twice")
    if not parts or template.startswith("."):
        raise DeclarationError(f"file name template {template!r}: a visible name is expected")
    return parts


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _parts(template)
    patterns = [_PLACES.get(part, re.escape(part)) for part in parts]
    if parts[-1] not in _PLACES and _OF_SENDERS & set(parts):
        # Employers' programs write .txt and .xlsx; the name is theirs, not ours.
        patterns[-1] = f"(?i:{patterns[-1]})"
    return re.compile("".join(patterns))
