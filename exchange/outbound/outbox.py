"""The outbox: a folder for each delivery, with what was built and what goes over the wire.

- ``<name>``: the file as it was built, open;
- ``facts.json``: what is known of it, the manifest before anything is sealed;
- ``rows.parquet``: the rows that it says;
- ``<name><suffix>``: the sealed file, where the partner's policy seals;
- ``manifest.json``, ``manifest.json.sig``: the manifest and its signature;
- ``trigger``: an empty file, where the partner wants one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from exchange.home import replacing
from exchange.site import Site
from exporters.manifest import build_manifest
from exporters.writer import WrittenFile
from interfaces.errors import WrongUse
from interfaces.model import Interface, Kind
from interfaces.partners import Partner
from ledger.delivery import Delivery, Sealed

ROWS_FILE = "rows.parquet"
FACTS_FILE = "facts.json"
MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "manifest.json.sig"
TRIGGER_FILE = "trigger"
_NOTHING = hashlib.sha256().hexdigest()


class OutboxLost(WrongUse):
    """What was built or sealed is gone or is no longer that: it is restored, never made again."""


@dataclass(frozen=True, slots=True)
class WireFile:
    """One file to publish: where it lies, its name at the partner, size and SHA-256 (hex)."""

    local: Path
    remote_name: str
    size: int
    sha256: str


def outbox_folder(site: Site, delivery: Delivery) -> Path:
    """Where a delivery's files lie."""
    return site.home.outbox(delivery.partner, delivery.interface, delivery.sequence)


def remote_folder(site: Site, delivery: Delivery) -> str:
    """Where a delivery's files go at its partner; what it is decides."""
    folders = site.partner(delivery.partner).directories
    if delivery.answers is not None:
        return folders.acknowledgements
    if not delivery.lasting:
        return folders.drop
    interface = site.registry.get(delivery.interface, on=delivery.business_date)
    return folders.statements if interface.kind is Kind.STATEMENT else folders.drop


def write_facts(
    folder: Path, written: WrittenFile, interface: Interface, delivery: Delivery
) -> None:
    """Write what is known of a built file beside it: all of the manifest but the seal and what
    stands at the partner, which are known only when it is sealed."""
    facts = build_manifest(
        written,
        interface,
        name=written.path.name,
        business_date=delivery.business_date,
        sequence=delivery.sequence,
    )
    with replacing(folder / FACTS_FILE) as temporary:
        temporary.write_bytes(facts.to_bytes())


def wire_files(site: Site, delivery: Delivery, partner: Partner) -> list[WireFile]:
    """The files of a sealed delivery in the order in which they are published: the file, its
    manifest, the manifest's signature, the trigger; each where the partner's policy has it.

    All are named after the file as it travels: ``S39.TXT.pgp.manifest.json``. OutboxLost when one
    is gone or is not what the ledger says was sealed: it is never made again.
    """
    sealed = sealed_of(delivery)
    folder, policy = outbox_folder(site, delivery), partner.publish
    wanted: list[tuple[str, str, str | None]] = [(sealed.name, sealed.name, sealed.sha256)]
    if policy.manifest_suffix is not None:
        name = sealed.name + policy.manifest_suffix
        wanted.append((MANIFEST_FILE, name, sealed.manifest_sha256))
        if policy.signature_suffix is not None:
            name += policy.signature_suffix
            wanted.append((SIGNATURE_FILE, name, sealed.signature_sha256))
    if policy.trigger_suffix is not None:
        wanted.append((TRIGGER_FILE, sealed.name + policy.trigger_suffix, _NOTHING))
    return [_verified(folder / local, remote, sha256, delivery) for local, remote, sha256 in wanted]


def sealed_of(delivery: Delivery) -> Sealed:
    """The seal of a delivery that must have one."""
    if delivery.sealed is None:
        raise ValueError(f"{delivery.delivery_id} is not sealed")
    return delivery.sealed


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _verified(path: Path, remote_name: str, sha256: str | None, delivery: Delivery) -> WireFile:
    try:
        found, size = sha256_of(path), path.stat().st_size
    except FileNotFoundError:
        raise _not_ours(path, "is gone from", delivery) from None
    if sha256 is None or found != sha256:
        raise _not_ours(path, "is no longer the one that was sealed, in", delivery)
    return WireFile(path, remote_name, size, found)


def _not_ours(path: Path, what: str, delivery: Delivery) -> OutboxLost:
    return OutboxLost(
        f"{delivery.delivery_id}: {path.name} {what} {path.parent}; nothing was sent; restore "
        "this folder from the backup"
    )
