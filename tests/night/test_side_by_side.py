"""Partners side by side: one that hangs, fails or breaks holds up nobody, and the order of what is
told of each does not depend on who was faster."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from exchange.night import Night, Step, run_night
from exchange.site import Site
from ledger.deliveries import deliveries_of
from ledger.delivery import DeliveryState
from tests.night.conftest import Undisturbed
from tests.night.stage import DAY, FEEDS, PARTNER, Stage
from tests.night.test_second_feed import BANK, COPYBOOK, FEED
from tests.openssh import HOST, Sshd

PREFIX = f"PRAKAN_SFTP_{PARTNER.upper()}"
BANK_STEP = "publish bank_feed_s40"
IN_ORDER = [*(f"publish {feed}" for feed in FEEDS), f"reconcile {PARTNER}", BANK_STEP]
LONG = 60.0  # seconds: only a night that waits for the wrong partner needs so many


@pytest.fixture
def with_bank(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The installation with a second partner, whose name comes after the first one's."""
    monkeypatch.setattr("exchange.night.take_late_returns", lambda *_: {})
    bank = stage.folder / "bank"
    (bank / "in").mkdir(parents=True)
    folder = stage.folder / "declarations"
    (folder / "partners").mkdir(parents=True)
    (folder / "partners" / "savings_bank.toml").write_text(BANK.replace("{root}", str(bank)))
    (folder / "bank_feed_s40.1.toml").write_text(FEED)
    (folder / "bank_feed_s40.1.cpy").write_text(COPYBOOK)
    for name in ("URL", "KEY_FILE", "KNOWN_HOSTS"):
        stage = stage.with_setting(
            f"PRAKAN_SFTP_SAVINGS_BANK_{name}", stage.environment[f"{PREFIX}_{name}"]
        )
    return stage.with_setting("PRAKAN_INTERFACES", str(folder))


@contextmanager
def hanging_server(until: threading.Event) -> Iterator[int]:
    """The port of a server that accepts and says nothing, and goes away at the event."""
    held: list[socket.socket] = []
    with socket.create_server((HOST, 0)) as listener:

        def hang() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:  # closed: the test is over
                    return
                threading.Thread(target=let_go, args=(held[-1],), daemon=True).start()

        def let_go(connection: socket.socket) -> None:
            until.wait(LONG)
            connection.close()

        threading.Thread(target=hang, daemon=True).start()
        yield listener.getsockname()[1]
        until.set()
        listener.shutdown(socket.SHUT_RDWR)


def _run(stage: Stage, told: list[str], over: threading.Event) -> Night:
    def tell(step: Step) -> None:
        told.append(step.name)
        if step.name == BANK_STEP:
            over.set()

    site = stage.site()
    try:
        return run_night(site, DAY, tell=tell)
    finally:
        site.ledger.dispose()


def test_a_partner_that_hangs_does_not_hold_up_the_next(
    with_bank: Stage, sshd: Sshd, undisturbed: Undisturbed
) -> None:
    """The first one answers nothing until the other one has got its feed."""
    over = threading.Event()
    told: list[str] = []
    with hanging_server(over) as port:
        hanging = with_bank.with_setting(
            f"{PREFIX}_URL", f"sftp://prakan@{HOST}:{port}"
        ).with_setting(f"{PREFIX}_KNOWN_HOSTS", str(sshd.known_hosts_for(port)))
        night = _run(hanging, told, over)
    steps = {step.name: step for step in night.steps}
    assert steps[BANK_STEP].error is None
    assert len(list((with_bank.folder / "bank" / "in").iterdir())) == 2
    assert told.index(BANK_STEP) < min(told.index(name) for name in IN_ORDER if name != BANK_STEP)
    closing = ["settlement watch", "close the books"]
    assert [step.name for step in night.steps][-6:] == [*IN_ORDER, *closing]
    for name in IN_ORDER[:-1]:
        assert "while logging in" in (steps[name].error or "")

    mended = _run(with_bank, told, over)
    assert [step.error for step in mended.steps if step.error] == []
    assert with_bank.at_partner("drop") == undisturbed.drop


def test_a_partner_whose_motions_break_does_not_hold_up_the_next(
    with_bank: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(site: Site, day: object, partner: str) -> dict[str, object]:
        raise RuntimeError("a defect")

    monkeypatch.setattr("exchange.night.reconcile_partner", broken)
    night = _run(with_bank, [], threading.Event())
    failed = {step.name: step for step in night.steps if step.error}
    assert list(failed) == [f"reconcile {PARTNER}"]
    assert "a defect of prakan: RuntimeError('a defect')" in (
        failed[f"reconcile {PARTNER}"].error or ""
    )
    assert night.status == 3
    assert "Traceback" in capsys.readouterr().err
    with with_bank.ledger() as ledger:
        states = {d.interface: d.state for d in deliveries_of(ledger, DAY)}
    assert states == dict.fromkeys((*FEEDS, "bank_feed_s40"), DeliveryState.DELIVERED)


def test_every_feed_is_built_before_any_partner_is_asked(
    with_bank: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no feed knows what another partner's return has just said."""
    seen: list[set[DeliveryState]] = []

    def look(site: Site, day: object, partner: str) -> dict[str, object]:
        seen.append({d.state for d in deliveries_of(site.ledger, DAY)})
        return {}

    monkeypatch.setattr("exchange.night.deliver_feed", lambda site, prepared: _nothing(prepared))
    monkeypatch.setattr("exchange.night.told", lambda published: {})
    monkeypatch.setattr("exchange.night.reconcile_partner", look)
    _run(with_bank, [], threading.Event())
    assert seen == [{DeliveryState.BUILT}]


def _nothing(prepared: object) -> object:
    return prepared


def test_nobody_who_listens_is_no_reason_not_to_send(with_bank: Stage) -> None:
    """Output that is closed (``prakan run | head -1``) ends the telling, not the sending."""

    def deaf(step: Step) -> None:
        if step.name.startswith("publish "):
            raise BrokenPipeError("nobody listens")

    site = with_bank.site()
    try:
        with pytest.raises(BrokenPipeError):
            run_night(site, DAY, tell=deaf)
        sent = [d for d in deliveries_of(site.ledger, DAY) if d.answers is None]
        assert {d.state for d in sent} == {DeliveryState.DELIVERED}
        assert len(sent) == len(FEEDS) + 1
    finally:
        site.ledger.dispose()
