"""Feeds of one partner never cross: whoever might be overtaken is not sent, and is told why."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from exchange.errors import ContentDiffers, Unreachable
from exchange.locks import BusyError
from exchange.outbound.again import redeliver, retry
from exchange.outbound.outbox import outbox_folder
from exchange.outbound.publish import prepare_feed
from exchange.outbound.regenerate import regenerate
from exchange.outbound.settling import OutcomeUnknown
from exchange.remote.sftp import SftpClient
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.model import Kind
from interfaces.policies import SealKind
from ledger.acts import acts_on
from ledger.deliveries import (
    find,
    plan_delivery,
    record_content,
    record_event,
    record_seal,
    state_of,
)
from ledger.delivery import Delivery, DeliveryContent, DeliveryState, Sealed
from ledger.errors import LedgerError
from tests.exchange.sending import (
    CONTENT,
    DAY,
    Outgoing,
    built,
    manifest_of,
    outgoing,
    sent,
)
from tests.openssh import Sshd, free_port
from tests.postgres import PostgresServer

NAME = "POST_20261120_000001.TXT"
NEXT_DAY = date(2026, 11, 23)
PERSON = {"who": "somchai", "reason": "ticket 7"}
Make = Callable[..., tuple[Outgoing, Site]]


@pytest.fixture
def make(sshd: Sshd, tmp_path: Path) -> Iterator[Make]:
    """Installations as many as wanted, each with a partner of its own."""
    sites: list[Site] = []

    def make_one(policy: str, **settings: str) -> tuple[Outgoing, Site]:
        folder = tmp_path / uuid4().hex
        installation = outgoing(sshd, folder, sshd.root / folder.name, policy, **settings)
        sites.append(installation.open())
        return installation, sites[-1]

    yield make_one
    for site in sites:
        site.ledger.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def leaves(request: pytest.FixtureRequest, make: Make) -> tuple[Outgoing, Site]:
    """An installation on either database whose partner leaves files where they are."""
    settings = {}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        settings = {"PRAKAN_LEDGER_URL": server.create(f"order{uuid4().hex}")}
    return make("leaves", **settings)


def _cut_at(operation: str, which: Callable[[str], bool]) -> type[SftpClient]:
    """Sessions that are lost before that operation on such a path."""
    original: Callable[..., Any] = getattr(SftpClient, operation)

    def lost(self: SftpClient, *given: Any, **named: Any) -> Any:
        if which(str(given[-1])):
            raise Unreachable("sftp://partner: the connection was lost")
        return original(self, *given, **named)

    return type("Cut", (SftpClient,), {operation: lost})


def _broken(site: Site, delivery: Delivery, client: type[SftpClient]) -> None:
    """An attempt that ends with the connection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.SftpClient", client)
        with pytest.raises(Unreachable):
            sent(site, delivery)


def _down(installation: Outgoing, delivery: Delivery) -> None:
    """An attempt while the partner is not there at all: it surely fails."""
    url = {"PRAKAN_SFTP_POST_OFFICE_URL": f"sftp://x@127.0.0.1:{free_port()}"}
    down = Outgoing(installation.folder, installation.root, installation.environment | url)
    site = down.open()
    try:
        with pytest.raises(Unreachable):
            sent(site, delivery)
    finally:
        site.ledger.dispose()


def _state(site: Site, delivery: Delivery) -> DeliveryState:
    return state_of(site.ledger, delivery.delivery_id)


def _refused(motion: Callable[..., object], site: Site, delivery: Delivery, why: str) -> None:
    with pytest.raises(WrongUse) as caught:
        motion(site, delivery.delivery_id, **PERSON)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


# Nothing old after something newer


def test_a_feed_is_not_sent_again_after_its_replacements_replacement(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    first = built(site)
    sent(site, first)
    second = built(site, CONTENT[::-1], supersedes=first.delivery_id)
    _down(installation, second)
    third = built(site, CONTENT + b"3", supersedes=second.delivery_id)
    sent(site, third)
    ended = find(site.ledger, first.delivery_id)
    assert ended is not None
    assert (ended.state, ended.superseded_by) == (DeliveryState.SUPERSEDED, third.delivery_id)
    (installation.drop / NAME).unlink()
    _refused(redeliver, site, first, f"superseded by {third.delivery_id}")
    assert NAME not in installation.names()


def test_nothing_older_is_sent_while_a_newer_one_may_be_there(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    first = built(site)
    sent(site, first)
    (installation.drop / NAME).unlink()
    second = built(site, CONTENT[::-1], day=NEXT_DAY)
    _broken(site, second, _cut_at("upload", lambda path: path.endswith(".sig.part")))
    assert _state(site, second) is DeliveryState.UNKNOWN
    _refused(redeliver, site, first, f"`prakan retry {second.delivery_id}")
    assert NAME not in installation.names()
    assert not acts_on(site.ledger, first.delivery_id)


def test_what_a_sealed_manifest_calls_missing_is_not_sent_any_more(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    first = built(site)
    _down(installation, first)
    second = built(site, CONTENT[::-1], day=NEXT_DAY)
    _down(installation, second)
    assert manifest_of(site, second)["stands_in_for"] == [first.sequence]
    _refused(retry, site, first, f"{second.delivery_id} of {NEXT_DAY} stands in for it")
    with pytest.raises(WrongUse, match="stands in for it"):
        sent(site, first)
    assert installation.names() == []
    sent(site, second)
    assert _state(site, first) is DeliveryState.SUPERSEDED


def test_two_of_one_feed_are_never_on_their_way_together(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    first = built(site)
    sent(site, first)
    (installation.drop / NAME).unlink()
    second = built(site, CONTENT[::-1], day=NEXT_DAY)
    begun, go_on = threading.Event(), threading.Event()

    class Slow(SftpClient):
        def upload(self, *given: Any, **named: Any) -> Any:
            begun.set()
            assert go_on.wait(30)
            return super().upload(*given, **named)

    ended: list[BaseException | None] = []

    def older() -> None:
        try:
            redeliver(site, first.delivery_id, **PERSON)
            ended.append(None)
        except BaseException as error:
            ended.append(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.SftpClient", Slow)
        thread = threading.Thread(target=older)
        thread.start()
        assert begun.wait(30)
        with pytest.raises(BusyError):
            sent(site, second)
        go_on.set()
        thread.join(30)
    assert ended == [None]
    assert NAME in installation.names()
    assert sent(site, second).sent


def test_a_process_that_was_replaced_while_it_slept_publishes_nothing(
    leaves: tuple[Outgoing, Site],
) -> None:
    """Its lock was lost (a connection to the ledger that went away unseen), another took over."""
    installation, site = leaves
    delivery = built(site)

    class Sleeper(SftpClient):
        woken = False

        def upload(self, *given: Any, **named: Any) -> Any:
            moved = super().upload(*given, **named)
            if not Sleeper.woken:
                Sleeper.woken = True
                for state in (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.SENDING):
                    record_event(site.ledger, delivery.delivery_id, state, recorded_at=site.clock())
            return moved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.SftpClient", Sleeper)
        with pytest.raises(LedgerError, match="another process"):
            sent(site, delivery)
    assert NAME not in installation.names()
    assert _state(site, delivery) is DeliveryState.SENDING  # the other's, not ours to end


# Nothing twice


def test_what_was_there_when_settled_and_is_taken_since_is_not_sent_again(make: Make) -> None:
    installation, site = make("takes")
    delivery = _half_way(site)
    (installation.drop / NAME).rename(installation.taken / NAME)
    assert sent(site, delivery).delivery.state is DeliveryState.DELIVERED
    assert NAME not in installation.names()
    assert len(installation.names()) == 3


def _half_way(site: Site) -> Delivery:
    """The file was found there and its manifest was not; then nobody answered any more."""

    class NoAnswer(SftpClient):
        def __enter__(self) -> SftpClient:
            raise Unreachable("sftp://partner: nobody answers")

    delivery = built(site)
    _broken(site, delivery, _cut_at("upload", lambda path: path.endswith(".json.part")))
    _broken(site, delivery, NoAnswer)
    assert _state(site, delivery) is DeliveryState.FAILED
    return delivery


def test_at_a_partner_where_files_stay_that_is_a_question(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    delivery = _half_way(site)
    (installation.drop / NAME).rename(installation.taken / NAME)
    with pytest.raises(OutcomeUnknown, match="ask the partner"):
        sent(site, delivery)
    assert _state(site, delivery) is DeliveryState.UNKNOWN
    assert installation.names() == []


def test_a_companion_that_is_somebody_elses_does_not_make_the_file_go_twice(make: Make) -> None:
    installation, site = make("takes")
    delivery = built(site)
    other = installation.drop / f"{NAME}.manifest.json"
    other.write_bytes(b"somebody else's")
    with pytest.raises(ContentDiffers):
        sent(site, delivery)
    (installation.drop / NAME).rename(installation.taken / NAME)
    other.unlink()
    for _ in range(2):
        outcome = sent(site, delivery)
    assert outcome.delivery.state is DeliveryState.DELIVERED
    assert NAME not in installation.names()


def test_what_a_person_says_is_not_there_goes_out_whole(make: Make) -> None:
    """The partner took the file, lost it, and asks for it again."""
    installation, site = make("takes")
    delivery = built(site)
    _broken(site, delivery, _cut_at("upload", lambda path: path.endswith(".json.part")))
    (installation.drop / NAME).unlink()
    assert redeliver(site, delivery.delivery_id, **PERSON).sent
    assert NAME in installation.names()
    assert len(installation.names()) == 4


# Nobody is stuck


def test_a_lost_outbox_of_yesterday_does_not_hold_up_today(leaves: tuple[Outgoing, Site]) -> None:
    _, site = leaves
    first = built(site)
    _broken(site, first, _cut_at("upload", lambda path: path.endswith(".sig.part")))
    shutil.rmtree(outbox_folder(site, first))
    second = built(site, CONTENT[::-1], day=NEXT_DAY)
    assert sent(site, second).sent
    assert manifest_of(site, second)["stands_in_for"] == [first.sequence]
    assert _state(site, first) is DeliveryState.UNKNOWN


def test_a_feed_that_an_older_days_overtook_takes_a_new_number(
    leaves: tuple[Outgoing, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, site = leaves
    friday = built(site)
    sent(site, friday)
    monday = built(site, CONTENT[::-1], day=NEXT_DAY)
    _down(installation, monday)
    mended = built(site, CONTENT + b"3", supersedes=friday.delivery_id)
    sent(site, mended)
    assert _state(site, monday) is DeliveryState.SUPERSEDED
    _refused(retry, site, monday, f"`prakan regenerate {monday.delivery_id}")
    monkeypatch.setattr("exchange.outbound.regenerate.prepare", _stop_at_plan)
    monkeypatch.setattr(type(site.registry), "get", lambda *_, **__: _Declared())
    with pytest.raises(_Planned) as caught:
        regenerate(site, monday.delivery_id, **PERSON)
    new = caught.value.args[0]
    assert (new.sequence, new.business_date, new.supersedes) == (4, NEXT_DAY, monday.delivery_id)
    assert sent(site, built(site, CONTENT + b"4", day=NEXT_DAY)).sent


class _Planned(Exception):
    """What was planned."""


class _Declared:
    """As much of an interface as planning needs."""

    name, partner, version, kind = "post_feed", "post_office", 1, Kind.FEED


def _stop_at_plan(_site: Site, _interface: object, delivery: Delivery) -> None:
    raise _Planned(delivery)


def test_a_feed_of_another_version_that_was_never_built_is_made_anew(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishing names regenerate, so regenerate must not name publishing."""
    _, site = make("leaves")
    interface = site.registry.get("counter_feed_s39", on=DAY)
    planned = plan_delivery(
        site.ledger,
        partner="counter_service",
        interface=interface.name,
        version=interface.version + 1,
        business_date=DAY,
        recorded_at=site.clock(),
    )
    with pytest.raises(LedgerError, match="regenerate it to change the version"):
        prepare_feed(site, DAY, interface.name)
    _refused(retry, site, planned, f"`prakan regenerate {planned.delivery_id}")
    monkeypatch.setattr("exchange.outbound.regenerate.prepare", _stop_at_plan)
    with pytest.raises(_Planned) as caught:
        regenerate(site, planned.delivery_id, **PERSON)
    new = caught.value.args[0]
    assert (new.version, new.supersedes) == (interface.version, planned.delivery_id)
    assert _state(site, planned) is DeliveryState.SUPERSEDED
    assert _published_next(site, interface.name) == new.delivery_id


def test_what_an_older_day_overtook_is_planned_again_by_publishing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, site = make("leaves")
    interface = site.registry.get("counter_feed_s39", on=DAY)
    ids = []
    for day in (NEXT_DAY, DAY):
        planned = plan_delivery(
            site.ledger,
            partner="counter_service",
            interface=interface.name,
            version=interface.version,
            business_date=day,
            recorded_at=site.clock(),
        )
        ids.append(planned.delivery_id)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    content = DeliveryContent(name="S39.TXT", file_id=sha256, size_bytes=len(CONTENT))
    seal = Sealed(SealKind.NONE, "S39.TXT", sha256, len(CONTENT), manifest_sha256=sha256)
    record_content(site.ledger, ids[1], content, recorded_at=site.clock())
    record_seal(site.ledger, ids[1], seal, recorded_at=site.clock())
    for state in (DeliveryState.SENDING, DeliveryState.DELIVERED):
        record_event(site.ledger, ids[1], state, recorded_at=site.clock())
    assert state_of(site.ledger, ids[0]) is DeliveryState.SUPERSEDED
    monkeypatch.setattr("exchange.outbound.publish.prepare", _stop_at_plan)
    numbers = []
    for _ in range(2):
        with pytest.raises(_Planned) as caught:
            prepare_feed(site, NEXT_DAY, interface.name)
        numbers.append(caught.value.args[0].sequence)
    assert numbers == [3, 3]


def _published_next(site: Site, feed: str) -> str:
    """The delivery that publishing would go on with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.outbound.publish.prepare", _stop_at_plan)
        with pytest.raises(_Planned) as caught:
            prepare_feed(site, DAY, feed)
    return str(caught.value.args[0].delivery_id)
