"""Signatures of manifests: Ed25519, detached, 64 raw bytes.

They can be checked with nothing but OpenSSL 3:

    openssl pkeyutl -verify -rawin -pubin -inkey agency.pem -in M -sigfile M.sig
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from exchange.sealing.errors import KeyTrouble

KEY_VARIABLE = "PRAKAN_SIGNING_KEY_FILE"
SIGNATURE_BYTES = 64
_WANTED = "an Ed25519 private key in PEM form without passphrase is needed"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Our private key for manifests."""

    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """The raw 32 bytes that partners are given."""
        return self.private.public_key().public_bytes_raw()


def sign(data: bytes, key: SigningKey) -> bytes:
    """The signature of ``data``: the same data and key always give the same bytes."""
    return key.private.sign(data)


def verify(data: bytes, signature: bytes, public_keys: Sequence[bytes]) -> int | None:
    """Place of the raw public key that signed ``data``, None when none of them did."""
    for place, raw in enumerate(public_keys):
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, data)
        except InvalidSignature:
            continue
        return place
    return None


def signing_key(environment: Mapping[str, str]) -> SigningKey:
    """The key in the PEM file that ``PRAKAN_SIGNING_KEY_FILE`` names.

    KeyTrouble when there is none, when others may read it, or when it is another kind of key.
    """
    name = environment.get(KEY_VARIABLE)
    if not name:
        raise KeyTrouble(
            f"manifests are signed: set {KEY_VARIABLE} to a file with an Ed25519 private key "
            "(openssl genpkey -algorithm ed25519)"
        )
    path = Path(name).expanduser()
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        data = path.read_bytes()
    except OSError as error:
        raise KeyTrouble(f"{KEY_VARIABLE}: {path}: {error.strerror}; correct the path") from None
    if mode & 0o077:
        raise KeyTrouble(
            f"{KEY_VARIABLE}: {path} has mode {mode:04o}, others may read it; chmod 0600 {path}"
        )
    return key_from_pem(data, f"{KEY_VARIABLE}: {path}")


def key_from_pem(data: bytes, where: str) -> SigningKey:
    """The key in a PEM text; KeyTrouble names ``where`` it came from."""
    try:
        loaded = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyTrouble(f"{where}: {_WANTED}") from None
    if not isinstance(loaded, Ed25519PrivateKey):
        raise KeyTrouble(f"{where}: this is a key of another kind; {_WANTED}")
    return SigningKey(loaded)
