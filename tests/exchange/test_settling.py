"""Deliveries that broke off, anywhere: settled by looking, sent exactly once, for every policy."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from exchange.errors import ContentDiffers, RemoteFailure, Unreachable
from exchange.locks import BusyError, exclusive
from exchange.outbound.again import redeliver, retry
from exchange.outbound.publish import Prepared, RefusedByPartnerError, deliver_feed
from exchange.outbound.regenerate import regenerate
from exchange.outbound.settling import OutcomeUnknown
from exchange.remote.sftp import SftpClient
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger.acknowledgements import AcknowledgementResult
from ledger.acts import acts_on
from ledger.audit import entries_of
from ledger.deliveries import events_of, find, state_of
from ledger.delivery import Delivery, DeliveryState
from tests.exchange.sending import (
    CONTENT,
    POLICIES,
    Outgoing,
    built,
    manifest_of,
    outgoing,
    receipt_of,
    sent,
)
from tests.exchange.test_publish_policies import refusing_sshd
from tests.openssh import Sshd, free_port
from tests.postgres import PostgresServer

OPERATIONS = ("stat", "upload", "download", "rename", "remove")
NAME = "POST_20261120_000001.TXT"
NEXT_DAY = date(2026, 11, 23)
PERSON = {"who": "somchai", "reason": "ticket 7"}


Make = Callable[..., Outgoing]


@pytest.fixture
def make(sshd: Sshd, tmp_path: Path) -> Make:
    """Installations as many as wanted, each with a partner of its own."""

    def make_one(policy: str, **settings: str) -> Outgoing:
        folder = tmp_path / uuid4().hex
        return outgoing(sshd, folder, sshd.root / folder.name, policy, **settings)

    return make_one


@contextmanager
def opened(installation: Outgoing) -> Iterator[Site]:
    """The site, its ledger closed at the end."""
    site = installation.open()
    try:
        yield site
    finally:
        site.ledger.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def leaves(request: pytest.FixtureRequest, make: Make) -> Iterator[tuple[Outgoing, Site]]:
    """An installation on either database whose partner leaves files where they are."""
    settings = {}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        settings = {"PRAKAN_LEDGER_URL": server.create(f"leaves{uuid4().hex}")}
    installation = make("leaves", **settings)
    with opened(installation) as site:
        yield installation, site


def _states(site: Site, delivery: Delivery) -> list[str]:
    return [str(event.state) for event in events_of(site.ledger, delivery.delivery_id)]


# Crashes


def _dying(installation: Outgoing, at: int | None) -> int:
    """In a child: build, seal and send, and be killed at the n-th instant; how it ended.

    An instant is just before and just after each operation at the partner, and each transaction.
    The partner acts at every one of them. Without ``at`` the status is the number of instants.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        numbers = itertools.count(1)
        number = 0

        def happen(*_: object) -> None:
            nonlocal number
            installation.take()
            number = next(numbers)
            if number == at:
                os.kill(os.getpid(), signal.SIGKILL)

        for operation in OPERATIONS:
            _around(operation, happen)
        with opened(installation) as site:
            sa.event.listen(Engine, "commit", happen)
            sa.event.listen(Pool, "checkin", happen)
            sent(site, built(site))
        os._exit(number)
    finally:
        os._exit(255)


def _around(operation: str, happen: Callable[[], None]) -> None:
    original: Callable[..., Any] = getattr(SftpClient, operation)

    def counted(*given: Any, **named: Any) -> Any:
        happen()
        result = original(*given, **named)
        happen()
        return result

    setattr(SftpClient, operation, counted)


def _crash_everywhere(make: Make, policy: str, tried: Callable[[int], range]) -> None:
    undisturbed = make(policy)
    instants = _dying(undisturbed, None)
    assert 20 < instants < 255
    expected = _at_partner(undisturbed)
    assert expected
    for at in tried(instants):
        installation = make(policy)
        assert _dying(installation, at) == -signal.SIGKILL
        installation.take()
        with opened(installation) as site:
            delivery = built(site)
            outcome = sent(site, delivery)
            installation.take()
            assert outcome.delivery.state is DeliveryState.DELIVERED
            assert not sent(site, delivery).sent
            assert _at_partner(installation) == expected, at
        assert not list(installation.root.rglob("*.part")), at


def _at_partner(installation: Outgoing) -> dict[str, bytes]:
    """Everything that the partner has or ever took, by name, each taking told apart."""
    found = {}
    for folder in (installation.drop, installation.taken):
        for path in sorted(folder.iterdir()):
            found[f"{folder.name}/{path.name}"] = path.read_bytes()
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_killed_anywhere_it_ends_as_if_nothing_had_happened(make: Make, policy: str) -> None:
    _crash_everywhere(make, policy, lambda many: range(1 + many % 11, many + 1, 11))


@pytest.mark.soak
@pytest.mark.parametrize("policy", POLICIES)
def test_killed_at_every_single_instant_of_a_delivery(make: Make, policy: str) -> None:
    _crash_everywhere(make, policy, lambda many: range(1, many + 1))


# What only the partner knows


def _broken_off(installation: Outgoing, site: Site, delivery: Delivery) -> None:
    """Everything arrived, the connection broke before the last answer."""

    class Deaf(SftpClient):
        renames = 0

        def rename(self, old: str, new: str) -> None:
            super().rename(old, new)
            if new.endswith(".sig"):
                raise Unreachable("sftp://partner: the connection was lost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.SftpClient", Deaf)
        with pytest.raises(Unreachable):
            sent(site, delivery)
    assert state_of(site.ledger, delivery.delivery_id) is DeliveryState.UNKNOWN


def test_what_arrived_is_found_and_not_sent_again(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    delivery = built(site)
    _broken_off(installation, site, delivery)
    before = (installation.drop / NAME).stat()
    outcome = sent(site, delivery)
    assert (outcome.delivery.state, outcome.sent) == (DeliveryState.DELIVERED, False)
    assert (installation.drop / NAME).stat().st_mtime_ns == before.st_mtime_ns


def _lost(installation: Outgoing, site: Site) -> Delivery:
    """It arrived, the answer was lost, and the partner moved it away against what is declared."""
    delivery = built(site)
    _broken_off(installation, site, delivery)
    for path in installation.drop.iterdir():
        path.rename(installation.taken / path.name)
    with pytest.raises(OutcomeUnknown) as caught:
        sent(site, delivery)
    said = str(caught.value)
    assert "\n" not in said
    assert "ask the partner" in said
    assert f"prakan retry {delivery.delivery_id} --reason … --arrived" in said
    assert f"prakan redeliver {delivery.delivery_id} --reason …" in said
    assert state_of(site.ledger, delivery.delivery_id) is DeliveryState.UNKNOWN
    assert installation.names() == []
    return delivery


def test_a_complete_file_that_is_gone_is_a_question_and_no_reason_to_send(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    delivery = _lost(installation, site)
    with pytest.raises(OutcomeUnknown):
        retry(site, delivery.delivery_id, **PERSON)
    outcome = retry(site, delivery.delivery_id, arrived=True, **PERSON)
    assert (outcome.delivery.state, outcome.sent) == (DeliveryState.DELIVERED, False)
    assert installation.names() == []
    assert not sent(site, delivery).sent
    assert [(act.verb, act.who) for act in acts_on(site.ledger, delivery.delivery_id)] == [
        ("retry", "somchai"),
        ("retry", "somchai"),
    ]


def test_or_the_partner_has_it_not_and_it_is_delivered_again(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    delivery = _lost(installation, site)
    outcome = redeliver(site, delivery.delivery_id, **PERSON)
    assert (outcome.delivery.state, outcome.sent) == (DeliveryState.DELIVERED, True)
    assert (installation.drop / NAME).read_bytes() == CONTENT
    assert len(installation.names()) == 3


def test_another_file_under_the_name_is_refused(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    delivery = built(site)
    _broken_off(installation, site, delivery)
    (installation.drop / NAME).write_bytes(b"somebody else's")
    with pytest.raises(ContentDiffers, match="not touched"):
        sent(site, delivery)
    assert state_of(site.ledger, delivery.delivery_id) is DeliveryState.REFUSED
    assert (installation.drop / NAME).read_bytes() == b"somebody else's"
    (installation.drop / NAME).unlink()
    assert retry(site, delivery.delivery_id, **PERSON).delivery.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("policy", ["takes_at_once", "leaves"])
def test_a_refused_rename_is_not_taken_for_an_arrival(
    tmp_path: Path, sshd: Sshd, policy: str
) -> None:
    with refusing_sshd(tmp_path, "rename,posix-rename") as server:
        installation = outgoing(server, tmp_path / "site", tmp_path / "partner", policy)
        with opened(installation) as site:
            delivery = built(site)
            with pytest.raises(RemoteFailure):
                sent(site, delivery)
            assert installation.names() == []
            with pytest.raises(RemoteFailure):
                sent(site, delivery)
            assert _states(site, delivery)[-3:] == ["sending", "sending", "unknown"]
    prefix = "PRAKAN_SFTP_POST_OFFICE"
    mended = Outgoing(
        installation.folder,
        installation.root,
        installation.environment
        | {
            f"{prefix}_URL": str(sshd.endpoint()),
            f"{prefix}_KEY_FILE": str(sshd.client_key),
            f"{prefix}_KNOWN_HOSTS": str(sshd.known_hosts_for()),
        },
    )
    with opened(mended) as site:
        assert sent(site, delivery).sent
        assert (mended.drop / NAME).read_bytes() == CONTENT


# Again, on purpose


def test_redelivered_is_what_is_no_longer_there_and_only_that(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    delivery = built(site)
    sent(site, delivery)
    events = _states(site, delivery)

    again = redeliver(site, delivery.delivery_id, **PERSON)
    assert (again.delivery.state, again.sent) == (DeliveryState.DELIVERED, False)
    assert _states(site, delivery) == events

    kept = (installation.drop / NAME).stat().st_ino
    (installation.drop / f"{NAME}.manifest.json").unlink()
    assert redeliver(site, delivery.delivery_id, **PERSON).sent
    assert (installation.drop / NAME).stat().st_ino == kept
    assert len(installation.names()) == 3

    (installation.drop / NAME).write_bytes(b"x" * len(CONTENT))
    with pytest.raises(ContentDiffers, match="nothing was sent"):
        redeliver(site, delivery.delivery_id, **PERSON)
    assert state_of(site.ledger, delivery.delivery_id) is DeliveryState.DELIVERED


def test_a_partner_that_takes_gets_it_again_when_asked(make: Make) -> None:
    installation = make("takes")
    with opened(installation) as site:
        delivery = built(site)
        sent(site, delivery)
        installation.take()
        assert redeliver(site, delivery.delivery_id, **PERSON).sent
        installation.take()
    assert [name[4:] for name in sorted(p.name for p in installation.taken.iterdir())] == 2 * [
        NAME,
        f"{NAME}.go",
        f"{NAME}.manifest.json",
        f"{NAME}.manifest.json.sig",
    ]


def test_a_redelivery_that_broke_off_goes_on(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    delivery = built(site)
    sent(site, delivery)
    for path in installation.drop.iterdir():
        path.unlink()
    cut = _Cut()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.SftpClient", cut.client)
        with pytest.raises(Unreachable):
            redeliver(site, delivery.delivery_id, **PERSON)
    assert state_of(site.ledger, delivery.delivery_id) is DeliveryState.UNKNOWN
    assert retry(site, delivery.delivery_id, **PERSON).sent
    assert len(installation.names()) == 3


class _Cut:
    """Sessions that are lost before the first byte of a file."""

    def client(self, *given: Any) -> SftpClient:
        class Cut(SftpClient):
            def upload(self, *_given: Any, **_named: Any) -> Any:
                raise Unreachable("sftp://partner: the connection was lost")

        return Cut(*given)


def test_what_is_unsafe_is_refused_and_says_why(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    first = built(site)
    _refused(redeliver, site, first, "is built: `prakan retry")
    sent(site, first)
    _refused(retry, site, first, "is delivered: there is nothing to retry")
    second = built(site, CONTENT[::-1], supersedes=first.delivery_id)
    sent(site, second)
    for motion in (retry, redeliver):
        _refused(motion, site, first, f"superseded by {second.delivery_id}")
    third = built(site, CONTENT + b"3", day=NEXT_DAY)
    fourth = built(site, CONTENT + b"4", day=date(2026, 11, 24))
    sent(site, fourth)
    _refused(redeliver, site, second, f"{fourth.delivery_id} of 2026-11-24 has been delivered")
    _refused(retry, site, third, f"superseded by {fourth.delivery_id}")
    with pytest.raises(WrongUse, match="no delivery nobody"):
        retry(site, "nobody.feed.000001", **PERSON)
    assert len(installation.names()) == 9
    assert not acts_on(site.ledger, first.delivery_id)
    assert not acts_on(site.ledger, third.delivery_id)


def test_a_feed_is_not_made_again_while_nobody_knows_where_it_is(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    first = built(site)
    _broken_off(installation, site, first)
    _refused(regenerate, site, first, f"settle it first, `prakan retry {first.delivery_id}")
    sent(site, first)
    second = built(site, CONTENT[::-1], supersedes=first.delivery_id)
    sent(site, second)
    _refused(regenerate, site, first, f"by {second.delivery_id}: regenerate that one")
    third = built(site, CONTENT + b"3", day=NEXT_DAY)
    sent(site, third)
    _refused(regenerate, site, second, f"{third.delivery_id} of 2026-11-23 has been delivered")
    for delivery in (first, second):
        assert not acts_on(site.ledger, delivery.delivery_id)


def test_a_persons_word_settles_only_what_is_unknown(leaves: tuple[Outgoing, Site]) -> None:
    _, site = leaves
    delivery = built(site)
    with pytest.raises(WrongUse, match="only one that is unknown"):
        retry(site, delivery.delivery_id, arrived=True, **PERSON)
    assert not acts_on(site.ledger, delivery.delivery_id)


def _refused(motion: Callable[..., object], site: Site, delivery: Delivery, why: str) -> None:
    with pytest.raises(WrongUse) as caught:
        motion(site, delivery.delivery_id, **PERSON)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_whoever_comes_second_is_told(leaves: tuple[Outgoing, Site]) -> None:
    _, site = leaves
    delivery = built(site)
    with exclusive(site, delivery.delivery_id):
        for motion in (retry, redeliver):
            with pytest.raises(BusyError):
                motion(site, delivery.delivery_id, **PERSON)
    assert not acts_on(site.ledger, delivery.delivery_id)


def test_retry_sends_what_failed(make: Make) -> None:
    installation = make("leaves")
    down = Outgoing(
        installation.folder,
        installation.root,
        installation.environment
        | {"PRAKAN_SFTP_POST_OFFICE_URL": f"sftp://x@127.0.0.1:{free_port()}"},
    )
    with opened(down) as site:
        delivery = built(site)
        with pytest.raises(Exception, match="sftp://x@"):
            sent(site, delivery)
    with opened(installation) as site:
        assert retry(site, delivery.delivery_id, **PERSON).sent
        assert len(installation.names()) == 3


def test_what_the_partners_receipt_refused_goes_out_again_only_on_request(make: Make) -> None:
    installation = make("takes")
    with opened(installation) as site:
        delivery = built(site)
        sent(site, delivery)
        installation.take()
        receipt = receipt_of(site, delivery, AcknowledgementResult.REFUSED)
        assert receipt.state is DeliveryState.REFUSED
        outcome = sent(site, delivery)
        assert (outcome.sent, outcome.delivery.state) == (False, DeliveryState.REFUSED)
        with pytest.raises(RefusedByPartnerError, match="prakan regenerate"):
            deliver_feed(site, Prepared(delivery, built=False))
        assert installation.names() == []
        assert retry(site, delivery.delivery_id, **PERSON).sent
        assert len(installation.names()) == 4


# Order, and what is kept of it


def test_an_earlier_one_is_settled_before_the_next_says_which_are_missing(
    leaves: tuple[Outgoing, Site],
) -> None:
    installation, site = leaves
    first = built(site)
    _broken_off(installation, site, first)
    second = built(site, CONTENT[::-1], day=NEXT_DAY)
    sent(site, second)
    assert manifest_of(site, second)["stands_in_for"] == []
    assert state_of(site.ledger, first.delivery_id) is DeliveryState.DELIVERED

    third = built(site, CONTENT + b"3", day=date(2026, 11, 24))
    assert third.state is DeliveryState.BUILT  # and never sent
    fourth = built(site, CONTENT + b"4", day=date(2026, 11, 25))
    sent(site, fourth)
    assert manifest_of(site, fourth)["stands_in_for"] == [third.sequence]
    found = find(site.ledger, third.delivery_id)
    assert found is not None
    assert (found.state, found.superseded_by) == (DeliveryState.SUPERSEDED, fourth.delivery_id)
    with pytest.raises(WrongUse, match=f"{fourth.delivery_id} has taken its place"):
        sent(site, third)


def test_every_movement_of_bytes_is_in_the_audit(leaves: tuple[Outgoing, Site]) -> None:
    installation, site = leaves
    delivery = built(site)
    part = installation.drop / f".{NAME}.part"
    part.write_bytes(b"of nobody")
    sent(site, delivery)
    moved = [
        (entry.kind, entry.detail["file"], entry.detail["size"])
        for entry in entries_of(site.ledger, delivery.delivery_id)
        if entry.kind in ("uploaded", "read_back", "renamed", "removed")
    ]
    manifest, signature = f"{NAME}.manifest.json", f"{NAME}.manifest.json.sig"
    sizes = {name: (installation.drop / name).stat().st_size for name in (manifest, signature)}
    expected = [("removed", NAME, 9)]
    for name, size in ((NAME, len(CONTENT)), *sizes.items()):
        expected += [(kind, name, size) for kind in ("uploaded", "read_back", "renamed")]
    assert moved == expected
