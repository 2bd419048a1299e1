"""What can be wrong with a seal, and what can be wrong with our keys."""

from __future__ import annotations

from enum import StrEnum

from interfaces.errors import OutsideFailure, PrakanError, WrongUse


class SealCode(StrEnum):
    """What was found out about a sealed file."""

    MISSING = "SEAL_MISSING"  # not a sealed file: no OpenPGP message, or one that is not closed
    KEY = "SEAL_KEY"  # not for us, or a key that it needs has expired or was revoked
    SIGNER = "SEAL_SIGNER"  # unsigned, or signed by somebody else
    BROKEN = "SEAL_BROKEN"  # tampered with or cut short
    TOO_LARGE = "SEAL_TOO_LARGE"  # more came out of it than may be


class SealError(PrakanError):
    """A file that cannot be sealed or opened. ``code`` decides, ``str`` is for a person."""

    def __init__(self, code: SealCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class KeyTrouble(WrongUse):
    """A key or key ring of ours is missing, readable by others, or does not open. Says nothing
    about the file."""


class GpgTrouble(OutsideFailure):
    """gpg is missing, did not start or did not end in time. Says nothing about the file."""
