"""How files are exchanged with one partner: folders, publishing, collecting, seals, keys.

Plain facts of a partner's declaration. Nothing here is secret: fingerprints and public keys are
what both sides print on paper and compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar


class Client(StrEnum):
    """The library that speaks SSH with a partner's server."""

    PARAMIKO = "paramiko"
    ASYNCSSH = "asyncssh"  # for servers that know ssh-rsa (SHA-1) only, which paramiko refuses


class PickUp(StrEnum):
    """What a partner does with a file once it is complete."""

    LEAVES = "leaves"  # it stays under its name: a file that is gone is a question to ask
    TAKES = "takes"  # it is taken away at once: a complete file that is gone has arrived


class AfterCollecting(StrEnum):
    """What becomes of the partner's copy once ours is durable."""

    MOVE = "move"  # into the done folder beside it
    REMOVE = "remove"


class SealKind(StrEnum):
    """How a file is closed on its way."""

    NONE = "none"
    OPENPGP = "openpgp"  # signed, then encrypted


class KeyOwner(StrEnum):
    """Whose key it is."""

    AGENCY = "agency"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Directories:
    """Remote folders, as absolute POSIX paths on the partner's server."""

    drop: str = "/drop"  # we write feeds
    returns: str = "/returns"  # the partner writes, we collect
    acknowledgements: str = "/acks"  # we write answers to what was collected
    statements: str = "/statements"  # we write what is made from closed books


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """How a file becomes visible to the partner.

    It is written under ``temporary_prefix + name + temporary_suffix``, in ``temporary_folder``
    where one is declared (for partners that count the files of a folder) and else beside its
    final place, and renamed. With ``rename`` false the server forbids that: the file is written
    under its final name and is complete when the manifest or the trigger file has followed.
    ``readback`` reads the bytes back and compares their hash. ``resume`` goes on with a broken
    upload when what lies there is the beginning of our file, byte for byte. ``manifest_suffix``
    is the end of the manifest's name, ``signature_suffix`` what follows it in the name of the
    manifest's signature, ``trigger_suffix`` the end of an empty file that comes last; None where
    the partner wants none.
    """

    temporary_prefix: str = "."
    temporary_suffix: str = ".part"
    temporary_folder: str | None = None
    rename: bool = True
    readback: bool = False
    resume: bool = True
    manifest_suffix: str | None = None
    signature_suffix: str | None = None
    trigger_suffix: str | None = None
    pickup: PickUp = PickUp.LEAVES

    def temporary(self, name: str) -> str:
        """Name under which ``name`` is written before it is complete."""
        return f"{self.temporary_prefix}{name}{self.temporary_suffix}"

    def is_temporary(self, name: str) -> bool:
        """Whether ``name`` is a file still under way, by the same convention."""
        return name.startswith(self.temporary_prefix) and name.endswith(self.temporary_suffix)


@dataclass(frozen=True, slots=True)
class CollectPolicy:
    """How files of the partner are taken in.

    ``manifest_suffix`` and ``signature_suffix`` as in :class:`PublishPolicy`; with a
    ``manifest_suffix`` a file is collected only once its manifest is there, and is accepted only
    if it is what the manifest says. ``signature_suffix`` demands a valid signature of it.
    ``largest`` is in bytes, as transferred and after opening the seal.
    """

    after: AfterCollecting = AfterCollecting.MOVE
    done_folder: str = "done"
    manifest_suffix: str | None = None
    signature_suffix: str | None = None
    largest: int = 4 << 30


@dataclass(frozen=True, slots=True)
class OpenPgpKey:
    """An OpenPGP key by its full fingerprint (upper-case hex) and the business dates on which
    it is in force, both inclusive; ``until`` None while no end is known."""

    owner: KeyOwner
    fingerprint: str
    valid_from: date
    until: date | None


@dataclass(frozen=True, slots=True)
class ManifestKey:
    """A partner's Ed25519 public key (raw 32 bytes) for signatures of its manifests."""

    public: bytes
    valid_from: date
    until: date | None


Key = TypeVar("Key", OpenPgpKey, ManifestKey)


@dataclass(frozen=True, slots=True)
class SealPolicy:
    """How files to and from the partner are sealed.

    Of several keys in force the newest is used to sign and to encrypt; signatures by any key in
    force are accepted. So a key is exchanged with overlap. ``suffix`` is what a sealed file's
    name ends with.
    """

    outbound: SealKind = SealKind.NONE
    inbound: SealKind = SealKind.NONE
    suffix: str = ".pgp"
    keys: tuple[OpenPgpKey, ...] = ()
    manifest_keys: tuple[ManifestKey, ...] = ()

    def fingerprints(self, owner: KeyOwner, *days: date) -> tuple[str, ...]:
        """Fingerprints of that side's keys in force on the business dates, the newest first."""
        keys = [key for key in self.keys if key.owner is owner]
        return tuple(key.fingerprint for key in in_force(keys, *days))

    def manifest_keys_on(self, *days: date) -> tuple[bytes, ...]:
        """The partner's manifest keys in force on the business dates, the newest first."""
        return tuple(key.public for key in in_force(self.manifest_keys, *days))


def in_force(keys: Sequence[Key], *days: date) -> list[Key]:
    """Those of the keys that are in force on each of the business dates, the newest first."""
    found = [
        key
        for key in keys
        if all(key.valid_from <= day and (key.until is None or day <= key.until) for day in days)
    ]
    return sorted(found, key=lambda key: key.valid_from, reverse=True)
