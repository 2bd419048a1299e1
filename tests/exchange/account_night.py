"""A small night to give account of: both feeds, one of them made again, payments, answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.home import Home
from exchange.outbound.regenerate import regenerate
from exchange.site import Site, open_site
from ledger.deliveries import deliveries_of
from prakan.__main__ import main
from tests.exchange.nights import DAY, PARTNER, make_country, played

S39, S40 = "counter_feed_s39", "counter_feed_s40"
LATER = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """An installation after its night, and what its partner has of it."""

    site: Site
    partner_root: Path
    extracts: Path

    def copied(self, folder: Path) -> Account:
        """The same in another folder, for tests that change something."""
        home = folder / "home"
        shutil.copytree(self.site.home.root, home)
        shutil.copytree(self.partner_root, folder / "partner")
        site = open_site({"PRAKAN_HOME": str(home)}, clock=lambda: LATER)
        return replace(self, site=site, partner_root=folder / "partner")

    @property
    def home(self) -> Home:
        """Its folders."""
        return self.site.home

    def texts_at_partner(self) -> dict[str, bytes]:
        """Every file of ours that the partner was given, manifests left out."""
        return {
            path.name: path.read_bytes()
            for folder in ("drop", "acks")
            for path in (self.partner_root / folder).rglob("*.TXT")
        }

    def prakan(self, *arguments: str) -> int:
        """A command line in this installation."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PRAKAN_HOME", str(self.home.root))
            return main(arguments)


@contextmanager
def account_night(folder: Path) -> Iterator[Account]:
    """DAY with its evening; afterwards the feed of section 39 is made again."""
    country = make_country(folder / "country")
    with played(folder, country) as night:
        (first,) = (d for d in deliveries_of(night.site.ledger, DAY) if d.interface == S39)
        regenerate(night.site, first.delivery_id, who="operator", reason="a test of accounts")
        yield Account(night.site, night.partner_root, country / "extracts")
        night.site.ledger.dispose()


def answer_of(capsys: pytest.CaptureFixture[str]) -> Mapping[str, Any]:
    """The JSON document that a command printed."""
    told: Mapping[str, Any] = json.loads(capsys.readouterr().out)
    return told


__all__ = ["DAY", "LATER", "PARTNER", "S39", "S40", "Account", "account_night", "answer_of"]
