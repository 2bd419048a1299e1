"""One installation and its partner, below one folder, as the tests of the night use them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sqlalchemy.engine import Engine

from exchange.home import Home
from exchange.night import Night, run_night
from exchange.sealing.manifest_signature import KEY_VARIABLE
from exchange.site import Site, open_site
from insurance.identifiers import national_ids
from interfaces.partners import SHIPPED as SHIPPED_PARTNERS
from ledger.digest import content_digest
from ledger.files import FileStanding, files_of
from prakan.__main__ import main
from simulation.partner.evening import Evening, close_evening
from simulation.partner.payments import WalkIn
from simulation.signing_key import give_public_key, make_signing_key

DAY = date(2026, 11, 20)  # a Friday in the middle of a month
SEED = 7
PARTNER = "counter_service"
FEEDS = ("counter_feed_s39", "counter_feed_s40")
FOLDERS = ("drop", "returns", "acks", "statements")


@dataclass(frozen=True)
class Stage:
    """A home, a partner's folder and the environment that brings them together.

    ``root`` is the folder of the partner's server that its own programs read and write.
    """

    folder: Path
    root: Path
    environment: dict[str, str]
    partners: Path | None = None  # folder that declares the partner elsewhere than at /drop …

    def __post_init__(self) -> None:
        """Every installation signs with the same key, so that signatures can be compared."""
        if KEY_VARIABLE not in self.environment:
            key = make_signing_key(self.folder, raw=bytes(range(32)))
            self.environment[KEY_VARIABLE] = str(key)
            give_public_key(key, self.root / "keys")

    @property
    def home(self) -> Home:
        """The installation's folders."""
        return Home(Path(self.environment["PRAKAN_HOME"]))

    def site(self) -> Site:
        """The installation, opened as the command line does."""
        with pytest.MonkeyPatch.context() as patch:
            if self.partners is not None:
                patch.setattr("interfaces.partners.SHIPPED", self.partners)
            return open_site(self.environment)

    @contextmanager
    def ledger(self) -> Iterator[Engine]:
        """The ledger, to look into."""
        engine = self.site().ledger
        try:
            yield engine
        finally:
            engine.dispose()

    def prakan(self, *arguments: str) -> int:
        """Run a command line in this process; its exit status."""
        with pytest.MonkeyPatch.context() as patch:
            if self.partners is not None:
                patch.setattr("interfaces.partners.SHIPPED", self.partners)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return main(arguments)

    def with_setting(self, name: str, value: str) -> Stage:
        """The same installation with another setting."""
        return replace(self, environment={**self.environment, name: value})

    def receive_country(self, country: Path) -> None:
        """Put a country's extracts and filings into the inboxes."""
        for source, inbox in (
            (country / "extracts", self.home.mainframe_inbox),
            (country / "filings", self.home.employer_inbox),
        ):
            shutil.copytree(source, inbox, dirs_exist_ok=True)

    def night(self, day: date = DAY) -> Night:
        """Run the night in this process."""
        site = self.site()
        try:
            return run_night(site, day)
        finally:
            site.ledger.dispose()

    def evening(
        self, day: date = DAY, *, walk_ins: Sequence[WalkIn] = (), sequence: int | None = None
    ) -> Evening:
        """The partner's evening: payments taken and the return file left."""
        return close_evening(self.root, day, SEED, walk_ins=walk_ins, sequence=sequence)

    def book(self, evening: Evening) -> list[dict[str, Any]]:
        """The partner's own record of the payments, in the order of the return file."""
        entries: list[dict[str, Any]] = json.loads(
            (self.root / "books" / f"{evening.return_file}.json").read_bytes()
        )
        return entries

    def digest(self) -> str:
        """Hash of the ledger's business content."""
        with self.ledger() as ledger:
            return content_digest(ledger)

    def file(self, name: str, day: date = DAY) -> FileStanding:
        """The one file of that name and day in the ledger."""
        with self.ledger() as ledger:
            (found,) = (s for s in files_of(ledger, day) if s.file.name == name)
        return found

    def findings(self, standing: FileStanding) -> pa.Table:
        """What the ledger says was found in a file."""
        assert standing.result is not None
        assert standing.result.findings_uri is not None
        table = pq.read_table(self.home.root / standing.result.findings_uri)
        return table.filter(pc.equal(table["file_id"], standing.file.file_id))

    def codes(self, standing: FileStanding) -> set[str]:
        """Codes of those findings."""
        return set(self.findings(standing)["code"].to_pylist())

    def at_partner(self, *folders: str) -> dict[str, str]:
        """SHA-256 of everything that the partner sees, hidden and temporary files included."""
        return {
            path.relative_to(self.root).as_posix(): sha256_of(path)
            for folder in folders or FOLDERS
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file()
        }


def make_partner(root: Path) -> None:
    """The folders that a partner has."""
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)


def partner_declared_at(root: Path, folder: Path) -> Path:
    """The shipped partners with their remote folders below ``root``.

    OpenSSH serves this file system's own paths; a partner's server begins at its root.
    """
    folder.mkdir()
    text = (SHIPPED_PARTNERS / f"{PARTNER}.toml").read_text(encoding="utf-8")
    for name in FOLDERS:
        text = text.replace(f'"/{name}"', f'"{root / name}"')
    (folder / f"{PARTNER}.toml").write_text(text, encoding="utf-8")
    return folder


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, lower-case hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def walk_ins_of(country: Path) -> list[WalkIn]:
    """Two registered people who are in no feed, and two numbers that nobody has."""
    people = pq.read_table(country / "truth" / "persons.parquet")
    bad = pq.read_table(country / "truth" / "faults.parquet")["key"]
    sound = people.filter(pc.invert(pc.is_in(people["national_id"], value_set=bad)))
    employed = sound.filter(pc.equal(sound["section_code"], "33"))["national_id"][:2].to_pylist()
    known = set(people["national_id"].to_pylist())
    candidates = national_ids(np.arange(110_150_000_001, 110_150_000_100)).to_pylist()
    strangers = [number for number in candidates if number not in known][:2]
    kinds = (("registered_after_the_feed", employed), ("unknown_person", strangers))
    return [WalkIn(kind, who, "40", "01", 7000) for kind, ids in kinds for who in ids]
