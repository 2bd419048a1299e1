"""Settle: what became of an attempt that broke off is found out by looking, never by sending.

Each file of the delivery is looked for at the partner. What is there is compared; what is not
there is judged by how far the attempt had come (:mod:`exchange.outbound.progress`) and by what
the partner does with complete files. Where neither tells, a person asks the partner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from exchange.errors import ContentDiffers, ExchangeError
from exchange.locks import exclusive
from exchange.outbound.outbox import OutboxLost, WireFile, wire_files
from exchange.outbound.progress import FOUND, GONE, TAKEN, Progress, known_of
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import RemoteState, remote_state
from exchange.site import Site
from interfaces.partners import Partner
from interfaces.policies import PickUp, PublishPolicy
from ledger.deliveries import events_of, find, missed_sequences, record_event
from ledger.delivery import UNDER_WAY, Delivery, DeliveryState


class OutcomeUnknown(ExchangeError):
    """Neither the partner's folder nor the ledger tells: the partner must be asked."""


def settle(site: Site, delivery: Delivery, partner: Partner, remote_dir: str) -> Delivery:
    """Bring a delivery that is *sending* or *unknown* to what it is; the caller holds its lock.

    *delivered* when every file is there or was taken; *failed* when something surely is not:
    it may then be sent. ContentDiffers (and *refused*) when another file stands under a name,
    OutcomeUnknown (and still *unknown*) when a complete file is gone from a partner where files
    stay.
    """
    files = wire_files(site, delivery, partner)
    known = known_of(events_of(site.ledger, delivery.delivery_id))
    if delivery.state is DeliveryState.SENDING:
        delivery = _record(site, delivery, DeliveryState.UNKNOWN, {"why": "an attempt broke off"})
    with SftpClient(site.endpoint(partner)) as client:
        seen = look(client, files, remote_dir, partner.publish)
        found = judge(files, seen, known, partner.publish)
        where = client.url(remote_dir)
    detail: dict[str, object] = {FOUND: found}
    if RemoteState.DIFFERENT in found.values():
        name = _first(found, RemoteState.DIFFERENT)
        error = ContentDiffers(
            f"{where}/{name}",
            "another file stands there; it was not touched; find out who wrote it, then "
            "regenerate under a new sequence",
        )
        _record(site, delivery, DeliveryState.REFUSED, detail | {"why": str(error)})
        raise error
    if GONE in found.values():
        raise OutcomeUnknown(_question(delivery, where, _first(found, GONE)))
    there = all(state in (RemoteState.SAME, TAKEN) for state in found.values())
    return _record(
        site, delivery, DeliveryState.DELIVERED if there else DeliveryState.FAILED, detail
    )


def settle_earlier(site: Site, delivery: Delivery, partner: Partner, remote_dir: str) -> None:
    """Settle what is under way of the same feed before this one says which numbers it stands for.

    One that stays unknown, or whose outbox is lost, does not hold up the newer feed, which
    replaces it whole. BusyError
    while another process sends one of them: feeds arrive in their order.
    """
    if delivery.answers is not None:
        return
    feed = delivery.delivery_id.rpartition(".")[0]
    for sequence in missed_sequences(site.ledger, delivery):
        earlier = find(site.ledger, f"{feed}.{sequence:06d}")
        if earlier is None or earlier.state not in UNDER_WAY:
            continue
        with exclusive(site, earlier.delivery_id):
            earlier = find(site.ledger, earlier.delivery_id) or earlier
            if earlier.state in UNDER_WAY:
                with suppress(OutcomeUnknown, ContentDiffers, OutboxLost):
                    settle(site, earlier, partner, remote_dir)


def look(
    client: SftpClient, files: Sequence[WireFile], remote_dir: str, policy: PublishPolicy
) -> dict[str, RemoteState]:
    """What stands at the partner of each file, by its name there."""
    return {
        file.remote_name: remote_state(
            client,
            remote_dir,
            file.remote_name,
            expected_size=file.size,
            expected_sha256=file.sha256,
            policy=policy,
            local=file.local,
        )
        for file in files
    }


def judge(
    files: Sequence[WireFile],
    seen: Mapping[str, RemoteState],
    known: Progress,
    policy: PublishPolicy,
) -> dict[str, str]:
    """What was seen, with the absence of a file told as *absent*, *taken* or *gone*.

    *absent* has surely not arrived. *taken* was complete, and the partner takes complete files
    away; *gone* was complete, and at this partner files stay.
    """
    takes = policy.pickup is PickUp.TAKES
    found: dict[str, str] = {}
    for file in files:
        name = file.remote_name
        state = str(seen[name])
        if seen[name] is RemoteState.ABSENT and name in known.complete | known.taken:
            state = TAKEN if takes else GONE
        elif (
            # Nothing is renamed here, so it is not known whether it was made at all. If it was
            # the last one, the partner took everything that came before it too.
            seen[name] is RemoteState.ABSENT
            and takes
            and name in known.begun
            and set(found.values()) == {TAKEN}
        ):
            state = TAKEN
        found[name] = state
    return found


def left_to_send(
    client: SftpClient,
    delivery: Delivery,
    files: Sequence[WireFile],
    remote_dir: str,
    known: Progress,
    policy: PublishPolicy,
) -> list[WireFile]:
    """The files that a further attempt is to bring; changes nothing at the partner.

    What was complete before is looked for once more: it may have been taken since it was seen,
    or since the attempt that brought it. OutcomeUnknown as in :func:`settle`.
    """
    before = [file for file in files if file.remote_name in known.complete | known.begun]
    there = [file for file in before if file.remote_name not in known.taken]
    seen = {file.remote_name: RemoteState.ABSENT for file in files}
    found = judge(files, seen | look(client, there, remote_dir, policy), known, policy)
    if GONE in found.values():
        raise OutcomeUnknown(_question(delivery, client.url(remote_dir), _first(found, GONE)))
    return [file for file in files if found[file.remote_name] not in (TAKEN, RemoteState.SAME)]


def _question(delivery: Delivery, where: str, name: str) -> str:
    again = f"{delivery.delivery_id} --reason …"
    return (
        f"{where}/{name}: was complete and is there no longer; ask the partner whether it has the "
        f"file: if so `prakan retry {again} --arrived`, if not `prakan redeliver {again}`"
    )


def _first(found: Mapping[str, str], state: str) -> str:
    return next(name for name, seen in found.items() if seen == state)


def _record(
    site: Site, delivery: Delivery, state: DeliveryState, detail: Mapping[str, object]
) -> Delivery:
    return record_event(
        site.ledger, delivery.delivery_id, state, recorded_at=site.clock(), detail=detail
    )
