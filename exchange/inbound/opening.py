"""From what a partner sent to the file that it means: the seal opened, the manifest compared.

Everything is landed first, byte for byte: the received file, its manifest and its signature.
What comes out of a seal is landed too, under its own hash, which is the file's identity: the
same payments sealed twice are one file. A file whose seal cannot be opened is its sealed bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exchange.home import new_temporary
from exchange.inbound.complaints import Complaint
from exchange.inbound.landed import landed_path
from exchange.inbound.landing import Landed, keep_as_landed, land, landing_folder
from exchange.inbound.manifests import contradictions, read_manifest
from exchange.remote.fetch import companion_names
from exchange.remote.names import printable
from exchange.sealing.errors import SealCode, SealError
from exchange.sealing.openpgp import OpenedSeal, open_file
from exchange.site import Site
from exporters.manifest import Manifest
from interfaces.errors import OutsideFailure
from interfaces.model import Interface
from interfaces.names import NameParts
from interfaces.partners import Partner
from interfaces.policies import KeyOwner, SealKind


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What was received of one file, all of it landed: the file as it travelled, and the
    manifest and signature that came with it."""

    received: Landed
    manifest: Landed | None = None
    signature: Landed | None = None

    def as_detail(self) -> dict[str, object]:
        """What the ledger keeps of it, so that the file can be opened again from its bytes."""
        return {
            "came_as": printable(self.received.name, cut=False),
            "received": self.received.file_id,
            "manifest": self.manifest.file_id if self.manifest else None,
            "signature": self.signature.file_id if self.signature else None,
        }


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A file as it is to be read. ``name`` is its own, without what a seal adds.

    ``complaints`` keep it from being read; ``signer`` is the fingerprint that sealed it,
    ``manifest_signer`` the public key (hex) of its manifest; None where there is none.
    """

    content: Landed
    name: str
    wrapping: Wrapping | None = None
    opened: bool = False
    manifest: Manifest | None = None
    complaints: tuple[Complaint, ...] = ()
    signer: str | None = None
    manifest_signer: str | None = None


def is_wrapped(partner: Partner | None) -> bool:
    """Whether files of this sender come sealed or with a manifest."""
    return partner is not None and (
        partner.seal.inbound is not SealKind.NONE or partner.collect.manifest_suffix is not None
    )


def plain_name(partner: Partner, name: str) -> str:
    """A file's own name, from that under which it travels."""
    if partner.seal.inbound is SealKind.NONE:
        return name
    return name.removesuffix(partner.seal.suffix)


def land_wrapped(site: Site, partner: Partner, path: Path) -> Wrapping:
    """Land a file and what belongs to it and lies beside it under its name."""
    received = land(path, site.home)
    beside = [path.with_name(name) for name in companion_names(path.name, partner.collect)]
    landed = [land(one, site.home) if one.is_file() else None for one in beside]
    return Wrapping(received, *landed)


def landed_before(site: Site, detail: Mapping[str, object]) -> Wrapping | None:
    """The wrapping that an event of the ledger tells of, None when it tells of none.

    OutsideFailure when what was landed then is gone.
    """
    name = detail.get("came_as")
    if not isinstance(name, str):
        return None

    def again(key: str, kept_name: str) -> Landed | None:
        file_id = detail.get(key)
        if not isinstance(file_id, str):
            return None
        path = landed_path(site, file_id)
        if not path.is_file():
            raise OutsideFailure(
                f"{path} is gone, which came with {name}; restore the landing folder from the "
                "backup, then run again"
            )
        return Landed(file_id, kept_name, path, path.stat().st_size)

    received = again("received", name)
    if received is None:
        return None
    return Wrapping(received, again("manifest", name), again("signature", name))


def unwrap(
    site: Site,
    partner: Partner,
    wrapping: Wrapping,
    interface: Interface,
    parts: NameParts,
    days: Sequence[date],
    *,
    inside: Landed | None = None,
) -> Unwrapped:
    """Open and compare. Keys count that are in force on all of the business dates ``days``: that
    of the file, which is the sender's word, and that on which it came.

    ``inside`` is what was in the seal, if it was opened before: that is not done again. Faults
    of the file are complaints; KeyTrouble, GpgTrouble and OutsideFailure speak of us.
    """
    name = plain_name(partner, wrapping.received.name)
    content, signer = inside or wrapping.received, None
    sealed = inside is not None or partner.seal.inbound is SealKind.OPENPGP
    if sealed and inside is None:
        try:
            content, signer = _open(site, partner, wrapping.received, name, days)
        except SealError as error:
            said = f"why={printable(str(error), cut=False).replace(' ', '_')}"
            wrong = Complaint(error.code.value, said)
            return Unwrapped(content, wrapping.received.name, wrapping, complaints=(wrong,))
    opened = Unwrapped(content, name, wrapping, opened=sealed, signer=signer)
    if partner.collect.manifest_suffix is None:
        return opened
    manifest, manifest_signer, fault = read_manifest(
        partner, wrapping.manifest, wrapping.signature, days
    )
    complaints = [fault] if fault is not None else []
    if manifest is not None:
        complaints += contradictions(
            manifest,
            name=name,
            content=content,
            sealed=wrapping.received if sealed else None,
            partner=partner,
            interface=interface,
            parts=parts,
        )
    return Unwrapped(
        content,
        name,
        wrapping,
        opened=sealed,
        manifest=manifest,
        complaints=tuple(complaints),
        signer=signer,
        manifest_signer=manifest_signer,
    )


def _open(
    site: Site, partner: Partner, received: Landed, name: str, days: Sequence[date]
) -> tuple[Landed, str]:
    """What is in the seal, landed, and who signed it."""
    if not received.name.endswith(partner.seal.suffix):
        raise SealError(SealCode.MISSING, f"{received.name} does not end in {partner.seal.suffix}")
    target = new_temporary(landing_folder(site.home))
    try:
        opened: OpenedSeal = open_file(
            received.path,
            target,
            ring=site.ring(partner),
            signers=partner.seal.fingerprints(KeyOwner.PARTNER, *days),
            largest=partner.collect.largest,
        )
        kept = keep_as_landed(target, site.home, sha256=opened.sha256, name=name, size=opened.size)
    finally:
        target.unlink(missing_ok=True)
    return kept, opened.signer
