"""A sender that means harm, or knows no better: what it sends ends in a verdict on that file, soon,
and holds up no other."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.errors import RemoteFailure
from exchange.inbound.arrivals import receive_paths
from exchange.inbound.sequences import Numbers
from exchange.remote import sftp
from exchange.remote.fetch import Fetched, Reason, Refused, collect, move_to_done
from exchange.remote.sftp import SftpClient
from exchange.returns.left import MOST_NAMES, left_at, record_left
from exchange.sealing import gpg
from exchange.sealing.errors import GpgTrouble, SealCode, SealError
from exchange.sealing.openpgp import open_file
from exchange.sealing.rings import RINGS_VARIABLE, passphrase_variable
from exchange.site import Site, open_site
from interfaces.names import make_name, read_name
from interfaces.policies import (
    KeyOwner,
    ManifestKey,
    OpenPgpKey,
    PublishPolicy,
    SealKind,
    SealPolicy,
)
from ledger.audit import entries_of
from tests.exchange.wrapped_returns import (
    COLLECT,
    DAY,
    MANIFEST,
    NAME,
    PARTNER,
    RETURN,
    SIGNATURE,
    Sender,
    codes_of,
    declared,
    drop,
    findings_of,
    manifest_of,
    owners,
    receive_one,
)
from tests.openssh import PartnerFolder

KEY = Ed25519PrivateKey.generate()
EARLIER = DAY - timedelta(days=1)


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    with owners("", "") as (agency, partner):
        ours = agency.new_key("agency")
        theirs = (partner.new_key("partner1"), partner.new_key("partner2"))
        agency.give(partner, "agency")
        partner.give(agency, "partner1", "partner2")
        yield Sender(agency, partner, ours, theirs)


@pytest.fixture
def site(tmp_path: Path, sender: Sender) -> Iterator[Site]:
    rings = tmp_path / "rings"
    rings.mkdir()
    (rings / PARTNER).symlink_to(sender.agency.home)
    settings = {"PRAKAN_HOME": str(tmp_path / "home"), RINGS_VARIABLE: str(rings)}
    opened = open_site(settings)
    yield opened
    opened.ledger.dispose()


def signing_until(last: object) -> SealPolicy:
    """Manifests are signed by the one key, until that day."""
    public = KEY.public_key().public_bytes_raw()
    return SealPolicy(manifest_keys=(ManifestKey(public, EARLIER, last),))  # type: ignore[arg-type]


def signed(name: str = NAME, **changes: object) -> dict[str, bytes]:
    manifest = manifest_of(RETURN, name=name, **changes)
    return {
        name: RETURN,
        name + MANIFEST: manifest,
        name + MANIFEST + SIGNATURE: KEY.sign(manifest),
    }


ODD_TOTALS = {
    "no number that can be compared": ({"TOTAL-CREDIT-AMOUNT": "sNaN"}, "says=sNaN is="),
    "half a letter": ({"\ud800": "1"}, "says=\\ud800 is=none unknown=1"),
    "a terminal's orders": ({"\x1b[2J\n": "1"}, "says=\\x1b[2J\\n is=none unknown=1"),
}


@pytest.mark.parametrize("case", ODD_TOTALS)
def test_odd_totals_of_a_manifest_are_a_finding_about_that_file(
    site: Site, tmp_path: Path, case: str
) -> None:
    odd, said = ODD_TOTALS[case]
    site = declared(site, collect=COLLECT, seal=signing_until(None))
    controls = json.loads(manifest_of(RETURN))["controls"] | odd
    received = receive_one(site, tmp_path / "in", NAME, signed(controls=controls))
    assert received.is_quarantined
    (wrong,) = (f for f in findings_of(site, received.file_id) if f[0] == "MANIFEST_DIFFERS")
    assert wrong[2].startswith(said)
    assert (wrong[1] or "").isprintable()


def test_thousands_of_unknown_totals_are_one_finding(site: Site, tmp_path: Path) -> None:
    site = declared(site, collect=COLLECT, seal=signing_until(None))
    controls = json.loads(manifest_of(RETURN))["controls"]
    controls |= {f"K{number}": "" for number in range(50_000)}
    received = receive_one(site, tmp_path / "in", NAME, signed(controls=controls))
    (wrong,) = (f for f in findings_of(site, received.file_id) if f[0] == "MANIFEST_DIFFERS")
    assert wrong == ("MANIFEST_DIFFERS", "controls", "says=K0 is=none unknown=50000")


BACK_DATED = NAME.replace(f"{DAY:%Y%m%d}", f"{EARLIER:%Y%m%d}")


def test_a_manifest_key_that_has_ended_signs_no_file_of_an_earlier_day(
    site: Site, tmp_path: Path
) -> None:
    """Whoever found the old key writes an old date into the file's name."""
    files = signed(BACK_DATED)
    ended = declared(site, collect=COLLECT, seal=signing_until(EARLIER))
    received = receive_one(ended, tmp_path / "in", BACK_DATED, files)
    assert codes_of(ended, received.file_id) == ["MANIFEST_SIGNATURE"]


@pytest.mark.parametrize("until", [EARLIER, DAY])
def test_a_seal_by_a_key_that_has_ended_is_not_opened_for_a_file_of_an_earlier_day(
    site: Site, sender: Sender, tmp_path: Path, until: object
) -> None:
    keys = (
        OpenPgpKey(KeyOwner.AGENCY, sender.agency_key, EARLIER, None),
        OpenPgpKey(KeyOwner.PARTNER, sender.partner_keys[0], EARLIER, until),  # type: ignore[arg-type]
    )
    ended = declared(site, seal=SealPolicy(inbound=SealKind.OPENPGP, keys=keys))
    name = BACK_DATED + ".pgp"
    received = receive_one(ended, tmp_path / "in", name, {name: sender.seal()})
    refused = "SEAL_SIGNER" in codes_of(ended, received.file_id)
    assert refused is (until == EARLIER)  # a late file under a key still in force is opened


def test_a_sealed_file_that_a_crash_left_there_is_known_when_its_key_has_ended(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    keys = (
        OpenPgpKey(KeyOwner.AGENCY, sender.agency_key, EARLIER, None),
        OpenPgpKey(KeyOwner.PARTNER, sender.partner_keys[0], EARLIER, EARLIER),
    )
    site = declared(site, seal=SealPolicy(inbound=SealKind.OPENPGP, keys=keys))
    name, data = BACK_DATED + ".pgp", sender.seal()
    paths = drop(tmp_path / "in", {name: data})
    (before,) = receive_paths(site, EARLIER, paths, partner=PARTNER)
    (after,) = receive_paths(site, DAY, paths, partner=PARTNER)
    assert (after.file_id, after.state, after.repeated) == (before.file_id, before.state, True)
    other = drop(tmp_path / "other", {name: sender.seal()})  # sealed again, by whom?
    (again,) = receive_paths(site, DAY, other, partner=PARTNER)
    assert codes_of(site, again.file_id) == ["SEAL_SIGNER"]


def unfolding(megabytes: int) -> bytes:
    """An OpenPGP message of a thousand bytes that unfolds into so many packets of no meaning."""
    markers = b"\xca\x03PGP" * (1 << 18)
    count = (megabytes << 20) // len(markers)

    def packet(data: Iterator[bytes]) -> bytes:
        packing = zlib.compressobj(1)
        packed = b"".join(packing.compress(piece) for piece in data) + packing.flush()
        return b"\xc8\xff" + (len(packed) + 1).to_bytes(4, "big") + b"\x02" + packed

    return packet(iter([packet(markers for _ in range(count))]))


def test_a_message_that_only_keeps_gpg_at_work_is_broken(
    site: Site, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpg, "CPU_SECONDS", 1)
    bomb = unfolding(1024)
    assert len(bomb) < 100_000
    (tmp_path / "in").write_bytes(bomb)
    with pytest.raises(SealError, match="keeps gpg at work") as error:
        open_file(
            tmp_path / "in",
            tmp_path / "out",
            ring=sender.agency.ring(),
            signers=sender.partner_keys,
            largest=1 << 30,
        )
    assert error.value.code is SealCode.BROKEN
    assert not (tmp_path / "out").exists()

    site = declared(site, seal=sender.policy())
    name = NAME + ".pgp"
    good = NAME.replace("_000001", "_000002") + ".pgp"
    paths = drop(tmp_path / "inbox", {name: bomb, good: sender.seal()})
    first, second = receive_paths(site, DAY, paths, partner=PARTNER)
    assert codes_of(site, first.file_id) == ["SEAL_BROKEN"]
    assert second.interface == "counter_return"
    assert "SEAL_BROKEN" not in codes_of(site, second.file_id)


def test_gpg_is_given_no_secrets_of_ours(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(passphrase_variable(PARTNER), "open sesame")
    monkeypatch.setenv("PRAKAN_LEDGER_URL", "postgresql://prakan:secret@db/ledger")
    told = tmp_path / "told"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\nenv > {told}\n")
    spy.chmod(0o700)
    monkeypatch.setattr(gpg, "_AGENT", (str(spy),))
    with pytest.raises(GpgTrouble):
        gpg.run_gpg(sender.agency.ring(), ["--decrypt"], tmp_path / "in", lambda _: None)
    assert "PATH=" in told.read_text()
    assert "PRAKAN" not in told.read_text()


def test_the_same_file_again_and_again_goes_to_done_each_time(
    partner: PartnerFolder, tmp_path: Path
) -> None:
    def fetched() -> Fetched:
        (partner.folder / NAME).write_bytes(b"again")
        with SftpClient(partner.endpoint) as client:
            policy = PublishPolicy()
            (one,) = collect(
                client, partner.remote_dir, tmp_path, policy=policy, pause=lambda: None
            ).fetched
        return one

    for _ in range(4):
        one = fetched()
        with SftpClient(partner.endpoint) as client:
            client._wire.extensions.pop("posix-rename@openssh.com", None)  # replaces nothing
            move_to_done(client, partner.remote_dir, one)
    mark = f"{NAME}.{one.sha256[:12]}"
    kept = sorted(path.name for path in (partner.folder / "done").iterdir())
    assert kept == [NAME, mark, f"{mark}.2", f"{mark}.3"]


def test_a_listing_of_endless_names_is_given_up(
    openssh: PartnerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (openssh.folder / ("x" * 200 + str(number))).write_bytes(b"")
    with SftpClient(openssh.endpoint) as client:
        monkeypatch.setattr(sftp, "USUAL_NAME", 200)
        monkeypatch.setattr(sftp, "MOST_ENTRIES", 22)  # . and .. too
        assert len(client.listing(openssh.remote_dir)) == 20
        monkeypatch.setattr(sftp, "USUAL_NAME", 100)
        with pytest.raises(RemoteFailure, match="have the partner clear the folder"):
            client.listing(openssh.remote_dir)


def test_of_very_many_strange_names_the_first_are_recorded(site: Site) -> None:
    found = [Refused(f"JUNK{number:05d}", Reason.NOT_WANTED, "") for number in range(5_000)]
    partner = site.partner(PARTNER)
    record_left(site, DAY, partner, found)
    assert left_at(site.ledger, PARTNER) == tuple(f"JUNK{n:05d}" for n in range(MOST_NAMES))
    record_left(site, DAY, partner, found[:-1])
    assert len(entries_of(site.ledger, PARTNER)) == 1


def test_thousands_of_numbers_take_no_time(site: Site) -> None:
    interface = site.registry.get("counter_return", on=DAY)
    start = datetime(2026, 11, 20, tzinfo=UTC)
    names = [make_name(interface.file, DAY, number) for number in range(1, 5_001)]
    seen = [(name, start + timedelta(seconds=n)) for n, name in enumerate(names)]
    before = time.process_time()
    numbers = Numbers(interface, seen)
    for name in names:
        own = read_name(interface.file, name)
        assert own is not None
        assert numbers.complaint(own) is None
    assert time.process_time() - before < 5
