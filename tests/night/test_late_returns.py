"""Looking for returns of earlier days: side by side, and nobody waits for ever."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from exchange.returns import late
from exchange.site import Site
from interfaces.errors import OutsideFailure
from tests.night.stage import DAY, Stage


def test_a_partner_that_hangs_keeps_the_feeds_from_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def asked(site: Site, before: date, partner: str) -> dict[str, object]:
        if partner == "hangs":
            over.wait(60)
        if partner == "down":
            raise OutsideFailure("no connection")
        return {"newly_posted": 3}

    monkeypatch.setattr(late, "returning_partners", lambda *_: ["down", "hangs", "well"])
    monkeypatch.setattr(late, "reconcile_partner", asked)
    monkeypatch.setattr(late, "PATIENCE", 0.5)
    site = stage.site()
    try:
        said = late.take_late_returns(site, DAY)
    finally:
        over.set()
        site.ledger.dispose()
    assert said == {"down": "no connection", "hangs": late.STILL_ASKED, "well": 3}


def test_a_defect_is_loud(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(site: Site, before: date, partner: str) -> dict[str, object]:
        raise RuntimeError("a defect")

    monkeypatch.setattr(late, "returning_partners", lambda *_: ["one"])
    monkeypatch.setattr(late, "reconcile_partner", asked)
    site = stage.site()
    with pytest.raises(RuntimeError, match="a defect"):
        late.take_late_returns(site, DAY)
    site.ledger.dispose()
