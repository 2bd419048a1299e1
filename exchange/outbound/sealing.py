"""Seal: a built delivery gets its envelope, its manifest and its signature, once.

Everything that goes over the wire lies in the outbox, on disk, before the ledger says *sealed*.
A crash before that leaves *built*, and it is done again; after it nothing is made again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from exchange.home import replacing
from exchange.outbound.outbox import (
    FACTS_FILE,
    MANIFEST_FILE,
    SIGNATURE_FILE,
    TRIGGER_FILE,
    outbox_folder,
    sha256_of,
)
from exchange.sealing.manifest_signature import sign
from exchange.sealing.openpgp import seal_file
from exchange.site import Site
from exporters.manifest import Envelope, Manifest, ManifestError, parse_manifest
from interfaces.errors import WrongUse
from interfaces.partners import Partner
from interfaces.policies import KeyOwner, SealKind
from ledger.deliveries import find, missed_sequences, record_seal
from ledger.delivery import Delivery, DeliveryContent, DeliveryState, Sealed


@dataclass(frozen=True, slots=True)
class _Closed:
    """The file as it travels, and whose keys closed it."""

    name: str
    size: int
    sha256: str
    signer: str | None
    recipients: tuple[str, ...]


def seal_delivery(site: Site, delivery: Delivery) -> Delivery:
    """Make what goes over the wire of a built delivery and record it; a sealed one stays.

    Keys are those in force on the delivery's business date. WrongUse when a key or a setting is
    missing, or when the built file is no longer the one in the ledger; SealError when gpg does
    not take a key. Nothing is recorded then.
    """
    # Whoever held the delivery's lock before may have sealed it: its files are not to be touched.
    delivery = find(site.ledger, delivery.delivery_id) or delivery
    if delivery.content is None:
        raise ValueError(f"{delivery.delivery_id} is not built")
    if delivery.state is not DeliveryState.BUILT:
        return delivery
    partner = site.partner(delivery.partner)
    folder = outbox_folder(site, delivery)
    key = site.signing_key()
    facts = _facts(folder, delivery, delivery.content)
    closed = _close(site, partner, delivery, folder, delivery.content)
    kind = partner.seal.outbound
    envelope = None
    if kind is not SealKind.NONE:
        envelope = Envelope(closed.name, closed.size, closed.sha256, kind.value)
    manifest = replace(
        facts,
        envelope=envelope,
        supersedes=_replaced(site, delivery),
        stands_in_for=_stands_in_for(site, delivery),
    ).to_bytes()
    signature = sign(manifest, key)
    for name, data in ((MANIFEST_FILE, manifest), (SIGNATURE_FILE, signature), (TRIGGER_FILE, b"")):
        with replacing(folder / name) as temporary:
            temporary.write_bytes(data)
    sealed = Sealed(
        kind=kind,
        name=closed.name,
        sha256=closed.sha256,
        size_bytes=closed.size,
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        signature_sha256=hashlib.sha256(signature).hexdigest(),
        signer=closed.signer,
        recipients=closed.recipients,
    )
    return record_seal(site.ledger, delivery.delivery_id, sealed, recorded_at=site.clock())


def _facts(folder: Path, delivery: Delivery, content: DeliveryContent) -> Manifest:
    """The draft of the manifest, if it and the file beside it are those that were built."""
    try:
        facts = parse_manifest((folder / FACTS_FILE).read_bytes())
        found = sha256_of(folder / content.name)
    except (FileNotFoundError, ManifestError):
        found = ""
    if found != content.file_id or facts.sha256 != content.file_id:
        raise WrongUse(
            f"{delivery.delivery_id}: {folder} no longer holds the file that was built "
            f"({content.name} with {FACTS_FILE}); restore the folder from the backup"
        )
    return facts


def _close(
    site: Site, partner: Partner, delivery: Delivery, folder: Path, content: DeliveryContent
) -> _Closed:
    if partner.seal.outbound is SealKind.NONE:
        return _Closed(content.name, content.size_bytes, content.file_id, None, ())
    signer = _newest(partner, KeyOwner.AGENCY, delivery)
    recipient = _newest(partner, KeyOwner.PARTNER, delivery)
    name = content.name + partner.seal.suffix
    sealed = seal_file(
        folder / content.name,
        folder / name,
        ring=site.ring(partner),
        signer=signer,
        recipients=(recipient,),
    )
    return _Closed(name, sealed.size, sealed.sha256, signer, (recipient,))


def _newest(partner: Partner, owner: KeyOwner, delivery: Delivery) -> str:
    fingerprints = partner.seal.fingerprints(owner, delivery.business_date)
    if not fingerprints:
        raise WrongUse(
            f"{delivery.delivery_id}: partner {partner.name} declares no key of owner "
            f"{owner.value!r} in force on {delivery.business_date}; add one to [seal] keys"
        )
    return fingerprints[0]


def _replaced(site: Site, delivery: Delivery) -> str | None:
    """SHA-256 of the file at the partner that this one replaces.

    One that never arrived replaces nothing there; what it was to replace, this one does.
    """
    for earlier in _superseded(site, delivery):
        if earlier.arrived and earlier.content is not None:
            return earlier.content.file_id
    return None


def _stands_in_for(site: Site, delivery: Delivery) -> tuple[int, ...]:
    """Numbers that the partner will not get any more.

    A feed says everything that earlier ones said. An answer speaks of one file only: it stands
    in for the earlier answers to that file.
    """
    if delivery.answers is None:
        return missed_sequences(site.ledger, delivery)
    missed = [d.sequence for d in _superseded(site, delivery) if not d.arrived]
    return tuple(sorted(missed))


def _superseded(site: Site, delivery: Delivery) -> list[Delivery]:
    """What the delivery supersedes, and what that superseded, the newest first."""
    found: list[Delivery] = []
    earlier = delivery.supersedes
    while earlier is not None:
        one = find(site.ledger, earlier)
        if one is None:
            break
        found.append(one)
        earlier = one.supersedes
    return found
