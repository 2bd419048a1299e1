"""What may be shown of personal data: no readable ID, no name, raw bytes only where harmless.

A finding keeps the raw bytes so that the record can be corrected; a page that is passed around
shows of them what explains the finding and nothing that names a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from insurance.identifiers import NATIONAL_ID_LENGTH, mask_id
from interfaces.model import FieldRule
from parsers.codepages.page import CodePage
from parsers.layout import Field

ID_CHECKS = frozenset({"national_id", "juristic_id"})
_HASH = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")  # fingerprints, SHA-256
_LONG_RUN = re.compile(f"[0-9]{{{NATIONAL_ID_LENGTH},}}")
_AS_ON_THE_CARD = re.compile(  # 1-2345-67890-12-3, with hyphens or spaces
    r"(?<![0-9])[0-9]([- ])[0-9]{4}\1[0-9]{5}\1[0-9]{2}\1[0-9](?![0-9])"
)
_NUMBER = re.compile(r" *[0-9.+-]+ *")
_SHORT_CODE = 4
_STATEMENT = re.compile(rb"[a-z]+=[^ ]*( [a-z]+=[^ ]+)*")
_ENDS = 2


def hide_ids(text: str) -> str:
    """The text with every run of 13 and more digits masked, wherever it stands, and every 13
    written in groups as on the card."""
    whole = _AS_ON_THE_CARD.sub(lambda found: mask_id(re.sub(r"[- ]", "", found[0])), text)
    return _LONG_RUN.sub(_masked, whole)


def hide_within(value: object) -> object:
    """A detail of the ledger, at any depth, with the IDs in its texts masked.

    Hashes and fingerprints stay whole: people compare them.
    """
    if isinstance(value, Mapping):
        return {name: hide_within(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [hide_within(inner) for inner in value]
    if isinstance(value, str) and not _HASH.fullmatch(value):
        return hide_ids(value)
    return value


def shown_raw(
    raw: bytes | None, code: str, item: Field | None, rule: FieldRule | None, page: CodePage
) -> str | None:
    """What a page may show of a finding's raw bytes; None when it has none.

    ``item`` is the field they are of (None: a whole record), ``rule`` what is declared about it.
    Our own statements (``declared=… counted=…``) and file names are shown, IDs in the usual
    mask, numbers and short codes as they are, packed numbers and damaged ones as the hex of
    their ends; of free text and whole records only the length.
    """
    if raw is None:
        return None
    if code.startswith(("FILE_", "CONTROL_", "MANIFEST_", "SEAL_", "SHEET_TOTALS_")):
        is_ours = _STATEMENT.fullmatch(raw) or "NAME" in code or "DUPLICATE" in code
        return hide_ids(raw.decode("utf-8", "replace")) if is_ours else _length(raw)
    if item is None:
        return _length(raw)
    text = page.decode(raw)
    if rule is not None and ID_CHECKS & set(rule.checks):
        return mask_id(text.strip())
    if item.usage == "display" and text and not text.strip(" "):
        return f"({len(raw)} blanks)"
    if item.usage == "display" and _NUMBER.fullmatch(text):
        significant = text.lstrip("0") if item.kind == "number" else text
        return text if len(significant) < NATIONAL_ID_LENGTH else hide_ids(text)
    if item.kind == "number":
        return _hex_ends(raw)
    coded = rule is not None and (rule.values or rule.codes)
    return text if coded and len(text) <= _SHORT_CODE and text.isprintable() else _length(raw)


def _masked(found: re.Match[str]) -> str:
    digits = found[0]
    if len(digits) == NATIONAL_ID_LENGTH:
        return mask_id(digits)
    return f"{digits[:3]}{'x' * (len(digits) - 4)}{digits[-1]}"


def _hex_ends(raw: bytes) -> str:
    if len(raw) <= 2 * _ENDS:
        return f"X'{raw.hex().upper()}'"
    return f"X'{raw[:_ENDS].hex().upper()}…{raw[-_ENDS:].hex().upper()}' ({len(raw)} bytes)"


def _length(raw: bytes) -> str:
    return f"({len(raw)} bytes)"
