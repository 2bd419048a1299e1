"""Key rings with real OpenPGP keys, made by the gpg command line as an operator would."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.sealing.rings import KeyRing


@dataclass(frozen=True)
class Owner:
    """Somebody's own gpg: a home with a short path, for the socket of its agent."""

    home: Path
    passphrase: str = ""

    def gpg(self, *arguments: str | Path, data: bytes = b"") -> bytes:
        """Run plain gpg; its output. Fails the test when gpg does."""
        command: list[str | Path] = ["gpg", "--homedir", self.home, "--batch", "--yes", "--quiet"]
        command += ["--pinentry-mode", "loopback", "--passphrase", self.passphrase]
        done = subprocess.run([*command, *arguments], input=data, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def new_key(self, name: str, *, expires: str = "never", at: str | None = None) -> str:
        """Make a key with a part for encryption; the full fingerprint of its primary key.

        ``at`` (20200101T000000) is when it is made.
        """
        then = ("--faked-system-time", at) if at else ()
        self.gpg(*then, "--quick-gen-key", f"{name} <{name}@example>", "ed25519", "sign", expires)
        fingerprint = self.fingerprint(name)
        self.gpg(*then, "--quick-add-key", fingerprint, "cv25519", "encr", expires)
        return fingerprint

    def fingerprint(self, name: str) -> str:
        """Full fingerprint of the primary key of that name."""
        listed = self.gpg("--with-colons", "--list-keys", f"{name}@example").decode()
        line = next(line for line in listed.splitlines() if line.startswith("fpr"))
        return line.split(":")[9]

    def give(self, other: Owner, *names: str) -> None:
        """Hand public keys over."""
        mails = [f"{name}@example" for name in names]
        other.gpg("--import", data=self.gpg("--export", *mails))

    def seal(
        self, data: bytes, *, signer: str | None, to: Sequence[str], more: Sequence[str] = ()
    ) -> bytes:
        """Seal as a partner would, with plain gpg and whatever it does by default."""
        arguments = ["--trust-model", "always", *more]
        for recipient in to:
            arguments += ["--recipient", recipient]
        if signer is not None:
            arguments += ["--local-user", signer, "--sign"]
        return self.gpg(*arguments, "--encrypt" if to else "--no-comments", data=data)

    def ring(self) -> KeyRing:
        """The same as prakan takes it."""
        return KeyRing(self.home, self.passphrase or None)


@contextmanager
def owners(*passphrases: str) -> Iterator[list[Owner]]:
    """Homes for as many people as there are passphrases; their agents are ended at the end."""
    root = Path(tempfile.mkdtemp(prefix="rings-"))
    people = []
    try:
        for number, passphrase in enumerate(passphrases):
            home = root / str(number)
            home.mkdir(mode=0o700)
            people.append(Owner(home, passphrase))
        yield people
    finally:
        for person in people:
            subprocess.run(
                ["gpgconf", "--homedir", person.home, "--kill", "all"], capture_output=True
            )
        shutil.rmtree(root, ignore_errors=True)
