"""A built delivery is sealed once: envelope, manifest and signature, whatever breaks off."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.outbound import sealing
from exchange.outbound.outbox import (
    MANIFEST_FILE,
    SIGNATURE_FILE,
    TRIGGER_FILE,
    outbox_folder,
    wire_files,
    write_facts,
)
from exchange.outbound.sealing import seal_delivery
from exchange.sealing.errors import KeyTrouble, SealError
from exchange.sealing.manifest_signature import KEY_VARIABLE, verify
from exchange.sealing.rings import RINGS_VARIABLE, passphrase_variable
from exchange.site import Site, open_site
from exporters.manifest import Envelope, parse_manifest
from exporters.writer import WrittenFile
from interfaces.errors import WrongUse
from interfaces.partners import Partner
from interfaces.policies import KeyOwner, OpenPgpKey, PickUp, PublishPolicy, SealKind, SealPolicy
from ledger.deliveries import find, plan_delivery, record_content, record_event
from ledger.delivery import Delivery, DeliveryContent, DeliveryState
from simulation.signing_key import give_public_key, make_signing_key
from tests.keyrings import Owner, owners

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
PARTNER = "counter_service"
FEED = "counter_feed_s39"
DATA = b"H\r\nD ....\r\nT\r\n"
ALL = PublishPolicy(
    manifest_suffix=".manifest.json",
    signature_suffix=".sig",
    trigger_suffix=".ready",
    pickup=PickUp.TAKES,
)


@dataclass(frozen=True)
class Keys:
    """Two people and the keys that they have exchanged."""

    agency: Owner
    partner: Owner
    ours: tuple[str, str]
    theirs: tuple[str, str]


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    with owners("open sesame", "") as (agency, partner):
        ours = (agency.new_key("agency1"), agency.new_key("agency2"))
        theirs = (partner.new_key("partner1"), partner.new_key("partner2"))
        agency.give(partner, "agency1", "agency2")
        partner.give(agency, "partner1", "partner2")
        yield Keys(agency, partner, ours, theirs)


@pytest.fixture
def site(tmp_path: Path, keys: Keys) -> Iterator[Site]:
    """An installation whose partner gets everything sealed, with both generations of keys."""
    rings = tmp_path / "rings"
    rings.mkdir()
    (rings / PARTNER).symlink_to(keys.agency.home)
    environment = {
        "PRAKAN_HOME": str(tmp_path / "home"),
        KEY_VARIABLE: str(make_signing_key(tmp_path)),
        RINGS_VARIABLE: str(rings),
        passphrase_variable(PARTNER): "open sesame",
    }
    policy = SealPolicy(
        outbound=SealKind.OPENPGP,
        keys=(
            OpenPgpKey(KeyOwner.AGENCY, keys.ours[0], date(2026, 1, 1), date(2026, 11, 30)),
            OpenPgpKey(KeyOwner.AGENCY, keys.ours[1], date(2026, 11, 23), None),
            OpenPgpKey(KeyOwner.PARTNER, keys.theirs[0], date(2026, 1, 1), date(2026, 12, 31)),
            OpenPgpKey(KeyOwner.PARTNER, keys.theirs[1], date(2026, 11, 25), None),
        ),
    )
    opened = open_site(environment, clock=lambda: NOW)
    yield with_policy(opened, seal=policy, publish=ALL)
    opened.ledger.dispose()


def with_policy(site: Site, **changes: object) -> Site:
    partner = replace(site.partners[PARTNER], **changes)  # type: ignore[arg-type]
    return replace(site, partners={PARTNER: partner})


def partner_of(site: Site) -> Partner:
    return site.partner(PARTNER)


def built(
    site: Site, day: date = DAY, *, data: bytes = DATA, supersedes: str | None = None
) -> Delivery:
    """A delivery whose file lies in the outbox as a build leaves it."""
    interface = site.registry.get(FEED, on=day)
    delivery = plan_delivery(
        site.ledger,
        partner=PARTNER,
        interface=FEED,
        version=interface.version,
        business_date=day,
        supersedes=supersedes,
        recorded_at=NOW,
    )
    folder = outbox_folder(site, delivery)
    folder.mkdir(parents=True)
    path = folder / f"S39_{delivery.sequence}.TXT"
    data += str(delivery.sequence).encode()
    path.write_bytes(data)
    written = WrittenFile(path, hashlib.sha256(data).hexdigest(), len(data), 3, 1, {"COUNT": "1"})
    write_facts(folder, written, interface, delivery)
    content = DeliveryContent(path.name, written.sha256, len(data))
    return record_content(site.ledger, delivery.delivery_id, content, recorded_at=NOW)


def arrive(site: Site, delivery: Delivery) -> Delivery:
    for state in (DeliveryState.SENDING, DeliveryState.DELIVERED):
        delivery = record_event(site.ledger, delivery.delivery_id, state, recorded_at=NOW)
    return delivery


def manifest_in(site: Site, delivery: Delivery) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        (outbox_folder(site, delivery) / MANIFEST_FILE).read_bytes()
    )
    return found


def test_a_sealed_delivery_and_what_goes_over_the_wire(
    site: Site, keys: Keys, tmp_path: Path
) -> None:
    delivery = seal_delivery(site, built(site))
    sealed, content = delivery.sealed, delivery.content
    assert delivery.state is DeliveryState.SEALED
    assert sealed is not None and content is not None
    assert (sealed.kind, sealed.signer, sealed.recipients) == (
        SealKind.OPENPGP,
        keys.ours[0],
        (keys.theirs[0],),
    )
    files = wire_files(site, delivery, partner_of(site))
    assert [file.remote_name for file in files] == [
        "S39_1.TXT.pgp",
        "S39_1.TXT.pgp.manifest.json",
        "S39_1.TXT.pgp.manifest.json.sig",
        "S39_1.TXT.pgp.ready",
    ]
    for file in files:
        data = file.local.read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [files[0].sha256, files[1].sha256, files[2].sha256] == [
        sealed.sha256,
        sealed.manifest_sha256,
        sealed.signature_sha256,
    ]
    assert files[3].size == 0
    manifest = parse_manifest(files[1].local.read_bytes())
    assert (manifest.name, manifest.sha256) == ("S39_1.TXT", content.file_id)
    assert manifest.envelope == Envelope(sealed.name, sealed.size_bytes, sealed.sha256, "openpgp")
    assert (manifest.supersedes, manifest.stands_in_for) == (None, ())
    assert keys.partner.gpg("--decrypt", files[0].local) == DATA + b"1"


def test_the_partner_verifies_with_openssl(site: Site, tmp_path: Path) -> None:
    delivery = seal_delivery(site, built(site))
    give_public_key(make_signing_key(tmp_path), tmp_path / "at_partner")
    folder = outbox_folder(site, delivery)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin"]
    command += ["-inkey", str(tmp_path / "at_partner" / "agency_manifest.pem")]
    command += ["-in", str(folder / MANIFEST_FILE), "-sigfile", str(folder / SIGNATURE_FILE)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        (PublishPolicy(), ["S39_1.TXT"]),
        (PublishPolicy(manifest_suffix=".json"), ["S39_1.TXT", "S39_1.TXT.json"]),
        (PublishPolicy(trigger_suffix=".go"), ["S39_1.TXT", "S39_1.TXT.go"]),
        (
            PublishPolicy(manifest_suffix=".m", signature_suffix=".s"),
            ["S39_1.TXT", "S39_1.TXT.m", "S39_1.TXT.m.s"],
        ),
    ],
)
def test_without_a_seal_the_manifest_is_signed_all_the_same(
    site: Site, policy: PublishPolicy, names: list[str]
) -> None:
    site = with_policy(site, seal=SealPolicy(), publish=policy)
    delivery = seal_delivery(site, built(site))
    assert delivery.sealed is not None and delivery.content is not None
    assert delivery.sealed.sha256 == delivery.content.file_id
    assert delivery.sealed.signer is None
    folder = outbox_folder(site, delivery)
    manifest, signature = (
        (folder / MANIFEST_FILE).read_bytes(),
        (folder / SIGNATURE_FILE).read_bytes(),
    )
    assert verify(manifest, signature, [site.signing_key().public]) == 0
    assert parse_manifest(manifest).envelope is None
    assert [f.remote_name for f in wire_files(site, delivery, partner_of(site))] == names


@pytest.mark.parametrize("kind", list(SealKind))
@pytest.mark.parametrize("steps", range(5))
def test_a_seal_that_broke_off_is_made_again(
    site: Site, kind: SealKind, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each durable write, the record in the ledger included in what did not happen."""
    site = with_policy(site, seal=replace(partner_of(site).seal, outbound=kind))
    delivery = built(site)
    left = steps

    def failing(do: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: Any, **further: Any) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError("cut")
            return do(*arguments, **further)

        return step

    with monkeypatch.context() as patch:
        for name in ("seal_file", "replacing", "record_seal"):
            patch.setattr(sealing, name, failing(getattr(sealing, name)))
        if kind is SealKind.NONE:
            left -= 1  # no file is sealed
        with pytest.raises(OSError, match="cut"):
            seal_delivery(site, delivery)
    assert state(site, delivery) is DeliveryState.BUILT
    sealed = seal_delivery(site, delivery)
    assert sealed.state is DeliveryState.SEALED
    assert len(wire_files(site, sealed, partner_of(site))) == 4


def test_an_open_delivery_has_the_same_manifest_and_signature_however_often(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = with_policy(site, seal=SealPolicy())
    delivery = built(site)
    folder = outbox_folder(site, delivery)
    made = []
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "record_seal", lambda *_, **__: delivery)
        for _ in range(2):
            seal_delivery(site, delivery)
            made.append({path.name: path.read_bytes() for path in folder.iterdir()})
            (folder / MANIFEST_FILE).unlink()
    assert made[0] == made[1]


def test_in_a_sealed_delivery_nothing_is_made_again(site: Site) -> None:
    delivery = seal_delivery(site, built(site))
    folder = outbox_folder(site, delivery)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert seal_delivery(site, delivery) == delivery
    outdated = replace(delivery, state=DeliveryState.BUILT, sealed=None)
    assert seal_delivery(site, outdated) == delivery
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["S39_1.TXT.pgp", MANIFEST_FILE, SIGNATURE_FILE, TRIGGER_FILE])
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_harm_to_the_outbox_stops_the_delivery(site: Site, name: str, harm: str) -> None:
    delivery = seal_delivery(site, built(site))
    path = outbox_folder(site, delivery) / name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(WrongUse, match="restore this folder from the backup") as error:
        wire_files(site, delivery, partner_of(site))
    assert name in str(error.value)


@pytest.mark.parametrize("name", ["S39_1.TXT", "facts.json"])
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_only_what_was_built_is_sealed(site: Site, name: str, harm: str) -> None:
    delivery = built(site)
    path = outbox_folder(site, delivery) / name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"{}")
    with pytest.raises(WrongUse, match="restore the folder"):
        seal_delivery(site, delivery)
    assert state(site, delivery) is DeliveryState.BUILT


def test_the_newest_key_in_force_on_the_business_date_is_used(site: Site, keys: Keys) -> None:
    """First both old, then our new one, then both new; the business date decides."""
    used = []
    for day in (date(2026, 11, 20), date(2026, 11, 24), date(2026, 11, 26)):
        sealed = seal_delivery(site, built(site, day)).sealed
        assert sealed is not None
        used.append((sealed.signer, *sealed.recipients))
    ours, theirs = keys.ours, keys.theirs
    assert used == [(ours[0], theirs[0]), (ours[1], theirs[0]), (ours[1], theirs[1])]


def test_no_key_in_force_is_told_and_nothing_is_recorded(site: Site) -> None:
    delivery = built(site, date(2025, 12, 30))
    with pytest.raises(WrongUse, match="no key of owner 'agency' in force on 2025-12-30"):
        seal_delivery(site, delivery)
    assert state(site, delivery) is DeliveryState.BUILT


def test_a_key_that_the_ring_does_not_have_is_told(site: Site) -> None:
    policy = partner_of(site).seal
    strange = tuple(replace(key, fingerprint="A" * 40) for key in policy.keys)
    spoilt = with_policy(site, seal=replace(policy, keys=strange))
    delivery = built(spoilt)
    with pytest.raises(SealError, match=r"signer A{40} has no secret part in the ring"):
        seal_delivery(spoilt, delivery)
    assert state(site, delivery) is DeliveryState.BUILT
    assert seal_delivery(site, delivery).state is DeliveryState.SEALED  # the ring was mended


@pytest.mark.parametrize("variable", [KEY_VARIABLE, RINGS_VARIABLE])
def test_a_missing_setting_names_itself(site: Site, tmp_path: Path, variable: str) -> None:
    delivery = built(site)
    settings = {
        "PRAKAN_HOME": str(tmp_path / "home"),
        KEY_VARIABLE: str(make_signing_key(tmp_path)),
        RINGS_VARIABLE: str(tmp_path / "rings"),
    }
    del settings[variable]
    without = replace(open_site(settings), partners=site.partners)
    with pytest.raises(KeyTrouble, match=f"set {variable}"):
        seal_delivery(without, delivery)
    without.ledger.dispose()
    assert state(site, delivery) is DeliveryState.BUILT


def test_a_feed_says_for_which_numbers_it_stands(site: Site) -> None:
    first = arrive(site, seal_delivery(site, built(site, date(2026, 11, 16))))
    lost = [seal_delivery(site, built(site, date(2026, 11, day))) for day in (17, 18)]
    today = seal_delivery(site, built(site))
    assert manifest_in(site, today)["stands_in_for"] == [d.sequence for d in lost]
    assert manifest_in(site, today)["supersedes"] is None
    assert first.sequence not in [d.sequence for d in lost]


def test_a_new_version_says_what_it_replaces_at_the_partner(site: Site) -> None:
    first = arrive(site, seal_delivery(site, built(site)))
    assert first.content is not None
    second = seal_delivery(site, built(site, supersedes=first.delivery_id))
    assert manifest_in(site, second)["supersedes"] == first.content.file_id
    # The second never arrived: what the partner has and loses is still the first.
    third = seal_delivery(site, built(site, supersedes=second.delivery_id))
    assert manifest_in(site, third)["supersedes"] == first.content.file_id
    assert manifest_in(site, third)["stands_in_for"] == [second.sequence]


def state(site: Site, delivery: Delivery) -> DeliveryState:
    found = find(site.ledger, delivery.delivery_id)
    assert found is not None
    return found.state
