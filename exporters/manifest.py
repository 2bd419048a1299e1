"""The manifest that follows a delivered file: what it is, how long, its hash, its totals.

Canonical JSON (sorted keys, no spaces, UTF-8, one final line feed) of facts about the file
only; no clock, so that the same file always has the same manifest, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from exporters.writer import WrittenFile
from interfaces.errors import PrakanError
from interfaces.model import Interface

_READ_BYTES = 1 << 20


class ManifestError(PrakanError):
    """Bytes that are not a manifest; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The sealed file that travels: its name, its size in bytes, its SHA-256 (hex) and how it is
    closed (``openpgp``)."""

    name: str
    size: int
    sha256: str
    kind: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts about one file. ``controls`` maps control field → total as plain decimal text;
    ``records`` counts every record, ``details`` the detail records; ``business_date`` is ISO
    8601, Gregorian; ``supersedes`` is the SHA-256 of the file that this one replaces.

    ``name``, ``size`` and ``sha256`` are those of the open file. ``envelope`` is the sealed one,
    None where the file travels open. ``stands_in_for`` holds earlier sequence numbers of the
    same feed that never arrived and, now that this file has, never will.
    """

    name: str
    size: int
    sha256: str
    records: int
    details: int
    controls: Mapping[str, str]
    interface: str
    version: int
    partner: str | None
    business_date: str
    sequence: int
    supersedes: str | None
    envelope: Envelope | None = None
    stands_in_for: tuple[int, ...] = ()

    def to_bytes(self) -> bytes:
        """The canonical bytes."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return f"{text}\n".encode()


def build_manifest(
    written: WrittenFile,
    interface: Interface,
    *,
    name: str,
    business_date: date,
    sequence: int,
    supersedes: str | None = None,
) -> Manifest:
    """Manifest of a file just written; ``name`` is its name on the wire."""
    return Manifest(
        name=name,
        size=written.size,
        sha256=written.sha256,
        records=written.records,
        details=written.details,
        controls=dict(written.controls),
        interface=interface.name,
        version=interface.version,
        partner=interface.partner,
        business_date=business_date.isoformat(),
        sequence=sequence,
        supersedes=supersedes,
    )


def parse_manifest(data: bytes) -> Manifest:
    """Manifest from its bytes. ManifestError when it is not JSON, when a key is missing,
    unknown or given twice, or when a value has another type.

    ``envelope`` and ``stands_in_for`` may be left out: nothing is sealed, nothing is missing.
    """
    try:
        content = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"not a manifest: {error}") from None
    given = _checked(content, Manifest, "")
    if given.get("envelope") is not None:
        given["envelope"] = Envelope(**_checked(given["envelope"], Envelope, "envelope "))
    given["stands_in_for"] = tuple(given.get("stands_in_for", ()))
    return Manifest(**given)


def _checked(content: Any, kind: type, where: str) -> dict[str, Any]:
    """The keys and values of one object, each of its type."""
    if not isinstance(content, dict):
        raise ManifestError(f"not a manifest: {where or 'a '}JSON object is expected")
    known = {field.name for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if wrong := sorted((needed - content.keys()) | (content.keys() - known)):
        state = "missing" if wrong[0] in known else "unknown"
        raise ManifestError(f"not a manifest: {where}key {wrong[0]!r} is {state}")
    for key, value in content.items():
        if not _has_its_type(key, value):
            raise ManifestError(f"not a manifest: {where}{key!r} is {value!r}")
    return dict(content)


def verify_manifest(manifest: Manifest, path: Path) -> tuple[str, ...]:
    """What the file at ``path`` contradicts: one sentence for each of size and SHA-256, none
    when it is the file described. OSError when it cannot be read."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as handle:
        while block := handle.read(_READ_BYTES):
            digest.update(block)
            size += len(block)
    problems = []
    if size != manifest.size:
        problems.append(f"{path.name} has {size} bytes, its manifest says {manifest.size}")
    if digest.hexdigest() != manifest.sha256:
        problems.append(
            f"{path.name} has SHA-256 {digest.hexdigest()}, its manifest says {manifest.sha256}"
        )
    return tuple(problems)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is given twice")
    return content


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number that JSON knows")


def _has_its_type(key: str, value: Any) -> bool:
    if key in {"size", "records", "details", "version", "sequence"}:
        return _is_count(value)
    if key == "controls":
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if key == "stands_in_for":
        return isinstance(value, list) and all(_is_count(number) for number in value)
    if key in {"partner", "supersedes", "envelope"} and value is None:
        return True
    return isinstance(value, dict if key == "envelope" else str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
