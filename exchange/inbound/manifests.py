"""What a partner's manifest says of a file, held against the file itself.

Whoever signs the manifest answers for the file: for its bytes, for what it is, and for its
totals. So nothing in it is believed before its signature is, and every key is compared with what
we found out ourselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from exchange.inbound.complaints import Complaint
from exchange.inbound.landing import Landed
from exchange.remote.names import printable
from exchange.sealing.manifest_signature import verify
from exporters.manifest import Manifest, ManifestError, parse_manifest
from interfaces.model import ControlKind, Interface
from interfaces.names import NameParts
from interfaces.partners import Partner
from interfaces.policies import SealKind

MANIFEST_MISSING = "MANIFEST_MISSING"
MANIFEST_UNREADABLE = "MANIFEST_UNREADABLE"
MANIFEST_DIFFERS = "MANIFEST_DIFFERS"
MANIFEST_SIGNATURE = "MANIFEST_SIGNATURE"
LARGEST_MANIFEST = 1 << 20
LARGEST_SIGNATURE = 4 << 10
_TOTALS = (ControlKind.COUNT, ControlKind.SUM, ControlKind.HASH)
_LONGEST_VALUE = 80


def read_manifest(
    partner: Partner, manifest: Landed | None, signature: Landed | None, days: Sequence[date]
) -> tuple[Manifest | None, str | None, Complaint | None]:
    """The manifest, who signed it (public key in hex), and what is wrong with it.

    The manifest is None when it cannot be relied on; the signer where no signature is asked for.
    Keys count that are in force on all of ``days``.
    """
    if manifest is None:
        return None, None, Complaint(MANIFEST_MISSING, "manifest=none")
    if manifest.size > LARGEST_MANIFEST:
        said = f"size={manifest.size} most={LARGEST_MANIFEST}"
        return None, None, Complaint(MANIFEST_UNREADABLE, said)
    data = manifest.path.read_bytes()
    signer = None
    if partner.collect.signature_suffix is not None:
        signer, wrong = _signer(partner, data, signature, days)
        if wrong is not None:
            return None, None, Complaint(MANIFEST_SIGNATURE, wrong)
    try:
        return parse_manifest(data), signer, None
    except ManifestError as error:
        return None, signer, Complaint(MANIFEST_UNREADABLE, _statement("why", str(error)))


def _signer(
    partner: Partner, data: bytes, signature: Landed | None, days: Sequence[date]
) -> tuple[str | None, str | None]:
    if signature is None:
        return None, "signature=none"
    if signature.size > LARGEST_SIGNATURE:
        return None, f"size={signature.size} most={LARGEST_SIGNATURE}"
    keys = partner.seal.manifest_keys_on(*days)
    place = verify(data, signature.path.read_bytes(), keys)
    if place is None:
        return None, f"signature=wrong keys={len(keys)} day={days[0]}"
    return keys[place].hex(), None


def contradictions(
    manifest: Manifest,
    *,
    name: str,
    content: Landed,
    sealed: Landed | None,
    partner: Partner,
    interface: Interface,
    parts: NameParts,
) -> list[Complaint]:
    """Each key of the manifest that is not as the file is, before a record of it is read."""
    found: dict[str, tuple[object, object]] = {
        "name": (manifest.name, name),
        "size": (manifest.size, content.size),
        "sha256": (manifest.sha256, content.file_id),
        "interface": (manifest.interface, interface.name),
        "version": (manifest.version, interface.version),
        "partner": (manifest.partner, partner.name),
    }
    if parts.business_date is not None:
        found["business_date"] = (manifest.business_date, parts.business_date.isoformat())
    if parts.sequence is not None:
        found["sequence"] = (manifest.sequence, parts.sequence)
    found |= _of_envelope(manifest, sealed)
    return _differing(found)


def _of_envelope(manifest: Manifest, sealed: Landed | None) -> Mapping[str, tuple[object, object]]:
    said = manifest.envelope
    if said is None or sealed is None:
        kinds = (said.kind if said else "none", SealKind.OPENPGP.value if sealed else "none")
        return {"envelope": kinds}
    return {
        "envelope.name": (said.name, sealed.name),
        "envelope.size": (said.size, sealed.size),
        "envelope.sha256": (said.sha256, sealed.file_id),
        "envelope.kind": (said.kind, SealKind.OPENPGP.value),
    }


def wrong_totals(
    manifest: Manifest,
    interface: Interface,
    *,
    records: int,
    details: int,
    controls: Mapping[str, str],
) -> list[Complaint]:
    """Each total of the manifest that is not what was read. ``controls`` are the control fields
    as the validation proved them; every total that the interface declares must be there. Keys
    that nobody knows are the partner's own words: the first is told as such, the others counted."""
    found: dict[str, tuple[object, object]] = {
        "records": (manifest.records, records),
        "details": (manifest.details, details),
    }
    declared = {rule.field for rule in interface.controls if rule.kind in _TOTALS}
    unknown = sorted(manifest.controls.keys() - declared - controls.keys())
    for key in sorted(declared | (manifest.controls.keys() - set(unknown))):
        said = _number(manifest.controls.get(key))
        found[f"controls.{key}"] = (said, _number(controls.get(key)))
    wrong = _differing(found)
    if unknown:
        said_key = f"{_statement('says', unknown[0])} is=none unknown={len(unknown)}"
        wrong.append(Complaint(MANIFEST_DIFFERS, said_key, "controls"))
    return wrong


def _number(text: str | None) -> Decimal | str | None:
    """A total as a number, so that 10.5 is 10.50; text that is none (NaN neither) as it is."""
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _differing(found: Mapping[str, tuple[object, object]]) -> list[Complaint]:
    return [
        Complaint(MANIFEST_DIFFERS, f"{_statement('says', said)} {_statement('is', is_)}", key)
        for key, (said, is_) in found.items()
        if said != is_
    ]


def _statement(key: str, value: object) -> str:
    """``key=value`` in one word: values come from a partner and are shown to people."""
    text = "none" if value is None else str(value)
    return f"{key}={printable(text[:_LONGEST_VALUE]).replace(' ', '_') or 'nothing'}"
