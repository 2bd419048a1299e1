"""Seals by OpenPGP: a file is signed and then encrypted, and opened only if both are right.

What gpg calls good is not enough: it is content with an unsigned message and with any key of
the ring. Here a message must be encrypted, hold one file, and carry exactly one good signature
by a key whose full fingerprint the caller gives. The open file takes its name only after that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from exchange.home import replacing
from exchange.sealing.errors import SealCode, SealError
from exchange.sealing.gpg import GpgRun, TooLarge, run_gpg
from exchange.sealing.rings import KeyRing

_CLASS, _PRIMARY = 8, 9  # places in gpg's VALIDSIG line
_BINARY = "00"
_EXPIRED = "5"
_REASONS = {
    "0": "is not in the ring or cannot be used for this",
    "1": "is not in the ring",
    "3": "is not made for this",
    "4": "was revoked",
    _EXPIRED: "has expired",
    "9": "has no secret part in the ring",
}


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that was sealed: size in bytes and SHA-256 (hex) of the sealed one."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class OpenedSeal:
    """A file that was opened: the signer's full fingerprint, size in bytes and SHA-256 (hex) of
    what was inside."""

    signer: str
    size: int
    sha256: str


def seal_file(
    source: Path, target: Path, *, ring: KeyRing, signer: str, recipients: Sequence[str]
) -> SealedFile:
    """Sign ``source`` and encrypt it into ``target``, which is there whole or not at all.

    Keys are given by the full fingerprint of their primary key. SealError (KEY) when one of
    them is missing, expired or revoked; KeyTrouble and GpgTrouble as in
    :mod:`exchange.sealing.gpg`. The sealed bytes differ each time, as they must.
    """
    arguments = ["--local-user", signer, "--compress-level=0"]
    for recipient in recipients:
        arguments += ["--recipient", recipient]
    arguments += ["--sign", "--encrypt"]
    with replacing(target) as temporary:
        with temporary.open("wb") as handle:
            out = _Hashed(handle)
            run = run_gpg(ring, arguments, source, out.write)
        if run.exit_status or not run.has("SIG_CREATED") or not run.has("END_ENCRYPTION"):
            raise SealError(SealCode.KEY, f"{source.name} cannot be sealed: {_unusable(run)}")
    return SealedFile(out.size, out.sha256)


def open_file(
    source: Path, target: Path, *, ring: KeyRing, signers: Sequence[str], largest: int
) -> OpenedSeal:
    """Decrypt ``source`` into ``target``, if one of ``signers`` signed what is inside.

    ``signers`` are full fingerprints of primary keys; signatures by their subkeys count as
    theirs. SealError with its code otherwise, and when more than ``largest`` bytes come out;
    nothing is then under the name of ``target``, nor beside it. KeyTrouble and GpgTrouble
    speak of us, not of the file.
    """
    with replacing(target) as temporary, temporary.open("wb") as handle:
        out = _Hashed(handle)
        try:
            run = run_gpg(ring, ["--decrypt"], source, out.write, largest=largest)
        except TooLarge:
            raise SealError(
                SealCode.TOO_LARGE, f"{source.name} holds more than the {largest} bytes allowed"
            ) from None
        fault = _fault(run, signers)
        if fault is not None:
            code, what = fault
            raise SealError(code, f"{source.name} {what}")
    return OpenedSeal(_signer_of(run), out.size, out.sha256)


def _fault(run: GpgRun, signers: Sequence[str]) -> tuple[SealCode, str] | None:
    """What is wrong with a message, the outermost first; None when nothing is."""
    return _not_sealed(run) or _not_opened(run) or _not_signed(run, signers) or _left_over(run)


def _not_sealed(run: GpgRun) -> tuple[SealCode, str] | None:
    if run.flooded:
        return SealCode.BROKEN, "has thousands of packets where a handful is meant"
    if run.overworked:
        return SealCode.BROKEN, "keeps gpg at work and gives next to nothing"
    if run.has("BEGIN_DECRYPTION"):
        return None
    if run.has("PLAINTEXT", "NEWSIG"):
        return SealCode.MISSING, "is an OpenPGP message that is not encrypted"
    if run.has("ENC_TO"):
        return SealCode.BROKEN, "ends where its content should begin"
    return SealCode.MISSING, "is not an OpenPGP message"


def _not_opened(run: GpgRun) -> tuple[SealCode, str] | None:
    if not run.has("DECRYPTION_INFO") and run.has("NO_SECKEY"):
        keys = ", ".join(sorted({line.arguments[0] for line in run.of("ENC_TO")}))
        return SealCode.KEY, f"is encrypted to {keys}, for which the ring has no secret key"
    if not run.has("DECRYPTION_OKAY") or run.has("DECRYPTION_FAILED", "BADMDC"):
        return SealCode.BROKEN, "was changed or cut short after it was sealed"
    shape = [line.keyword for line in run.of("BEGIN_DECRYPTION", "PLAINTEXT", "END_DECRYPTION")]
    if shape != ["BEGIN_DECRYPTION", "PLAINTEXT", "END_DECRYPTION"]:
        return SealCode.BROKEN, "does not hold exactly one file within its seal"
    return None


def _not_signed(run: GpgRun, signers: Sequence[str]) -> tuple[SealCode, str] | None:
    signatures = run.of("NEWSIG")
    if not signatures:
        return SealCode.SIGNER, "is not signed"
    if len(signatures) > 1:
        return SealCode.SIGNER, f"has {len(signatures)} signatures where one is meant"
    if run.has("BADSIG"):
        return SealCode.BROKEN, "holds a signature of other content"
    valid = run.of("VALIDSIG")
    if len(valid) != 1 or len(valid[0].arguments) <= _PRIMARY:
        unknown = run.of("ERRSIG")
        who = f"key {unknown[0].arguments[0]}" if unknown else "a key"
        return SealCode.SIGNER, f"is signed by {who}, which the ring does not have"
    signer = _signer_of(run)
    if signer not in signers:
        return SealCode.SIGNER, f"is signed by {signer}, which is not a key of this partner"
    if valid[0].arguments[_CLASS] != _BINARY:
        return SealCode.SIGNER, "is signed as text, not as bytes"
    if run.has("EXPKEYSIG"):
        return SealCode.KEY, f"is signed by {signer}, which has expired"
    if run.has("REVKEYSIG"):
        return SealCode.KEY, f"is signed by {signer}, which was revoked"
    if not run.has("GOODSIG"):
        return SealCode.SIGNER, "holds a signature that has expired"
    return None


def _left_over(run: GpgRun) -> tuple[SealCode, str] | None:
    if run.exit_status:
        return SealCode.BROKEN, f"was not opened by gpg without complaint ({run.exit_status})"
    return None


def _signer_of(run: GpgRun) -> str:
    """Fingerprint of the primary key of the one valid signature."""
    return run.of("VALIDSIG")[0].arguments[_PRIMARY]


def _unusable(run: GpgRun) -> str:
    """Which key gpg did not take and why."""
    for keyword, side in (("INV_SGNR", "signer"), ("INV_RECP", "recipient")):
        for line in run.of(keyword):
            reason, key = line.arguments[0], line.arguments[-1]
            if run.has("KEYEXPIRED"):
                reason = _EXPIRED  # gpg itself says no more than that it cannot be used
            told = _REASONS.get(reason, f"is not usable (reason {reason} of gpg)")
            return f"{side} {key} {told}; see the runbook rotate-a-key"
    return f"gpg ended with status {run.exit_status}"


class _Hashed:
    """Writes on, and knows the size and the SHA-256 of what was written."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """The next bytes."""
        self._handle.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of everything written so far, in hex."""
        return self._digest.hexdigest()
