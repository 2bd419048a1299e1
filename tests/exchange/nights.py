"""Small nights to report on: a synthetic country, a partner on a real SFTP server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import asyncssh

from exchange.home import Home
from exchange.night import Night, run_night
from exchange.sealing.manifest_signature import KEY_VARIABLE
from exchange.site import Site, open_site
from simulation.partner.evening import close_evening
from simulation.population import generate
from simulation.sftp_server import running_server
from simulation.signing_key import give_public_key, make_signing_key

DAY = date(2026, 11, 30)
HOLIDAY = date(2026, 12, 5)
SEED = 11
PERSONS, EMPLOYERS, FILINGS = 1500, 80, 60
PARTNER = "counter_service"
RECORDED = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Played:
    """A night that was run: its installation, where its country came from, and the number of
    employers' files that were dropped."""

    site: Site
    country: Path
    partner_root: Path
    filings: int

    def run(self) -> Night:
        """Run the night again."""
        return run_night(self.site, DAY)


def make_country(out: Path) -> Path:
    """Extracts and filings of DAY with the deliberate faults that every country has."""
    generate(
        persons=PERSONS,
        employers=EMPLOYERS,
        filings=FILINGS,
        seed=SEED,
        business_date=DAY,
        out=out,
    )
    return out


@contextmanager
def played(
    folder: Path,
    country: Path,
    *,
    spoil: Callable[[Home], None] | None = None,
    evening: bool = True,
    strange_host: bool = False,
) -> Iterator[Played]:
    """Run DAY in ``folder``; ``spoil`` changes the inboxes first.

    ``evening`` lets the partner answer and runs the night once more. With ``strange_host`` the
    pinned host key is not the server's.
    """
    home = Home(folder / "home")
    shutil.copytree(country / "extracts", home.mainframe_inbox)
    shutil.copytree(country / "filings", home.employer_inbox)
    if spoil is not None:
        spoil(home)
    filings = sum(1 for _ in home.employer_inbox.iterdir())
    root = folder / "partner"
    for name in ("drop", "returns", "acks"):
        (root / name).mkdir(parents=True)
    with running_server(root, folder / "server") as server:
        if strange_host:
            server = replace(server, known_hosts=_other_host(folder, server.port))
        key = make_signing_key(folder)
        give_public_key(key, root / "keys")
        environment = {
            "PRAKAN_HOME": str(home.root),
            KEY_VARIABLE: str(key),
            **server.environment(PARTNER),
        }
        site = open_site(environment, clock=lambda: RECORDED)
        night = Played(site, country, root, filings)
        night.run()
        if evening:
            close_evening(root, DAY, SEED)
            night.run()
        yield night


def _other_host(folder: Path, port: int) -> Path:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    path = folder / "other_known_hosts"
    path.write_text(f"[127.0.0.1]:{port} {key}\n")
    return path
