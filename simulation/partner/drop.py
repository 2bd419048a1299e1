"""The partner's look at its drop folder: which files are announced, whole and genuine.

A manifest announces a file. Beside it may lie the agency's signature over the manifest, and the
file itself may be sealed; both are checked here with this partner's own means.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MANIFEST = ".manifest.json"
SIGNATURE = ".sig"
KEYS = "keys"  # the agency's Ed25519 public keys, one PEM file each
KEYRING = "keyring"  # home of gpg with this partner's own key

DAMAGED = 70  # return codes of the specification page of receipts
NOT_GENUINE = 71
NOT_EXPECTED = 72
LAYOUT = 73
NOT_OPENED = 74


class DropError(Exception):
    """A file in the drop that a careful partner would not load; ``code`` is its return code."""

    def __init__(self, told: str, code: int = DAMAGED) -> None:
        super().__init__(told)
        self.code = code


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as its manifest announces it: ``name`` and ``sha256`` are those of the file that
    lies in the drop, ``content`` the bytes to load, opened where they were sealed."""

    name: str
    sha256: str
    opened_name: str
    content: bytes


def new_manifests(drop: Path, done: set[str]) -> list[Path]:
    """Manifests in the drop that were not loaded before, by name."""
    return [p for p in sorted(drop.glob(f"*{MANIFEST}")) if p.name not in done]


def announced_file(manifest: Path) -> tuple[str, str]:
    """Name and SHA-256 of the file that a manifest announces, whether or not it fits; of the
    bytes that lie there where the manifest says nothing sensible."""
    try:
        content = json.loads(manifest.read_bytes())
        wire = content.get("envelope") or content
        return str(wire["name"]), str(wire["sha256"])
    except (ValueError, KeyError, AttributeError):
        name = manifest.name.removesuffix(MANIFEST)
        path = manifest.parent / name
        return name, hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def take(manifest: Path) -> Announced:
    """The file that a manifest announces, checked and opened.

    Raises DropError when the signature does not fit, or the file is missing, has another size
    or hash than announced, or cannot be opened.
    """
    root = manifest.parent.parent
    data = manifest.read_bytes()
    _genuine(manifest, data, _agency_keys(root / KEYS))
    try:
        content = json.loads(data)
        plain = _Fact.of(content)
        envelope = content.get("envelope")
        wire = plain if envelope is None else _Fact.of(envelope)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DropError(f"{manifest.name} is no manifest", NOT_GENUINE) from None
    path = manifest.parent / wire.name
    if not path.is_file():
        raise DropError(f"{manifest.name} announces {wire.name}, which is not in the drop")
    found = path.read_bytes()
    _fits(wire, found)
    if envelope is not None:
        found = _opened(path, root / KEYRING)
        _fits(plain, found)
    return Announced(wire.name, wire.sha256, plain.name, found)


@dataclass(frozen=True, slots=True)
class _Fact:
    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, content: dict[str, Any]) -> _Fact:
        name = str(content["name"])
        if Path(name).name != name:
            raise ValueError(f"{name!r} is no plain name")
        return cls(name, int(content["size"]), str(content["sha256"]))


def _fits(announced: _Fact, data: bytes) -> None:
    if len(data) != announced.size:
        raise DropError(f"{announced.name}: {len(data)} bytes, {announced.size} announced")
    if hashlib.sha256(data).hexdigest() != announced.sha256:
        raise DropError(f"{announced.name}: the hash is not the announced one")


def _agency_keys(folder: Path) -> list[Ed25519PublicKey]:
    keys = [load_pem_public_key(path.read_bytes()) for path in sorted(folder.glob("*.pem"))]
    return [key for key in keys if isinstance(key, Ed25519PublicKey)]


def _genuine(manifest: Path, data: bytes, keys: Sequence[Ed25519PublicKey]) -> None:
    """A partner that was given the agency's keys loads nothing that is not signed by one."""
    if not keys:
        return
    path = manifest.with_name(manifest.name + SIGNATURE)
    if not path.is_file():
        raise DropError(f"{manifest.name} is not signed", NOT_GENUINE)
    signature = path.read_bytes()
    for key in keys:
        try:
            key.verify(signature, data)
        except InvalidSignature:
            continue
        return
    raise DropError(f"{manifest.name}: the signature is not the agency's", NOT_GENUINE)


def _opened(path: Path, keyring: Path) -> bytes:
    command = ["gpg", "--homedir", str(keyring), "--batch", "--quiet", "--decrypt", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise DropError(f"{path.name} cannot be opened", NOT_OPENED)
    return done.stdout
