"""The test file: a feed of nobody, sealed, described and published as a real one would be.

Its name begins with ``TEST-`` and its sequence number is 0: no feed has either. The ledger does
not know it.
"""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from exchange.onboarding.checks import NotWanted
from exchange.onboarding.keys import fingerprints_in_force
from exchange.outbound.outbox import sha256_of
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import publish_file
from exchange.sealing.manifest_signature import sign
from exchange.sealing.openpgp import seal_file
from exchange.site import Site
from exporters.manifest import Envelope, build_manifest
from exporters.writer import FileWriter
from insurance.payable import feed_validity
from interfaces.model import Interface, Kind
from interfaces.names import make_name
from interfaces.partners import Partner
from interfaces.policies import KeyOwner, SealKind

PREFIX = "TEST-"
NO_SEQUENCE = 0


def send_test_file(
    site: Site,
    partner: Partner,
    client: SftpClient,
    on: date,
    moved: Callable[[str, str], None],
    *,
    leave: bool,
) -> str:
    """Publish the test file with its companions; they are removed again unless ``leave``.

    ``moved`` hears of each movement (its kind and the path at the partner).
    """
    drop = partner.directories.drop
    interface = _feed(site, partner, on)
    with tempfile.TemporaryDirectory(prefix="prakan-") as name:
        files = _make(site, partner, interface, on, Path(name))
        for local in files:
            publish_file(
                client,
                local,
                drop,
                local.name,
                expected_sha256=sha256_of(local),
                policy=partner.publish,
            )
            moved("uploaded", posixpath.join(drop, local.name))
    names = ", ".join(local.name for local in files)
    if leave:
        return f"{names} in {drop}: have the partner read them"
    for local in reversed(files):
        client.remove(posixpath.join(drop, local.name))
        moved("removed", posixpath.join(drop, local.name))
    return f"{names}: published and removed again (--leave leaves them for the partner)"


def _feed(site: Site, partner: Partner, on: date) -> Interface:
    for interface in site.registry.of_kind(Kind.FEED, on=on):
        if interface.partner == partner.name:
            return interface
    raise NotWanted(f"no feed in force on {on} goes to this partner")


def _make(site: Site, partner: Partner, interface: Interface, on: date, folder: Path) -> list[Path]:
    """The file, and its companions as the policy has them, in the order of publishing."""
    plain = folder / (PREFIX + make_name(interface.file, on, NO_SEQUENCE))
    validity = feed_validity(on, site.calendar)
    context: dict[str, object] = {
        "interface": interface.name,
        "version": interface.version,
        "partner": partner.name,
        "business_date": on,
        "sequence": NO_SEQUENCE,
        "valid_from": validity.first,
        "valid_until": validity.last,
    }
    with FileWriter(plain, interface, context) as writer:
        written = writer.close()
    sealed, envelope = plain, None
    if partner.seal.outbound is not SealKind.NONE:
        sealed = plain.with_name(plain.name + partner.seal.suffix)
        ours = fingerprints_in_force(partner, KeyOwner.AGENCY, on)
        theirs = fingerprints_in_force(partner, KeyOwner.PARTNER, on)
        closed = seal_file(
            plain, sealed, ring=site.ring(partner), signer=ours[0], recipients=theirs[:1]
        )
        envelope = Envelope(sealed.name, closed.size, closed.sha256, partner.seal.outbound.value)
    manifest = build_manifest(
        written, interface, name=plain.name, business_date=on, sequence=NO_SEQUENCE
    )
    data = replace(manifest, envelope=envelope).to_bytes()
    policy = partner.publish
    companions: list[tuple[str, bytes]] = []
    if policy.manifest_suffix is not None:
        name = sealed.name + policy.manifest_suffix
        companions.append((name, data))
        if policy.signature_suffix is not None:
            companions.append((name + policy.signature_suffix, sign(data, site.signing_key())))
    if policy.trigger_suffix is not None:
        companions.append((sealed.name + policy.trigger_suffix, b""))
    for name, content in companions:
        (folder / name).write_bytes(content)
    return [sealed, *(folder / name for name, _ in companions)]
