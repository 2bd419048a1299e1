"""Key rings: one folder of OpenPGP keys for each partner.

A ring is a home of gpg: our secret key for that partner and the partner's public keys, and
nothing else, so that no other partner's key can ever be mistaken for theirs.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exchange.sealing.errors import KeyTrouble
from interfaces.partners import Partner

RINGS_VARIABLE = "PRAKAN_KEYRINGS"
PUBLIC_KEYS = ("pubring.kbx", "pubring.gpg")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A home of gpg and the passphrase that opens the secret keys in it, None without one."""

    home: Path
    passphrase: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """KeyTrouble unless the folder is there, holds keys and is closed to everybody else."""
        try:
            mode = stat.S_IMODE(self.home.stat().st_mode)
            found = any((self.home / name).is_file() for name in PUBLIC_KEYS)
        except OSError as error:
            raise KeyTrouble(
                f"key ring {self.home}: {error.strerror}; make it as in the runbook rotate-a-key"
            ) from None
        if mode & 0o077:
            raise KeyTrouble(
                f"key ring {self.home}: mode {mode:04o} lets others in; chmod 0700 {self.home}"
            )
        if not found:
            raise KeyTrouble(
                f"key ring {self.home}: no {PUBLIC_KEYS[0]} in it; import the keys of both sides "
                f"with gpg --homedir {self.home} --import"
            )


def passphrase_variable(connection: str) -> str:
    """The variable that holds the passphrase of a connection's ring."""
    return f"PRAKAN_GPG_{re.sub('[^A-Z0-9]', '_', connection.upper())}_PASSPHRASE"


def ring_of(partner: Partner, environment: Mapping[str, str], passphrase: str | None) -> KeyRing:
    """The partner's ring below ``PRAKAN_KEYRINGS``; KeyTrouble names what is missing."""
    folder = environment.get(RINGS_VARIABLE)
    if not folder:
        raise KeyTrouble(
            f"partner {partner.name} exchanges sealed files: set {RINGS_VARIABLE} to the folder "
            f"that holds its key ring as {partner.name}/"
        )
    return KeyRing(Path(folder).expanduser().absolute() / partner.name, passphrase)


def ring_from_environment(partner: Partner, environment: Mapping[str, str]) -> KeyRing:
    """The partner's ring, opened by ``PRAKAN_GPG_<CONNECTION>_PASSPHRASE`` if it needs one."""
    passphrase = environment.get(passphrase_variable(partner.connection)) or None
    return ring_of(partner, environment, passphrase)
