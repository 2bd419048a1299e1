"""The outbox: a folder for each delivery, with its file, its manifest and the rows that it says."""

from __future__ import annotations

import hashlib
from pathlib import Path

from exchange.home import replacing
from exchange.site import Site
from exporters.manifest import build_manifest
from exporters.writer import WrittenFile
from interfaces.model import Interface
from ledger.delivery import Delivery

ROWS_FILE = "rows.parquet"
MANIFEST_FILE = "manifest.json"


def outbox_folder(site: Site, delivery: Delivery) -> Path:
    """Where a delivery's file, manifest and rows lie."""
    return site.home.outbox(delivery.partner, delivery.interface, delivery.sequence)


def write_manifest(
    folder: Path,
    written: WrittenFile,
    interface: Interface,
    delivery: Delivery,
    superseded: Delivery | None = None,
) -> str:
    """Write the manifest beside the file; returns its SHA-256 in hex."""
    replaces = superseded.content.file_id if superseded and superseded.content else None
    data = build_manifest(
        written,
        interface,
        name=written.path.name,
        business_date=delivery.business_date,
        sequence=delivery.sequence,
        supersedes=replaces,
    ).to_bytes()
    with replacing(folder / MANIFEST_FILE) as temporary:
        temporary.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
