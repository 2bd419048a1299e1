"""Files that come with a manifest: collected together, held against it, and let go together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.errors import ContentDiffers, ExchangeError
from exchange.inbound.arrivals import receive_paths
from exchange.inbound.collecting import Collection, collect_from, let_go
from exchange.inbound.receive import Received
from exchange.inbound.replay import replay
from exchange.remote.fetch import Reason
from exchange.remote.sftp import SftpClient
from exchange.site import Site, open_site
from interfaces.errors import OutsideFailure
from interfaces.policies import AfterCollecting, CollectPolicy, ManifestKey, SealPolicy
from ledger.audit import entries_of
from ledger.envelopes import envelopes_of
from ledger.files import files_of
from ledger.landing import FileState
from tests.exchange.wrapped_returns import (
    COLLECT,
    DAY,
    MANIFEST,
    NAME,
    PARTNER,
    RETURN,
    SIGNATURE,
    codes_of,
    declared,
    drop,
    findings_of,
    landed,
    manifest_of,
    receive_one,
    standing_of,
)
from tests.openssh import PartnerFolder

KEY = Ed25519PrivateKey.generate()
FILE_ID = hashlib.sha256(RETURN).hexdigest()


def keys(*private: Ed25519PrivateKey) -> SealPolicy:
    return SealPolicy(
        manifest_keys=tuple(
            ManifestKey(key.public_key().public_bytes_raw(), DAY, None) for key in private
        )
    )


def with_manifest(
    data: bytes = RETURN, *, name: str = NAME, key: Ed25519PrivateKey = KEY, **changes: object
) -> dict[str, bytes]:
    """A file, its manifest and the manifest's signature, by name."""
    manifest = manifest_of(data, name=name, **changes)
    signature = key.sign(manifest)
    return {name: data, name + MANIFEST: manifest, name + MANIFEST + SIGNATURE: signature}


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")})
    yield declared(opened, collect=COLLECT, seal=keys(KEY))
    opened.ledger.dispose()


@dataclass(frozen=True)
class Poll:
    """One poll of the partner's folder, in its steps."""

    site: Site
    folder: PartnerFolder

    def collect(self, *, wanted: str = "CSPAY_") -> Collection:
        with SftpClient(self.folder.endpoint) as client:
            partner = self.site.partner(PARTNER)
            return collect_from(
                self.site,
                partner,
                client,
                self.folder.remote_dir,
                wanted=lambda name: name.startswith(wanted),
            )

    def receive(self, found: Collection) -> list[Received]:
        return receive_paths(self.site, DAY, found.paths, partner=PARTNER)

    def let_go(self, found: Collection) -> None:
        with SftpClient(self.folder.endpoint) as client:
            partner = self.site.partner(PARTNER)
            let_go(self.site, partner, client, self.folder.remote_dir, found)

    def whole(self) -> tuple[Collection, list[Received]]:
        found = self.collect()
        received = self.receive(found)
        self.let_go(found)
        return found, received

    def inbox(self) -> list[str]:
        inbox = self.site.home.partner_inbox(PARTNER)
        return sorted(path.name for path in inbox.rglob("*"))


@pytest.fixture
def poll(site: Site, openssh: PartnerFolder) -> Poll:
    return Poll(site, openssh)


def test_a_file_is_taken_when_its_manifest_and_signature_are_there(poll: Poll) -> None:
    files = with_manifest()
    for name, data in files.items():
        (poll.folder.folder / name).write_bytes(data)
        found = poll.collect()
        if name != list(files)[-1]:
            assert found.paths == ()
            (told,) = found.refused
            assert (told.name, told.reason) == (NAME, Reason.WAITING)
            assert told.why.startswith(f"waits for {NAME}{MANIFEST}")
    received = poll.receive(found)
    assert [one.state for one in received] == [FileState.ACCEPTED]
    assert poll.folder.names() == sorted(files)

    poll.let_go(found)
    assert poll.folder.names() == ["done"]
    assert sorted(p.name for p in (poll.folder.folder / "done").iterdir()) == sorted(files)
    assert poll.inbox() == []
    assert landed(poll.site) == {hashlib.sha256(data).hexdigest() for data in files.values()}
    (envelope,) = envelopes_of(poll.site.ledger, FILE_ID)
    assert envelope.manifest_sha256 == hashlib.sha256(files[NAME + MANIFEST]).hexdigest()
    assert envelope.manifest_signer == KEY.public_key().public_bytes_raw().hex()
    told = [entry.kind for entry in entries_of(poll.site.ledger, FILE_ID)]
    assert told[0] == "fetched"
    assert told[-1] == "moved"
    assert told.count("landed") == 3


def test_copies_are_removed_where_the_partner_wants_that(poll: Poll) -> None:
    removing = replace(COLLECT, after=AfterCollecting.REMOVE)
    poll = replace(poll, site=declared(poll.site, collect=removing))
    drop(poll.folder.folder, with_manifest())
    poll.whole()
    assert poll.folder.names() == []
    assert [e.kind for e in entries_of(poll.site.ledger, FILE_ID)][-1] == "removed"


@pytest.mark.parametrize("after", list(AfterCollecting))
@pytest.mark.parametrize("settled", [1, 2])
def test_a_crash_between_the_copies_is_tidied_up_by_the_next_poll(
    poll: Poll, monkeypatch: pytest.MonkeyPatch, after: AfterCollecting, settled: int
) -> None:
    poll = replace(poll, site=declared(poll.site, collect=replace(COLLECT, after=after)))
    drop(poll.folder.folder, with_manifest())
    verb = "rename" if after is AfterCollecting.MOVE else "remove"
    original: Callable[..., None] = getattr(SftpClient, verb)
    done: list[object] = []

    def dies(client: SftpClient, *arguments: str) -> None:
        if len(done) == settled:
            raise KeyboardInterrupt
        done.append(arguments)
        original(client, *arguments)

    found = poll.collect()
    poll.receive(found)
    with monkeypatch.context() as patch:
        patch.setattr(SftpClient, verb, dies)
        with pytest.raises(KeyboardInterrupt):
            poll.let_go(found)
    assert NAME not in poll.folder.names()
    assert NAME + MANIFEST + SIGNATURE in poll.folder.names()

    again, received = poll.whole()
    assert (again.paths, received, again.refused) == ((), [], ())
    assert [name for name in poll.folder.names() if name != "done"] == []
    assert poll.inbox() == []


def test_a_manifest_that_was_never_received_waits_for_its_file(poll: Poll) -> None:
    files = with_manifest()
    drop(poll.folder.folder, {n: d for n, d in files.items() if n != NAME})
    found, _ = poll.whole()
    assert found.paths == ()
    assert [one.name for one in found.refused] == sorted(files)[1:]
    assert {one.reason for one in found.refused} == {Reason.WAITING}
    assert poll.folder.names() == sorted(files)[1:]
    assert poll.inbox() == []
    assert landed(poll.site) == set()


def test_the_partner_keeps_its_copies_until_ours_are_landed(poll: Poll) -> None:
    drop(poll.folder.folder, with_manifest())
    found = poll.collect()
    with pytest.raises(ExchangeError, match="is not in the landing folder"):
        poll.let_go(found)
    assert len(poll.folder.names()) == 3
    assert (poll.site.home.partner_inbox(PARTNER) / FILE_ID / NAME).is_file()


def test_a_changed_copy_stays_and_the_others_go(poll: Poll) -> None:
    other = NAME.replace("_000001", "_000002")
    drop(poll.folder.folder, with_manifest())
    drop(poll.folder.folder, with_manifest(RETURN.replace(b"0001T042", b"0002T042"), name=other))
    found = poll.collect()
    poll.receive(found)
    (poll.folder.folder / NAME).write_bytes(b"another")
    with pytest.raises(ContentDiffers, match="was changed after we collected it"):
        poll.let_go(found)
    assert [name for name in poll.folder.names() if name.startswith(other)] == []
    assert (poll.folder.folder / NAME).read_bytes() == b"another"


def test_a_file_fetched_before_a_crash_is_received_though_the_partner_took_it_back(
    poll: Poll,
) -> None:
    drop(poll.folder.folder, with_manifest())
    poll.collect()  # and the process dies
    for path in poll.folder.folder.iterdir():
        path.unlink()
    found, received = poll.whole()
    assert [one.state for one in received] == [FileState.ACCEPTED]
    assert found.fetched == ()
    assert poll.inbox() == []


def test_a_file_fetched_before_a_crash_waits_for_the_run_that_it_is_due_in(poll: Poll) -> None:
    drop(poll.folder.folder, with_manifest())
    poll.collect()  # and the process dies; the next night first asks for files of days before
    assert poll.collect(wanted="CSPAY_20261119").paths == ()
    assert [path.name for path in poll.collect().paths] == [NAME]


def test_hostile_companions_are_not_fetched(poll: Poll, tmp_path: Path) -> None:
    files = with_manifest()
    drop(poll.folder.folder, {NAME: RETURN, NAME + MANIFEST + SIGNATURE: bytes(64)})
    (poll.folder.folder / (NAME + MANIFEST)).symlink_to(tmp_path)
    assert poll.collect().paths == ()
    (poll.folder.folder / (NAME + MANIFEST)).unlink()
    (poll.folder.folder / (NAME + MANIFEST)).write_bytes(bytes((1 << 20) + 1))
    found = poll.collect()
    assert found.paths == ()
    assert any("at most 1048576" in one.why for one in found.refused)
    (poll.folder.folder / (NAME + MANIFEST)).write_bytes(files[NAME + MANIFEST])
    assert len(poll.collect().paths) == 1


DIFFERENT = [
    ({"size": 1}, "size"),
    ({"sha256": "0" * 64}, "sha256"),
    ({"interface": "counter_feed_s39"}, "interface"),
    ({"version": 2}, "version"),
    ({"partner": "somebody"}, "partner"),
    ({"business_date": "2026-11-19"}, "business_date"),
    ({"sequence": 2}, "sequence"),
    ({"envelope": {"name": "x", "size": 1, "sha256": "0", "kind": "openpgp"}}, "envelope"),
    ({"records": 3}, "records"),
    ({"details": 4}, "details"),
    ({"controls": {}}, "controls.TOTAL-CREDIT-AMOUNT"),
]


@pytest.mark.parametrize(("changes", "key"), DIFFERENT, ids=[key for _, key in DIFFERENT])
def test_every_key_of_a_manifest_is_compared(
    site: Site, tmp_path: Path, changes: dict[str, object], key: str
) -> None:
    received = receive_one(site, tmp_path / "in", NAME, with_manifest(**changes))
    assert received.is_quarantined
    assert received.accepted == 0
    found = findings_of(site, received.file_id)
    wrong = [(about, said) for code, about, said in found if code == "MANIFEST_DIFFERS"]
    assert key in [about for about, _ in wrong]
    assert all(said.startswith("says=") and " is=" in said for _, said in wrong)
    standing = standing_of(site, received.file_id)
    assert standing.result is not None
    assert standing.result.part_uri is None
    assert not list((site.home.root / "datasets").rglob("*.parquet"))


def test_the_manifest_of_another_name_is_none_for_this_file(site: Site, tmp_path: Path) -> None:
    other = with_manifest(name=NAME.replace("_000001", "_000002"))
    files = dict(zip(with_manifest(), other.values(), strict=True))
    received = receive_one(site, tmp_path / "in", NAME, files)
    wrong = [about for code, about, _ in findings_of(site, received.file_id)]
    assert wrong == ["name", "sequence"]


def test_one_satang_in_a_total_is_seen(site: Site, tmp_path: Path) -> None:
    true = json.loads(manifest_of(RETURN))["controls"]
    total = f"{float(true['TOTAL-CREDIT-AMOUNT']) + 0.01:.2f}"
    lying = {**true, "TOTAL-CREDIT-AMOUNT": total}
    received = receive_one(site, tmp_path / "in", NAME, with_manifest(controls=lying))
    (wrong,) = (f for f in findings_of(site, received.file_id) if f[0] == "MANIFEST_DIFFERS")
    said = f"says={total} is={true['TOTAL-CREDIT-AMOUNT']}"
    assert wrong == ("MANIFEST_DIFFERS", "controls.TOTAL-CREDIT-AMOUNT", said)


def test_a_file_altered_or_cut_on_its_way_is_refused(site: Site, tmp_path: Path) -> None:
    files = with_manifest()
    for number, data in enumerate((RETURN[:-257], RETURN[:-1] + b" "), start=1):
        received = receive_one(site, tmp_path / str(number), NAME, {**files, NAME: data})
        assert received.is_quarantined
        assert "MANIFEST_DIFFERS" in codes_of(site, received.file_id)
        assert site.home.landing(received.file_id).read_bytes() == data


SIGNATURES: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "none": lambda files: {n: d for n, d in files.items() if not n.endswith(SIGNATURE)},
    "short": lambda files: {**files, NAME + MANIFEST + SIGNATURE: bytes(10)},
    "empty": lambda files: {**files, NAME + MANIFEST + SIGNATURE: b""},
    "huge": lambda files: {**files, NAME + MANIFEST + SIGNATURE: bytes(1 << 20)},
    "other": lambda files: with_manifest(key=Ed25519PrivateKey.generate()),
    "altered": lambda files: {**files, NAME + MANIFEST: files[NAME + MANIFEST] + b" "},
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_manifest_counts_only_with_a_signature_by_a_key_in_force(
    site: Site, tmp_path: Path, case: str
) -> None:
    files = SIGNATURES[case](with_manifest())
    received = receive_one(site, tmp_path / "in", NAME, files)
    assert received.is_quarantined
    assert codes_of(site, received.file_id) == ["MANIFEST_SIGNATURE"]


def test_manifests_that_are_none(site: Site, tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"[]", b"{" * 100_000, bytes(2 << 20)), start=1):
        name = NAME.replace("_000001", f"_{number:06d}")
        content = RETURN + b"\n" * number
        files = {name: content, name + MANIFEST: data, name + MANIFEST + SIGNATURE: KEY.sign(data)}
        received = receive_one(site, tmp_path / "in", name, files)
        assert codes_of(site, received.file_id) == ["MANIFEST_UNREADABLE"]


def test_a_file_without_its_manifest_is_taken_when_it_comes_again_with_it(
    site: Site, tmp_path: Path
) -> None:
    received = receive_one(site, tmp_path / "in", NAME, {NAME: RETURN})
    assert codes_of(site, received.file_id) == ["MANIFEST_MISSING"]
    again = receive_one(
        site, tmp_path / "in", NAME, with_manifest(key=Ed25519PrivateKey.generate())
    )
    assert (again.repeated, again.is_quarantined) == (True, True)

    received = receive_one(site, tmp_path / "in", NAME, with_manifest())
    assert (received.state, received.repeated) == (FileState.ACCEPTED, False)
    received = receive_one(site, tmp_path / "in", NAME, with_manifest())
    assert (received.state, received.repeated) == (FileState.ACCEPTED, True)
    (standing,) = files_of(site.ledger, DAY)
    assert standing.state is FileState.ACCEPTED


def test_the_same_bytes_under_the_next_number_are_taken_when_only_the_manifest_was_wrong(
    site: Site, tmp_path: Path
) -> None:
    """That is how a refused file is asked for; it is no copy of anything that counts."""
    first = receive_one(site, tmp_path / "in", NAME, with_manifest(size=1))
    assert codes_of(site, first.file_id) == ["MANIFEST_DIFFERS"]
    name = NAME.replace("_000001", "_000002")
    second = receive_one(site, tmp_path / "in", name, with_manifest(name=name, sequence=2))
    assert (second.file_id, second.state) == (first.file_id, FileState.ACCEPTED)
    third = NAME.replace("_000001", "_000003")
    copy = receive_one(site, tmp_path / "in", third, with_manifest(name=third, sequence=3))
    assert copy.duplicate_of == NAME


def test_a_folder_given_by_hand_is_files_with_their_manifests(site: Site, tmp_path: Path) -> None:
    paths = drop(tmp_path / "in", with_manifest())
    received = receive_paths(site, DAY, paths, partner=PARTNER)
    assert [one.state for one in received] == [FileState.ACCEPTED]


def test_a_manifest_that_is_gone_from_the_landing_folder_is_one_line(
    site: Site, tmp_path: Path
) -> None:
    files = with_manifest(size=1)
    received = receive_one(site, tmp_path / "in", NAME, files)
    gone = site.home.landing(hashlib.sha256(files[NAME + MANIFEST]).hexdigest())
    gone.unlink()
    with pytest.raises(OutsideFailure, match="restore the landing folder"):
        replay(site, received.file_id, who="operator", reason="again")


def test_the_key_is_put_right_and_the_file_replayed(site: Site, tmp_path: Path) -> None:
    new = Ed25519PrivateKey.generate()
    received = receive_one(site, tmp_path / "in", NAME, with_manifest(key=new))
    assert codes_of(site, received.file_id) == ["MANIFEST_SIGNATURE"]
    rotated = declared(site, seal=keys(KEY, new))
    received = replay(rotated, received.file_id, who="operator", reason="key rotated")
    assert received.state is FileState.ACCEPTED


def test_without_agreement_a_manifest_is_neither_asked_for_nor_read(
    site: Site, tmp_path: Path
) -> None:
    plain = declared(site, collect=CollectPolicy(), seal=SealPolicy())
    received = receive_one(plain, tmp_path / "in", NAME, {NAME: RETURN, NAME + MANIFEST: b"?"})
    assert received.state is FileState.ACCEPTED
    assert envelopes_of(site.ledger, received.file_id) == []
