"""A partner that cannot be reached or must not be trusted: one line, nothing half sent, and the
night after the repair is the night that it would have been."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.deliveries import deliveries_of, events_of
from ledger.delivery import DeliveryState
from tests.cut_wire import Wire
from tests.night.conftest import Undisturbed
from tests.night.stage import DAY, FEEDS, PARTNER, Stage, walk_ins_of
from tests.openssh import HOST, Sshd, free_port, make_key, public_key

RUN = ("run", "--date", str(DAY))
PREFIX = f"PRAKAN_SFTP_{PARTNER.upper()}"

Accident = Callable[[Stage, Sshd], Stage]


def login_refused(stage: Stage, sshd: Sshd) -> Stage:
    """Our key is no longer admitted."""
    other = make_key(stage.folder / "other_key")
    return stage.with_setting(f"{PREFIX}_KEY_FILE", str(other))


def host_key_changed(stage: Stage, sshd: Sshd) -> Stage:
    """Somebody else answers at the partner's address."""
    other = make_key(stage.folder / "other_host")
    pinned = stage.folder / "known_hosts"
    pinned.write_text(f"[{HOST}]:{sshd.port} {public_key(other)}\n")
    return stage.with_setting(f"{PREFIX}_KNOWN_HOSTS", str(pinned))


def partner_down(stage: Stage, sshd: Sshd) -> Stage:
    """Nobody listens."""
    port = free_port()
    return stage.with_setting(f"{PREFIX}_URL", f"sftp://prakan@{HOST}:{port}").with_setting(
        f"{PREFIX}_KNOWN_HOSTS", str(sshd.known_hosts_for(port))
    )


def folder_missing(stage: Stage, sshd: Sshd) -> Stage:
    """The partner has taken the drop folder away."""
    (stage.root / "drop").rename(stage.root / "moved")
    return stage


def connection_unknown(stage: Stage, sshd: Sshd) -> Stage:
    """The environment has no pinned host keys for the partner."""
    return stage.with_setting(f"{PREFIX}_KNOWN_HOSTS", "")


def no_key_pinned(stage: Stage, sshd: Sshd) -> Stage:
    """The file of host keys names another server: seen only when the connection is made."""
    pinned = stage.folder / "known_hosts"
    pinned.write_text(f"elsewhere.example {public_key(sshd.state / 'host_key')}\n")
    return stage.with_setting(f"{PREFIX}_KNOWN_HOSTS", str(pinned))


ACCIDENTS = [
    (no_key_pinned, 2, DeliveryState.FAILED, "no host key is pinned"),
    (login_refused, 3, DeliveryState.REFUSED, "refuse"),
    (host_key_changed, 3, DeliveryState.REFUSED, "key"),
    (partner_down, 3, DeliveryState.FAILED, "refused"),
    (folder_missing, 3, DeliveryState.UNKNOWN, "no such file or folder"),
    (connection_unknown, 2, DeliveryState.FAILED, f"set {PREFIX}_KNOWN_HOSTS"),
]


@pytest.mark.parametrize(
    ("accident", "status", "state", "says"), ACCIDENTS, ids=[a[0].__name__ for a in ACCIDENTS]
)
def test_nothing_is_sent_and_the_repaired_night_is_the_same(
    stage: Stage,
    sshd: Sshd,
    undisturbed: Undisturbed,
    country: Path,
    capsys: pytest.CaptureFixture[str],
    accident: Accident,
    status: int,
    state: DeliveryState,
    says: str,
) -> None:
    troubled = accident(stage, sshd)
    assert troubled.prakan(*RUN) == status
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    failed = [line for line in said.out.splitlines() if line.startswith("FAILED")]
    assert [line.split(":")[0] for line in failed][:2] == [f"FAILED publish {f}" for f in FEEDS]
    assert says in failed[0]
    assert stage.at_partner() == {}
    assert _states(stage) == dict.fromkeys(FEEDS, state)
    assert stage.prakan("status", "--date", str(DAY)) == 1
    shown = capsys.readouterr().out
    assert all(f"! {PARTNER}.{feed}.000001" in shown for feed in FEEDS)

    _repair(stage)
    assert stage.night().status == 0
    assert stage.digest() == undisturbed.digest_before_evening
    stage.evening(walk_ins=walk_ins_of(country))
    assert stage.night().status == 0
    assert stage.at_partner() == undisturbed.at_partner
    assert stage.digest() == undisturbed.digest


@pytest.mark.parametrize("after", [3_000, 12_000, 40_000, 90_000])
def test_a_connection_that_breaks_while_sending_shows_the_partner_no_half_file(
    stage: Stage,
    sshd: Sshd,
    undisturbed: Undisturbed,
    after: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The wire counts the bytes of the sessions that send, not of the one that looks for returns.
    monkeypatch.setattr("exchange.night.take_late_returns", lambda *_: {})
    with Wire(sshd.port, reset_after=after) as wire:
        cut = stage.with_setting(
            f"{PREFIX}_URL",
            stage.environment[f"{PREFIX}_URL"].replace(str(sshd.port), str(wire.port)),
        ).with_setting(f"{PREFIX}_KNOWN_HOSTS", str(sshd.known_hosts_for(wire.port)))
        assert cut.prakan(*RUN) == 3
    whole = undisturbed.at_partner
    for name, digest in stage.at_partner().items():
        temporary = name.endswith(".part") and name.split("/")[-1].startswith(".")
        assert temporary or whole[name] == digest
    assert DeliveryState.UNKNOWN in _states(stage).values()

    assert stage.night().status == 0
    assert stage.at_partner() == undisturbed.drop
    assert stage.digest() == undisturbed.digest_before_evening


def test_another_file_under_our_name_is_never_overwritten(
    stage: Stage, undisturbed: Undisturbed
) -> None:
    theirs = stage.root / "drop" / "S39_20261120_000001.TXT"
    theirs.write_bytes(b"not ours")
    assert stage.prakan(*RUN) == 3
    assert theirs.read_bytes() == b"not ours"
    assert _states(stage)["counter_feed_s39"] is DeliveryState.REFUSED
    assert "drop/S39_20261120_000001.TXT.manifest.json" not in stage.at_partner()

    theirs.unlink()
    assert stage.night().status == 0
    assert stage.digest() == undisturbed.digest_before_evening


def test_every_attempt_is_in_the_ledger_with_its_reason(stage: Stage, sshd: Sshd) -> None:
    assert partner_down(stage, sshd).prakan(*RUN) == 3
    assert stage.night().status == 0
    with stage.ledger() as ledger:
        events = events_of(ledger, f"{PARTNER}.{FEEDS[0]}.000001")
    steps = [event for event in events if "step" not in event.detail]
    assert [event.state.value for event in steps] == [
        "planned",
        "built",
        "sealed",
        "sending",
        "failed",
        "sending",
        "delivered",
    ]
    assert [event.attempt for event in steps] == [0, 0, 0, 1, 1, 2, 2]
    assert "127.0.0.1" in str(steps[4].detail["why"])
    uploaded = [event for event in events if event.detail.get("step") == "uploaded"]
    assert {(event.state.value, event.attempt) for event in uploaded} == {("sending", 2)}


def _states(stage: Stage) -> dict[str, DeliveryState]:
    with stage.ledger() as ledger:
        return {d.interface: d.state for d in deliveries_of(ledger, DAY)}


def _repair(stage: Stage) -> None:
    moved = stage.root / "moved"
    if moved.exists():
        moved.rename(stage.root / "drop")
