"""A key for manifests, as an installation is given one and its partner the public half."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PRIVATE_KEY = "manifest_key.pem"
PUBLIC_KEY = "agency_manifest.pem"


def make_signing_key(folder: Path, *, raw: bytes | None = None) -> Path:
    """The file of the private key in ``folder``, made if it is not there.

    It is drawn by lot, or is the given one of 32 bytes.
    """
    path = folder / PRIVATE_KEY
    if path.is_file():
        return path
    key = Ed25519PrivateKey.generate() if raw is None else Ed25519PrivateKey.from_private_bytes(raw)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{PRIVATE_KEY}.part"
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    unfinished.replace(path)
    return path


def give_public_key(private_key: Path, partner_keys: Path) -> None:
    """Put the public half where the partner keeps what it was given and has compared.

    From then on it loads nothing that this key did not sign.
    """
    key = load_pem_private_key(private_key.read_bytes(), password=None)
    partner_keys.mkdir(parents=True, exist_ok=True)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (partner_keys / PUBLIC_KEY).write_bytes(public)
