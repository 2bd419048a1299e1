"""Where faults happen: a real OpenSSH server, key rings, and installations that stand just before
a delivery or before the taking in of a return. Each case gets a copy of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.outbound.outbox import FACTS_FILE, outbox_folder
from exchange.outbound.sealing import seal_delivery
from exchange.sealing.rings import RINGS_VARIABLE
from exporters.manifest import Manifest
from interfaces.policies import Client
from ledger.deliveries import find, plan_delivery, record_content
from ledger.delivery import Delivery, DeliveryContent
from simulation.population import generate
from tests.keyrings import Owner, owners
from tests.night.stage import DAY, FOLDERS, PARTNER, Stage, make_partner
from tests.openssh import HOST, Sshd, running_sshd

FEED = "counter_feed_s39"
DELIVERY = f"{PARTNER}.{FEED}.000001"
NAME = f"S39_{DAY:%Y%m%d}_000001.TXT"
SMALL, LARGE = 200_000, 3_000_000  # bytes of a feed; the large one is worth resuming
CONNECTION = f"PRAKAN_SFTP_{PARTNER.upper()}"
PLACES = (*FOLDERS, "aside", "taken")
HOUR = timedelta(hours=1)
#: What our own signing key, which every installation of the tests has, gives a partner.
AGENCY_SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()

_PROVEN = 'manifest_suffix = ".manifest.json"\nsignature_suffix = ".sig"\n'
_SEALED = '[seal]\noutbound = "openpgp"\n{inbound}keys = [{agency}, {partner}]\n'
_WRAPPED = f"[collect]\n{_PROVEN}" + _SEALED.replace("{inbound}", 'inbound = "openpgp"\n')


@dataclass(frozen=True)
class Policy:
    """A partner's declaration after its folders, how long the feed is, and how far it is."""

    text: str
    size: int = SMALL
    is_sealed: bool = False  # the case begins with a sealed delivery, not with a built one
    takes: bool = False

    @property
    def seals_anew(self) -> bool:
        """Whether each case seals for itself, and so sends other bytes than any other."""
        return "outbound" in self.text and not self.is_sealed

    @property
    def renames(self) -> bool:
        """Whether files are written under another name first."""
        return "rename = false" not in self.text


POLICIES: Mapping[str, Policy] = {
    "rename": Policy(f"[publish]\n{_PROVEN}"),
    "rename, read back": Policy(f"[publish]\nreadback = true\n{_PROVEN}"),
    "no rename": Policy(f'[publish]\nrename = false\n{_PROVEN}trigger_suffix = ".go"\n'),
    "temporary folder": Policy(
        f'[publish]\ntemporary_folder = "{{root}}/aside"\n{_PROVEN}trigger_suffix = ".go"\n'
    ),
    "taken at once": Policy(
        f'[publish]\npickup = "takes"\nreadback = true\n{_PROVEN}trigger_suffix = ".go"\n',
        takes=True,
    ),
    "resume": Policy(f"[publish]\n{_PROVEN}", size=LARGE),
    "resume, no rename": Policy(f"[publish]\nrename = false\n{_PROVEN}", size=LARGE),
    "OpenPGP": Policy(
        f'[publish]\nreadback = true\n{_PROVEN}trigger_suffix = ".go"\n'
        + _SEALED.replace("{inbound}", ""),
        is_sealed=True,
    ),
    "OpenPGP, not yet sealed": Policy(
        f'[publish]\nreadback = true\n{_PROVEN}trigger_suffix = ".go"\n'
        + _SEALED.replace("{inbound}", ""),
    ),
    "OpenPGP, large": Policy(
        f"[publish]\n{_PROVEN}" + _SEALED.replace("{inbound}", ""), size=LARGE
    ),
    "open": Policy(f"[publish]\nreadback = true\n{_PROVEN}"),
    "wrapped": Policy(
        '[publish]\nreadback = true\nmanifest_suffix = ".manifest.json"\n'
        'signature_suffix = ".sig"\n' + _WRAPPED
    ),
}


@dataclass
class Case:
    """One copy of an installation and its partner, about to meet one fault."""

    ground: Ground
    stage: Stage
    policy: str
    partner_clock: timedelta = timedelta(0)  # what the partner's clock is off by

    @property
    def drop(self) -> Path:
        """The partner's folder for feeds."""
        return self.stage.root / "drop"

    @property
    def returns(self) -> Path:
        """The partner's folder for what it sends."""
        return self.stage.root / "returns"

    def at_port(self, port: int, server: Sshd | None = None) -> Stage:
        """The installation with the partner on another port: a bad line, another server."""
        server = server or self.ground.sshd
        address = f"sftp://{getuser()}@{HOST}:{port}"
        return (
            self.stage.with_setting(f"{CONNECTION}_URL", address)
            .with_setting(f"{CONNECTION}_KNOWN_HOSTS", str(server.known_hosts_for(port)))
            .with_setting(f"{CONNECTION}_KEY_FILE", str(server.client_key))
        )

    def delivery(self) -> Delivery:
        """The feed as the ledger knows it."""
        with self.stage.ledger() as ledger:
            found = find(ledger, DELIVERY)
        assert found is not None
        return found

    def seen(self) -> dict[str, str]:
        """SHA-256 of all that lies at the partner, by path, hidden files included."""
        return self.stage.at_partner(*PLACES)

    def understood(self) -> dict[str, str]:
        """The same with what differs from one sealing to the next opened and compared."""
        return {name: self._meaning(self.stage.root / name) for name in self.seen()}

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.stage.folder)
        shutil.rmtree(self.stage.root)

    def _meaning(self, path: Path) -> str:
        data = path.read_bytes()
        if path.parent.name == "done" or path.parent.name == "returns":
            return hashlib.sha256(data).hexdigest()
        if path.name.endswith(".pgp"):
            return hashlib.sha256(self._opened(path)).hexdigest()
        if path.name.endswith(".pgp.manifest.json"):
            said = json.loads(data)
            sealed = path.with_name(path.name.removesuffix(".manifest.json")).read_bytes()
            envelope = said.pop("envelope")
            found = (len(sealed), hashlib.sha256(sealed).hexdigest())
            assert (envelope["size"], envelope["sha256"]) == found
            return json.dumps(said, sort_keys=True)
        if path.name.endswith(".manifest.json.sig"):
            AGENCY_SIGNING.verify(data, path.with_name(path.name.removesuffix(".sig")).read_bytes())
            return "a good signature"
        return hashlib.sha256(data).hexdigest()

    def _opened(self, path: Path) -> bytes:
        """By the partner's own gpg, at the time by its own clock."""
        now: tuple[str, ...] = ()
        if self.partner_clock:
            moment = datetime.now(UTC) + self.partner_clock
            now = ("--faked-system-time", f"{moment:%Y%m%dT%H%M%S}")
        status = path.with_suffix(".status")
        told = ("--status-file", status)
        try:
            data = self.ground.partner.gpg(*now, *told, "--decrypt", path)
            assert f"VALIDSIG {self.ground.agency_key}" in status.read_text()
        finally:
            status.unlink(missing_ok=True)
        return data


@dataclass
class Undisturbed:
    """Where a delivery without any fault ends."""

    seen: dict[str, str]
    understood: dict[str, str]
    digest: str
    status: int
    balances: dict[str, int] = field(default_factory=dict)


@dataclass
class Ground:
    """The server, the keys, and the bases from which cases are copied."""

    folder: Path
    sshd: Sshd
    agency: Owner
    behind: Owner  # our ring before the partner's key was prolonged
    partner: Owner
    agency_key: str
    partner_key: str
    signing: Ed25519PrivateKey  # the partner's, for manifests
    bases: dict[str, Stage] = field(default_factory=dict)
    undisturbed: dict[str, Undisturbed] = field(default_factory=dict)

    def case(self, policy: str, *, inbound: bool = False, client: Client = Client.PARAMIKO) -> Case:
        """A fresh copy of the installation of that policy."""
        key = "evening" if inbound else policy
        if key not in self.bases:
            self.bases[key] = self._evening() if inbound else self._outgoing(policy)
        base = self.bases[key]
        stage = self._stage(policy, client)
        shutil.copytree(base.home.root, stage.home.root)
        shutil.copytree(base.root, stage.root, dirs_exist_ok=True)
        return Case(self, stage, policy)

    def rings(self, owner: Owner) -> Path:
        """The folder of key rings in which that one is the partner's."""
        folder = self.folder / f"rings-{owner.home.name}"
        if not folder.exists():
            folder.mkdir()
            (folder / PARTNER).symlink_to(owner.home)
        return folder

    def _stage(self, policy: str, client: Client = Client.PARAMIKO) -> Stage:
        folder = self.folder / uuid4().hex
        root = self.sshd.root / folder.name
        make_partner(root)
        for name in ("aside", "taken"):
            (root / name).mkdir()
        partners = folder / "partners"
        partners.mkdir(parents=True)
        keys = {
            "agency": _key("agency", self.agency_key),
            "partner": _key("partner", self.partner_key),
            "root": str(root),
        }
        public = base64.b64encode(self.signing.public_key().public_bytes_raw()).decode()
        text = POLICIES[policy].text
        for name, value in keys.items():
            text = text.replace(f"{{{name}}}", value)
        if "inbound" in text:
            text += f'manifest_keys = [{{ public = "{public}", from = 2026-01-01 }}]\n'
        (partners / f"{PARTNER}.toml").write_text(
            f'name = "{PARTNER}"\ntitle = "Counters"\ntitle_th = "เคาน์เตอร์"\n'
            f'connection = "{PARTNER}"\nclient = "{client}"\n[directories]\ndrop = "{root}/drop"\n'
            f'returns = "{root}/returns"\nacknowledgements = "{root}/acks"\n{text}'
        )
        return Stage(
            folder=folder,
            root=root,
            environment={
                "PRAKAN_HOME": str(folder / "home"),
                RINGS_VARIABLE: str(self.rings(self.agency)),
                f"{CONNECTION}_URL": f"sftp://{getuser()}@{HOST}:{self.sshd.port}",
                f"{CONNECTION}_KEY_FILE": str(self.sshd.client_key),
                f"{CONNECTION}_KNOWN_HOSTS": str(self.sshd.known_hosts_for()),
            },
            partners=partners,
        )

    def _outgoing(self, policy: str) -> Stage:
        """A feed is built, and sealed where the policy says so."""
        stage = self._stage(policy)
        declared = POLICIES[policy]
        site = stage.site()
        delivery = plan_delivery(
            site.ledger,
            partner=PARTNER,
            interface=FEED,
            version=1,
            business_date=DAY,
            recorded_at=site.clock(),
        )
        content = (bytes(range(241)) * (declared.size // 241 + 1))[: declared.size]
        digest = hashlib.sha256(content).hexdigest()
        folder = outbox_folder(site, delivery)
        folder.mkdir(parents=True)
        (folder / NAME).write_bytes(content)
        facts = Manifest(
            name=NAME,
            size=len(content),
            sha256=digest,
            records=3,
            details=1,
            controls={},
            interface=FEED,
            version=1,
            partner=PARTNER,
            business_date=str(DAY),
            sequence=1,
            supersedes=None,
        )
        (folder / FACTS_FILE).write_bytes(facts.to_bytes())
        made = DeliveryContent(name=NAME, file_id=digest, size_bytes=len(content))
        delivery = record_content(site.ledger, delivery.delivery_id, made, recorded_at=site.clock())
        if declared.is_sealed:
            seal_delivery(site, delivery)
        site.ledger.dispose()
        return stage

    def _evening(self) -> Stage:
        """The feeds are delivered and the partner has closed its evening."""
        country = self.folder / "country"
        generate(
            persons=300,
            employers=10,
            filings=2,
            seed=7,
            business_date=DAY,
            out=country,
            faults=False,
        )
        stage = self._stage("open")
        stage.receive_country(country)
        assert stage.night().status == 0
        stage.evening()
        return stage


def _key(owner: str, fingerprint: str) -> str:
    return f'{{ owner = "{owner}", fingerprint = "{fingerprint}", from = 2026-01-01 }}'


@contextmanager
def fault_ground(folder: Path) -> Iterator[Ground]:
    """Everything that the cases share, for as long as they last."""
    with ExitStack() as stack:
        sshd = stack.enter_context(running_sshd(folder / "state", folder / "root"))
        agency, behind, partner = stack.enter_context(owners("", "", ""))
        ours = agency.new_key("agency", at="20200101T000000")
        # Two years long, made six years ago: it had to be prolonged.
        theirs = partner.new_key("counter", expires="2y", at="20200101T000000")
        partner.give(agency, "counter")
        agency.give(partner, "agency")
        _copy(agency, behind)
        _prolong(partner, theirs)
        partner.give(agency, "counter")
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
        yield Ground(
            folder=folder,
            sshd=sshd,
            agency=agency,
            behind=behind,
            partner=partner,
            agency_key=ours,
            partner_key=theirs,
            signing=Ed25519PrivateKey.generate(),
        )


def _prolong(owner: Owner, fingerprint: str) -> None:
    """The key and its parts have no end any more."""
    listed = owner.gpg("--with-colons", "--list-keys", fingerprint).decode().splitlines()
    found = [line.split(":")[9] for line in listed if line.startswith("fpr")]
    owner.gpg("--quick-set-expire", fingerprint, "0")
    owner.gpg("--quick-set-expire", fingerprint, "0", *found[1:])


def _copy(source: Owner, target: Owner) -> None:
    for name in ("pubring.kbx", "trustdb.gpg"):
        shutil.copyfile(source.home / name, target.home / name)
    shutil.copytree(source.home / "private-keys-v1.d", target.home / "private-keys-v1.d")


@contextmanager
def temporary_ground() -> Iterator[Ground]:
    """The same in a folder that goes away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        with fault_ground(folder) as ground:
            yield ground
    finally:
        shutil.rmtree(folder, ignore_errors=True)
