"""An installation with one partner of a declared policy, and feeds that are built for it by hand.

The partner's server is a real OpenSSH; what the partner itself does with its drop is played.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path

from exchange.locks import exclusive
from exchange.outbound.deliver import Delivered, seal_and_deliver
from exchange.outbound.outbox import FACTS_FILE, outbox_folder
from exchange.sealing.manifest_signature import KEY_VARIABLE
from exchange.site import Site, open_site
from exporters.manifest import Manifest
from ledger.acknowledgements import AcknowledgementResult
from ledger.deliveries import find, plan_delivery, record_content
from ledger.delivery import Delivery, DeliveryContent
from ledger.landing import Direction, FileRecord, record_landed
from ledger.receipts import Receipt, record_receipt
from simulation.signing_key import make_signing_key
from tests.openssh import HOST, Sshd

PARTNER = "post_office"
FEED = "post_feed"
DAY = date(2026, 11, 20)
CONTENT = bytes(range(241)) * 10_000  # 2.4 MB: worth resuming

LEAVES = 'readback = true\nmanifest_suffix = ".manifest.json"\nsignature_suffix = ".sig"\n'
POLICIES = {
    "leaves": LEAVES,
    "plain": "",
    "takes": 'pickup = "takes"\n' + LEAVES + 'trigger_suffix = ".go"\n',
    "takes_at_once": 'pickup = "takes"\n',
    "in_place": 'rename = false\nmanifest_suffix = ".manifest.json"\n',
    "in_place_takes": 'rename = false\npickup = "takes"\ntrigger_suffix = ".go"\n',
    "aside": 'temporary_folder = "{root}/aside"\nreadback = true\ntrigger_suffix = ".go"\n',
}


@dataclass(frozen=True)
class Outgoing:
    """The installation's environment and the folders of its partner."""

    folder: Path
    root: Path
    environment: dict[str, str]

    @property
    def drop(self) -> Path:
        """Where the partner gets its feeds."""
        return self.root / "drop"

    @property
    def taken(self) -> Path:
        """Where the partner that takes files away puts them."""
        return self.root / "taken"

    def open(self) -> Site:
        """The installation; the caller disposes of its ledger."""
        return open_site(self.environment, clock=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))

    def names(self) -> list[str]:
        """What stands in the drop, hidden and temporary files included."""
        return sorted(path.name for path in self.drop.iterdir())

    def take(self) -> None:
        """The partner takes a complete set of files away, as often as there is one."""
        policy = self.environment["POLICY"]
        if "takes" not in policy:
            return
        last = ".go" if ".go" in POLICIES[policy] else ".TXT"
        complete = [
            path
            for path in sorted(self.drop.iterdir())
            if path.suffix == last and not path.name.startswith(".")
        ]
        for path in complete:
            stem = path.name.removesuffix(".go")
            for each in sorted(self.drop.glob(f"{stem}*")):
                number = sum(1 for _ in self.taken.iterdir())
                each.rename(self.taken / f"{number:03d} {each.name}")


def outgoing(server: Sshd, folder: Path, root: Path, policy: str, **settings: str) -> Outgoing:
    """An installation in ``folder`` with a partner of that policy below ``root``."""
    for name in ("drop", "acks", "aside", "taken"):
        (root / name).mkdir(parents=True)
    declared = folder / "declared" / "partners"
    declared.mkdir(parents=True)
    (declared / f"{PARTNER}.toml").write_text(
        f'name = "{PARTNER}"\ntitle = "Post"\ntitle_th = "ไปรษณีย์"\nconnection = "{PARTNER}"\n'
        f'[directories]\ndrop = "{root}/drop"\nacknowledgements = "{root}/acks"\n'
        "[publish]\n" + POLICIES[policy].replace("{root}", str(root))
    )
    prefix = f"PRAKAN_SFTP_{PARTNER.upper()}"
    environment = {
        "PRAKAN_HOME": str(folder / "home"),
        "PRAKAN_INTERFACES": str(folder / "declared"),
        KEY_VARIABLE: str(make_signing_key(folder, raw=bytes(range(32)))),
        f"{prefix}_URL": f"sftp://{getuser()}@{HOST}:{server.port}",
        f"{prefix}_KEY_FILE": str(server.client_key),
        f"{prefix}_KNOWN_HOSTS": str(server.known_hosts_for()),
        "POLICY": policy,
    }
    return Outgoing(folder, root, environment | settings)


def built(
    site: Site, content: bytes = CONTENT, *, day: date = DAY, supersedes: str | None = None
) -> Delivery:
    """A feed of that content, planned and built; given back as it stands when it was before."""
    delivery = plan_delivery(
        site.ledger,
        partner=PARTNER,
        interface=FEED,
        version=1,
        business_date=day,
        supersedes=supersedes,
        recorded_at=site.clock(),
    )
    if delivery.content is not None:
        return delivery
    folder = outbox_folder(site, delivery)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"POST_{day:%Y%m%d}_{delivery.sequence:06d}.TXT"
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    facts = Manifest(
        name=name,
        size=len(content),
        sha256=digest,
        records=3,
        details=1,
        controls={},
        interface=FEED,
        version=1,
        partner=PARTNER,
        business_date=str(day),
        sequence=delivery.sequence,
        supersedes=None,
    )
    (folder / FACTS_FILE).write_bytes(facts.to_bytes())
    return record_content(
        site.ledger,
        delivery.delivery_id,
        DeliveryContent(name=name, file_id=digest, size_bytes=len(content)),
        recorded_at=site.clock(),
    )


def sent(site: Site, delivery: Delivery) -> Delivered:
    """Bring it to its partner, as publishing does."""
    with exclusive(site, delivery.delivery_id):
        current = find(site.ledger, delivery.delivery_id) or delivery
        drop = site.partner(PARTNER).directories.drop
        return seal_and_deliver(site, current, drop)


def receipt_of(site: Site, delivery: Delivery, result: AcknowledgementResult) -> Delivery:
    """The partner says what it made of the file; the delivery as it then is."""
    data = f"receipt for {delivery.delivery_id}".encode()
    record = FileRecord(
        file_id=hashlib.sha256(data).hexdigest(),
        interface=None,
        version=None,
        direction=Direction.INBOUND,
        partner=PARTNER,
        business_date=DAY,
        name="RECEIPT.TXT",
        size_bytes=len(data),
    )
    record_landed(site.ledger, [record], recorded_at=site.clock())
    receipt = Receipt(record.file_id, 2, delivery.delivery_id, result)
    return record_receipt(site.ledger, receipt, recorded_at=site.clock())


def manifest_of(site: Site, delivery: Delivery) -> dict[str, object]:
    """What its manifest says."""
    data: dict[str, object] = json.loads(
        (outbox_folder(site, delivery) / "manifest.json").read_bytes()
    )
    return data
