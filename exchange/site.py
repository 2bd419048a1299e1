"""What every motion needs, made once in the outermost layer and passed down.

The environment, the clock and the credentials are read here and nowhere below.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from exchange.home import Home
from exchange.remote.endpoint import Endpoint, endpoint_from_environment
from exchange.sealing.manifest_signature import SigningKey, signing_key
from exchange.sealing.rings import KeyRing, ring_from_environment
from insurance.holidays import BusinessCalendar, load_calendar
from insurance.rates import (
    ContributionRates,
    WageRates,
    load_contribution_rates,
    load_wage_rates,
)
from interfaces.catalogue import Catalogue, load_catalogue
from interfaces.dated import SHIPPED
from interfaces.errors import WrongUse
from interfaces.partners import Partner, load_partners
from interfaces.registry import Registry
from ledger.database import open_ledger


@dataclass(frozen=True)
class Site:
    """The declarations, the folders, the ledger and the ways out of one installation.

    ``clock`` gives the recorded time (UTC) and nothing else; what a step computes depends on
    the business date. ``rules_digest`` tells one state of rates and holidays from another.
    ``endpoint``, ``signing_key`` and ``ring`` open the credentials for a partner's server, the
    key that signs manifests and a partner's OpenPGP keys when they are needed; WrongUse names
    the setting that is missing.
    """

    home: Home
    ledger: Engine
    registry: Registry
    partners: Mapping[str, Partner]
    catalogue: Catalogue
    calendar: BusinessCalendar
    rates: ContributionRates
    wages: WageRates
    rules_digest: str
    clock: Callable[[], datetime]
    endpoint: Callable[[Partner], Endpoint]
    signing_key: Callable[[], SigningKey]
    ring: Callable[[Partner], KeyRing]

    def partner(self, name: str | None) -> Partner:
        """A declared partner; WrongUse with the known names otherwise."""
        if name is None or name not in self.partners:
            known = ", ".join(sorted(self.partners))
            raise WrongUse(f"no partner {name!r} is declared; known: {known}")
        return self.partners[name]


def dated_rules_digest() -> str:
    """SHA-256 of the shipped rates and holidays: what is worked out depends on them."""
    digest = hashlib.sha256()
    for folder in ("calendar", "rates"):
        for path in sorted((SHIPPED / folder).glob("*.csv")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def open_site(
    environment: Mapping[str, str] | None = None,
    *,
    endpoint: Callable[[Partner], Endpoint] | None = None,
    signing: Callable[[], SigningKey] | None = None,
    ring: Callable[[Partner], KeyRing] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Site:
    """Open the installation that the environment describes.

    ``PRAKAN_HOME`` (default ``.prakan`` in the working folder), ``PRAKAN_LEDGER_URL`` (default
    a SQLite file in it), ``PRAKAN_INTERFACES`` (further folders of interfaces, each may hold a
    ``partners`` folder, separated as in PATH). ``endpoint``, ``signing`` and ``ring`` replace the
    environment as the source of credentials and keys: Airflow passes its Connections.
    """
    values = os.environ if environment is None else environment
    home = Home(Path(values.get("PRAKAN_HOME") or ".prakan").expanduser().absolute())
    home.root.mkdir(parents=True, exist_ok=True)
    folders = [Path(f) for f in values.get("PRAKAN_INTERFACES", "").split(os.pathsep) if f]
    if endpoint is None:

        def endpoint(partner: Partner) -> Endpoint:
            return endpoint_from_environment(partner.connection, values, partner.client)

    if signing is None:

        def signing() -> SigningKey:
            return signing_key(values)

    if ring is None:

        def ring(partner: Partner) -> KeyRing:
            return ring_from_environment(partner, values)

    return Site(
        home=home,
        ledger=open_ledger(values.get("PRAKAN_LEDGER_URL") or f"sqlite:///{home.ledger_file}"),
        registry=Registry(folders),
        partners=load_partners(f / "partners" for f in folders if (f / "partners").is_dir()),
        catalogue=load_catalogue(),
        calendar=load_calendar(),
        rates=load_contribution_rates(),
        wages=load_wage_rates(),
        rules_digest=dated_rules_digest(),
        clock=clock,
        endpoint=endpoint,
        signing_key=signing,
        ring=ring,
    )
