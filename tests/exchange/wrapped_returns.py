"""Return files as a partner sends them: sealed with plain gpg, with manifest and signature."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.inbound.arrivals import receive_paths
from exchange.inbound.receive import Received
from exchange.site import Site
from interfaces.policies import (
    CollectPolicy,
    KeyOwner,
    ManifestKey,
    OpenPgpKey,
    SealKind,
    SealPolicy,
)
from ledger.files import FileStanding, find
from tests.keyrings import Owner, owners

__all__ = ["Sender", "owners"]

DAY = date(2026, 11, 20)
PARTNER = "counter_service"
NAME = "CSPAY_20261120_000001.TXT"
RETURN = (
    Path(__file__).resolve().parents[2] / "sample_files" / "counter_return" / "good" / NAME
).read_bytes()
MANIFEST, SIGNATURE = ".manifest.json", ".sig"
COLLECT = CollectPolicy(manifest_suffix=MANIFEST, signature_suffix=SIGNATURE)


@dataclass(frozen=True)
class Sender:
    """The partner's side: its OpenPGP keys and its key for manifests."""

    agency: Owner
    partner: Owner
    agency_key: str
    partner_keys: tuple[str, str]
    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def policy(self, kind: SealKind = SealKind.OPENPGP) -> SealPolicy:
        """The first key of the partner is in force, the second from the next day on."""
        later = DAY + timedelta(days=1)
        return SealPolicy(
            inbound=kind,
            keys=(
                OpenPgpKey(KeyOwner.AGENCY, self.agency_key, date(2026, 1, 1), None),
                OpenPgpKey(KeyOwner.PARTNER, self.partner_keys[0], date(2026, 1, 1), None),
                OpenPgpKey(KeyOwner.PARTNER, self.partner_keys[1], later, None),
            ),
            manifest_keys=(
                ManifestKey(self.signing.public_key().public_bytes_raw(), date(2026, 1, 1), None),
            ),
        )

    def seal(self, data: bytes = RETURN, *, signer: int | None = 0) -> bytes:
        """Sealed for the agency, signed by one of the partner's keys or by none."""
        key = None if signer is None else self.partner_keys[signer]
        return self.partner.seal(data, signer=key, to=[self.agency_key])

    def sign(self, data: bytes) -> bytes:
        """Signature of a manifest."""
        return self.signing.sign(data)


def declared(site: Site, **changes: object) -> Site:
    """The site with another declaration of the partner."""
    partner = replace(site.partners[PARTNER], **changes)  # type: ignore[arg-type]
    return replace(site, partners={PARTNER: partner})


def manifest_of(
    data: bytes, *, name: str = NAME, sealed: bytes | None = None, **changes: object
) -> bytes:
    """A true manifest of a return file, as a partner's own program writes it."""
    lines = data.splitlines()
    content: dict[str, object] = {
        "name": name,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "records": len(lines),
        "details": len(lines) - 2,
        "controls": _totals(lines[-1]),
        "interface": "counter_return",
        "version": 1,
        "partner": PARTNER,
        "business_date": "2026-11-20",
        "sequence": int(name[-10:-4]),
        "supersedes": None,
    }
    if sealed is not None:
        content["envelope"] = {
            "name": name + ".pgp",
            "size": len(sealed),
            "sha256": hashlib.sha256(sealed).hexdigest(),
            "kind": "openpgp",
        }
    return json.dumps(content | changes).encode()


def _totals(trailer: bytes) -> dict[str, str]:
    """The control fields of a trailer, as the copybook places them."""
    text = trailer.decode("cp874")
    return {
        "SEQUENCE-NUMBER": str(int(text[1:7])),
        "TOTAL-DEBIT-AMOUNT": f"{int(text[20:33]) / 100:.2f}",
        "TOTAL-DEBIT-COUNT": str(int(text[33:39])),
        "TOTAL-CREDIT-AMOUNT": f"{int(text[39:52]) / 100:.2f}",
        "TOTAL-CREDIT-COUNT": str(int(text[52:58])),
    }


def drop(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder; their paths."""
    folder.mkdir(exist_ok=True, parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def receive_one(site: Site, folder: Path, name: str, files: Mapping[str, bytes]) -> Received:
    """Receive the file ``name`` with whatever lies beside it."""
    drop(folder, files)
    (received,) = receive_paths(site, DAY, [folder / name], partner=PARTNER)
    return received


def findings_of(site: Site, file_id: str) -> list[tuple[str, str | None, str]]:
    """Code, field and statement of each finding of a file."""
    standing = find(site.ledger, file_id)
    assert standing is not None
    assert standing.result is not None
    assert standing.result.findings_uri is not None
    table = pq.read_table(site.home.root / standing.result.findings_uri)
    mine = table.filter(pa.compute.equal(table["file_id"], file_id))
    rows = zip(*(mine[key].to_pylist() for key in ("code", "field", "raw")), strict=True)
    return [(code, about, (raw or b"").decode("utf-8", "replace")) for code, about, raw in rows]


def codes_of(site: Site, file_id: str) -> list[str]:
    """Codes of a file's findings, in order."""
    return [code for code, _, _ in findings_of(site, file_id)]


def standing_of(site: Site, file_id: str) -> FileStanding:
    """A file that the ledger knows."""
    standing = find(site.ledger, file_id)
    assert standing is not None
    return standing


def landed(site: Site) -> set[str]:
    """Hashes of everything landed; nothing but hashes lies there."""
    return {path.name for path in (site.home.root / "landing").rglob("*") if path.is_file()}
