"""Steps that need no server: declarations, credentials, the signing key, the seal."""

from __future__ import annotations

import base64
import tempfile
from datetime import date
from pathlib import Path

from exchange.onboarding.checks import NotWanted
from exchange.sealing.manifest_signature import sign, verify
from exchange.sealing.openpgp import open_file, seal_file
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.partners import Partner
from interfaces.policies import KeyOwner, SealKind

_SAMPLE = b"A line for the round trip.\r\n" * 1000


def declared(site: Site, partner: Partner, on: date) -> str:
    """The interfaces in force between us and the partner; WrongUse when there are none."""
    interfaces = [
        interface
        for interface in site.registry.all()
        if interface.partner == partner.name
        and interface.valid_from <= on
        and (interface.valid_until is None or on <= interface.valid_until)
    ]
    if not interfaces:
        raise WrongUse(
            f"no interface in force on {on} names partner {partner.name!r}; declare its feed, "
            "return and acknowledgement"
        )
    return ", ".join(f"{interface.kind} {interface.id}" for interface in interfaces)


def credentials(site: Site, partner: Partner) -> str:
    """Where we log in, with what, and how many host keys are pinned."""
    endpoint = site.endpoint(partner)
    with_what = "a password" if endpoint.private_key is None else "a private key"
    pinned = len(endpoint.pinned())
    endpoint.login_key()
    return f"{endpoint} with {with_what}, {pinned} host key(s) pinned, client {partner.client}"


def manifest_signature(site: Site) -> str:
    """Our key signs and its public half verifies; that half is what the partner needs."""
    key = site.signing_key()
    if verify(_SAMPLE, sign(_SAMPLE, key), [key.public]) != 0:
        raise WrongUse("the signing key does not verify its own signature; make a new one")
    return f"Ed25519, public key {base64.b64encode(key.public).decode()}"


def seal_round_trip(site: Site, partner: Partner, on: date) -> str:
    """A file is sealed for the partner, and one sealed for ourselves is opened again.

    What was sealed for the partner only the partner can open: the test file shows that.
    """
    policy = partner.seal
    if SealKind.OPENPGP not in (policy.outbound, policy.inbound):
        raise NotWanted("nothing is sealed between us and this partner")
    ring = site.ring(partner)
    ours = fingerprints_in_force(partner, KeyOwner.AGENCY, on)
    theirs = fingerprints_in_force(partner, KeyOwner.PARTNER, on)
    with tempfile.TemporaryDirectory(prefix="prakan-") as name:
        folder = Path(name)
        plain, sealed, opened = folder / "plain", folder / "sealed", folder / "opened"
        plain.write_bytes(_SAMPLE)
        for recipient in theirs:
            seal_file(plain, sealed, ring=ring, signer=ours[0], recipients=(recipient,))
        for signer in ours:
            seal_file(plain, sealed, ring=ring, signer=signer, recipients=ours)
            open_file(sealed, opened, ring=ring, signers=(signer,), largest=len(_SAMPLE))
            if opened.read_bytes() != _SAMPLE:
                raise WrongUse(f"what {signer} sealed came back as other bytes; look at the ring")
    return f"ours {', '.join(ours)}; theirs {', '.join(theirs)}"


def fingerprints_in_force(partner: Partner, owner: KeyOwner, on: date) -> tuple[str, ...]:
    """That side's keys on a business date, the newest first; WrongUse when there is none."""
    found = partner.seal.fingerprints(owner, on)
    if not found:
        raise WrongUse(
            f"[seal] keys of {partner.name}: no key of owner {owner.value!r} in force on {on}"
        )
    return found
