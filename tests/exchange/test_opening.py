"""Sealed files: opened by the partner's keys in force, identified by what is inside, and kept as
they came whatever is wrong with them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.inbound.arrivals import QuarantinedError, receive_paths
from exchange.inbound.replay import replay
from exchange.sealing.errors import KeyTrouble
from exchange.sealing.rings import RINGS_VARIABLE, passphrase_variable
from exchange.site import Site, open_site
from interfaces.errors import WrongUse
from interfaces.policies import CollectPolicy, SealKind
from ledger.audit import entries_of, verify_chain
from ledger.envelopes import envelopes_of
from ledger.files import events_of, files_of
from ledger.landing import FileState
from tests.exchange.wrapped_returns import (
    DAY,
    MANIFEST,
    NAME,
    PARTNER,
    RETURN,
    Sender,
    codes_of,
    declared,
    drop,
    findings_of,
    landed,
    manifest_of,
    owners,
    receive_one,
    standing_of,
)

SEALED_NAME = NAME + ".pgp"
WHO = {"who": "operator", "reason": "key imported"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    with owners("open sesame", "") as (agency, partner):
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
    opened = open_site(
        {
            "PRAKAN_HOME": str(tmp_path / "home"),
            RINGS_VARIABLE: str(rings),
            passphrase_variable(PARTNER): "open sesame",
        }
    )
    yield declared(opened, seal=sender.policy())
    opened.ledger.dispose()


def test_a_sealed_file_is_what_is_inside_and_the_seal_is_kept(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    sealed = sender.seal()
    received = receive_one(site, tmp_path / "in", SEALED_NAME, {SEALED_NAME: sealed})

    assert received.file_id == sha256(RETURN)
    assert (received.name, received.state) == (NAME, FileState.ACCEPTED)
    assert site.home.landing(sha256(sealed)).read_bytes() == sealed
    assert site.home.landing(received.file_id).read_bytes() == RETURN
    assert site.home.landing(received.file_id).stat().st_mode & 0o777 == 0o440
    assert landed(site) == {sha256(sealed), sha256(RETURN)}
    (envelope,) = envelopes_of(site.ledger, received.file_id)
    assert (envelope.sealed_id, envelope.name) == (sha256(sealed), SEALED_NAME)
    assert (envelope.kind, envelope.signer) == (SealKind.OPENPGP, sender.partner_keys[0])
    told = [entry.kind for entry in entries_of(site.ledger, received.file_id)]
    assert {"landed", "opened", "envelope"} <= set(told)
    assert verify_chain(site.ledger).fault is None


def test_the_same_payments_sealed_twice_are_one_file(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    first, second = sender.seal(), sender.seal()
    assert first != second
    name = SEALED_NAME.replace("_000001", "_000002")
    receive_one(site, tmp_path / "in", SEALED_NAME, {SEALED_NAME: first})
    again = receive_one(site, tmp_path / "in", SEALED_NAME, {SEALED_NAME: second})
    renamed = receive_one(site, tmp_path / "in", name, {name: second})

    assert (again.repeated, again.duplicate_of) == (True, None)
    assert renamed.duplicate_of == NAME
    assert len(files_of(site.ledger, DAY)) == 1
    assert {e.sealed_id for e in envelopes_of(site.ledger, sha256(RETURN))} == {
        sha256(first),
        sha256(second),
    }
    assert {sha256(first), sha256(second)} <= landed(site)


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_what_is_wrong_with_a_seal_quarantines_the_sealed_bytes(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    stranger = sender.agency.seal(RETURN, signer=sender.agency_key, to=[sender.agency_key])
    for_others = sender.partner.seal(
        RETURN, signer=sender.partner_keys[0], to=[sender.partner_keys[0]]
    )
    cases = {
        "SEAL_MISSING": RETURN + b" ",
        "SEAL_SIGNER": sender.seal(signer=None),
        "SEAL_SIGNER ": sender.seal(signer=1),  # ours, and not in force on that day
        "SEAL_SIGNER  ": stranger,
        "SEAL_KEY": for_others,
        "SEAL_BROKEN": flipped(sender.seal()),
        "SEAL_BROKEN ": sender.seal()[:-40],
    }
    for number, (code, data) in enumerate(cases.items(), start=1):
        name = SEALED_NAME.replace("_000001", f"_{number:06d}")
        received = receive_one(site, tmp_path / "in", name, {name: data})
        assert (received.state, received.file_id) == (FileState.QUARANTINED, sha256(data)), code
        assert received.name == name
        assert codes_of(site, received.file_id) == [code.strip()]
        assert site.home.landing(received.file_id).read_bytes() == data
        assert standing_of(site, received.file_id).file.interface == "counter_return"
    assert landed(site) == {sha256(data) for data in cases.values()}


def test_an_unsealed_file_is_refused_where_seals_are_agreed(site: Site, tmp_path: Path) -> None:
    received = receive_one(site, tmp_path / "in", NAME, {NAME: RETURN})
    assert received.is_quarantined
    assert codes_of(site, received.file_id) == ["SEAL_MISSING"]


def test_a_key_counts_from_its_first_day_on(site: Site, sender: Sender, tmp_path: Path) -> None:
    name = SEALED_NAME.replace("20261120", "20261121")
    received = receive_one(site, tmp_path / "in", name, {name: sender.seal(signer=1)})
    assert "SEAL_SIGNER" not in codes_of(site, received.file_id)
    assert received.file_id == sha256(RETURN)


def test_more_comes_out_of_the_seal_than_allowed(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    small = declared(site, collect=CollectPolicy(largest=100_000))
    bomb = sender.partner.seal(
        bytes(50_000_000),
        signer=sender.partner_keys[0],
        to=[sender.agency_key],
        more=["--compress-algo", "zlib", "--compress-level", "9"],
    )
    assert len(bomb) < 100_000
    received = receive_one(small, tmp_path / "in", SEALED_NAME, {SEALED_NAME: bomb})
    assert codes_of(small, received.file_id) == ["SEAL_TOO_LARGE"]
    assert landed(small) == {sha256(bomb)}

    wide = SEALED_NAME.replace("_000001", "_000002")
    big = sender.seal(os.urandom(150_000))
    received = receive_one(small, tmp_path / "in", wide, {wide: big})
    assert codes_of(small, received.file_id) == ["FILE_TOO_LARGE"]


def test_a_missing_ring_is_our_trouble_and_no_verdict_on_the_file(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    def no_ring(_partner: object) -> object:
        raise KeyTrouble("no ring")

    lost = replace(site, ring=no_ring)  # type: ignore[arg-type]
    with pytest.raises(KeyTrouble):
        receive_one(lost, tmp_path / "in", SEALED_NAME, {SEALED_NAME: sender.seal()})
    assert files_of(site.ledger, DAY) == []
    (path,) = drop(tmp_path / "in", {SEALED_NAME: sender.seal()})
    (received,) = receive_paths(site, DAY, [path], partner=PARTNER)
    assert received.state is FileState.ACCEPTED


def test_a_seal_that_could_not_be_opened_is_opened_by_replay_when_the_key_is_right(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    """The partner changed to its next key before the date on which we declared it."""
    sealed = sender.seal(signer=1)
    refused = receive_one(site, tmp_path / "in", SEALED_NAME, {SEALED_NAME: sealed})
    assert codes_of(site, refused.file_id) == ["SEAL_SIGNER"]
    with pytest.raises(QuarantinedError, match="still refused"):
        replay(site, refused.file_id, **WHO)

    policy = sender.policy()
    early = tuple(replace(key, valid_from=DAY) for key in policy.keys)
    put_right = declared(site, seal=replace(policy, keys=early))
    received = replay(put_right, refused.file_id, **WHO)

    assert (received.file_id, received.name) == (sha256(RETURN), NAME)
    assert received.state is FileState.ACCEPTED
    assert received.accepted > 0
    (envelope,) = envelopes_of(site.ledger, received.file_id)
    assert envelope.sealed_id == refused.file_id
    last = events_of(site.ledger, refused.file_id)[-1]
    assert (last.state, last.detail) == (
        FileState.QUARANTINED,
        {"opened_as": received.file_id},
    )
    with pytest.raises(WrongUse, match="already counts"):
        replay(put_right, refused.file_id, **WHO)


def test_replay_of_an_opened_file_needs_no_key_any_more(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    """It was refused for its records; by the time it is replayed the keys are gone."""
    cut = RETURN[:-100]
    refused = receive_one(site, tmp_path / "in", SEALED_NAME, {SEALED_NAME: sender.seal(cut)})
    assert refused.file_id == sha256(cut)
    assert "RECORD_TRAILER_MISSING" in codes_of(site, refused.file_id)

    def gone(_partner: object) -> object:
        raise KeyTrouble("the ring is gone")

    later = replace(site, ring=gone)  # type: ignore[arg-type]
    with pytest.raises(QuarantinedError):
        replay(later, refused.file_id, **WHO)
    assert "SEAL_KEY" not in codes_of(site, refused.file_id)


def test_a_lower_limit_does_not_lead_past_the_manifest(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    """The sealed bytes are more than is allowed by now, what is inside is not."""
    policy = CollectPolicy(manifest_suffix=MANIFEST)
    sealed = sender.partner.seal(
        RETURN,
        signer=sender.partner_keys[0],
        to=[sender.agency_key],
        more=["--compress-algo", "none"],
    )
    assert len(sealed) > len(RETURN)
    files = {
        SEALED_NAME: sealed,
        SEALED_NAME + MANIFEST: manifest_of(RETURN, sealed=sealed, size=1),
    }
    strict = declared(site, collect=policy)
    refused = receive_one(strict, tmp_path / "in", SEALED_NAME, files)
    assert codes_of(site, refused.file_id) == ["MANIFEST_DIFFERS"]

    lower = declared(site, collect=replace(policy, largest=len(RETURN)))
    with pytest.raises(QuarantinedError):
        replay(lower, refused.file_id, **WHO)

    files[SEALED_NAME + MANIFEST] = manifest_of(RETURN, sealed=sealed)
    received = receive_one(strict, tmp_path / "in", SEALED_NAME, files)
    assert (received.file_id, received.state) == (refused.file_id, FileState.ACCEPTED)
    envelopes = envelopes_of(site.ledger, refused.file_id)
    assert [e.sealed_id for e in envelopes] == [sha256(sealed)]


def test_the_manifest_of_a_sealed_file_speaks_of_its_seal(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    strict = declared(site, collect=CollectPolicy(manifest_suffix=MANIFEST))
    second = RETURN.replace(b"0001T042", b"0002T042")
    sealed, again = sender.seal(RETURN), sender.seal(second)
    cases = {
        "envelope": (sealed, manifest_of(RETURN)),
        "envelope.sha256": (again, manifest_of(second, sealed=sender.seal(second))),
    }
    for about, (data, manifest) in cases.items():
        files = {SEALED_NAME: data, SEALED_NAME + MANIFEST: manifest}
        received = receive_one(strict, tmp_path / "in", SEALED_NAME, files)
        assert about in [field for _, field, _ in findings_of(site, received.file_id)]


def test_statements_of_findings_are_one_word_and_shown(
    site: Site, sender: Sender, tmp_path: Path
) -> None:
    received = receive_one(
        site, tmp_path / "in", SEALED_NAME, {SEALED_NAME: sender.seal(signer=None)}
    )
    ((code, _, said),) = findings_of(site, received.file_id)
    assert code == "SEAL_SIGNER"
    assert said.endswith("is_not_signed")
