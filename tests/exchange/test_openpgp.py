"""Seals by the system's gpg: what opens, and what does not although gpg is content with it."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.sealing import gpg
from exchange.sealing.errors import GpgTrouble, KeyTrouble, SealCode, SealError
from exchange.sealing.openpgp import OpenedSeal, open_file, seal_file
from exchange.sealing.rings import KeyRing
from tests.keyrings import Owner, owners

LONG_AGO = "20200101T000000"
LARGEST = 100_000_000
DATA = "ผู้ประกันตน 432.00\r\n".encode("cp874") * 50 + random.Random(7).randbytes(9_000)


@dataclass(frozen=True)
class Exchange:
    """The agency and one partner with each other's keys; a stranger whose key the agency has."""

    agency: Owner
    partner: Owner
    agency_key: str
    partner_key: str
    stranger_key: str

    def opened(self, data: bytes, folder: Path, *, largest: int = LARGEST) -> OpenedSeal:
        """Open what came from the partner, as the agency does."""
        (folder / "in.pgp").write_bytes(data)
        return open_file(
            folder / "in.pgp",
            folder / "out",
            ring=self.agency.ring(),
            signers=(self.partner_key,),
            largest=largest,
        )

    def refused(self, data: bytes, folder: Path, *, largest: int = LARGEST) -> SealError:
        """The same for what must be refused; nothing of it may lie anywhere."""
        with pytest.raises(SealError) as error:
            self.opened(data, folder, largest=largest)
        assert [path.name for path in folder.iterdir()] == ["in.pgp"]
        assert str(error.value).startswith("in.pgp ")
        assert "\n" not in str(error.value)
        return error.value


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    with owners("open sesame", "", "") as (agency, partner, stranger):
        made = Exchange(
            agency,
            partner,
            agency.new_key("agency", at=LONG_AGO),
            partner.new_key("partner", at=LONG_AGO),
            stranger.new_key("stranger", at=LONG_AGO),
        )
        agency.give(partner, "agency")
        agency.give(stranger, "agency")
        partner.give(agency, "partner")
        stranger.give(agency, "stranger")
        stranger.give(partner, "stranger")
        partner.gpg("--import", data=stranger.gpg("--export-secret-keys"))
        yield made


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for gpg's homes of this test alone; no home and no agent outlives the test.

    ``tmp_path`` is asked for so that pytest has made its own folders before.
    """
    folder = Path(tempfile.mkdtemp(prefix="seal-"))  # short: sockets lie below it
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    folder.rmdir()
    deadline = time.monotonic() + 10
    while agents(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert agents(folder) == []


def agents(folder: Path) -> list[bytes]:
    """Living agents whose home is in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"gpg-agent" in command and bytes(folder) in command:
            found.append(command)
    return found


@pytest.mark.parametrize("size", [0, 1, 2, 8191, 8192, 8193, 65_537, (1 << 20) + 1, 5_000_011])
def test_what_is_sealed_can_be_opened(exchange: Exchange, tmp_path: Path, size: int) -> None:
    data = secrets.token_bytes(size)
    source, sealed, opened = tmp_path / "A.TXT", tmp_path / "A.TXT.pgp", tmp_path / "back"
    source.write_bytes(data)
    made = seal_file(
        source,
        sealed,
        ring=exchange.agency.ring(),
        signer=exchange.agency_key,
        recipients=(exchange.partner_key,),
    )
    bytes_on_disk = sealed.read_bytes()
    assert (made.size, made.sha256) == (
        len(bytes_on_disk),
        hashlib.sha256(bytes_on_disk).hexdigest(),
    )
    found = open_file(
        sealed,
        opened,
        ring=exchange.partner.ring(),
        signers=(exchange.agency_key,),
        largest=size,
    )
    assert found == OpenedSeal(exchange.agency_key, size, hashlib.sha256(data).hexdigest())
    assert opened.read_bytes() == data


def test_plain_gpg_opens_it_in_the_partner_s_own_ring(exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_bytes(DATA)
    seal_file(
        tmp_path / "A.TXT",
        tmp_path / "A.TXT.pgp",
        ring=exchange.agency.ring(),
        signer=exchange.agency_key,
        recipients=(exchange.partner_key,),
    )
    said = tmp_path / "said"
    plain = exchange.partner.gpg("--status-file", said, "--decrypt", tmp_path / "A.TXT.pgp")
    assert plain == DATA
    assert f"VALIDSIG {exchange.agency_key}" in said.read_text()
    assert exchange.partner_key in said.read_text()


@pytest.mark.parametrize("more", [[], ["--armor"], ["-z", "9"], ["--cipher-algo", "AES256"]])
def test_what_a_partner_seals_by_its_own_habits_opens(
    exchange: Exchange, tmp_path: Path, more: list[str]
) -> None:
    sealed = exchange.partner.seal(
        DATA, signer=exchange.partner_key, to=[exchange.agency_key], more=more
    )
    found = exchange.opened(sealed, tmp_path)
    assert found.signer == exchange.partner_key
    assert (tmp_path / "out").read_bytes() == DATA


def test_a_signature_by_a_subkey_is_its_owner_s(exchange: Exchange, tmp_path: Path) -> None:
    with owners("") as (partner,):
        key = partner.new_key("subkeys")
        partner.gpg("--quick-add-key", key, "ed25519", "sign", "never")
        exchange.agency.give(partner, "agency")
        partner.give(exchange.agency, "subkeys")
        sealed = partner.seal(DATA, signer=key, to=[exchange.agency_key])
    (tmp_path / "in").write_bytes(sealed)
    found = open_file(
        tmp_path / "in",
        tmp_path / "out",
        ring=exchange.agency.ring(),
        signers=(key,),
        largest=LARGEST,
    )
    assert found.signer == key


def test_a_changed_byte_anywhere_is_noticed(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    for place in range(0, len(sealed), max(1, len(sealed) // 23)):
        data = bytearray(sealed)
        data[place] ^= 0x10
        error = exchange.refused(bytes(data), tmp_path)
        assert error.code in (SealCode.BROKEN, SealCode.KEY, SealCode.MISSING)
    data = bytearray(sealed)
    data[len(sealed) // 2] ^= 1
    assert exchange.refused(bytes(data), tmp_path).code is SealCode.BROKEN


def test_a_cut_message_is_noticed(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    for size in (len(sealed) - 1, len(sealed) - 30, len(sealed) // 2, 200):
        assert exchange.refused(sealed[:size], tmp_path).code is SealCode.BROKEN, size
    for size in (1, 50):  # not even the beginning of a message
        assert exchange.refused(sealed[:size], tmp_path).code is SealCode.MISSING, size


def test_an_unsigned_message_is_refused_although_gpg_opens_it(
    exchange: Exchange, tmp_path: Path
) -> None:
    sealed = exchange.partner.seal(DATA, signer=None, to=[exchange.agency_key])
    assert exchange.agency.gpg("--decrypt", data=sealed) == DATA
    error = exchange.refused(sealed, tmp_path)
    assert error.code is SealCode.SIGNER
    assert "is not signed" in str(error)


def test_another_key_of_the_ring_is_not_the_partner_s(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.stranger_key, to=[exchange.agency_key])
    assert exchange.agency.gpg("--decrypt", data=sealed) == DATA
    error = exchange.refused(sealed, tmp_path)
    assert error.code is SealCode.SIGNER
    assert exchange.stranger_key in str(error)


def test_a_key_that_nobody_knows_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    with owners("") as (nobody,):
        key = nobody.new_key("nobody")
        exchange.agency.give(nobody, "agency")
        sealed = nobody.seal(DATA, signer=key, to=[exchange.agency_key])
    assert exchange.refused(sealed, tmp_path).code is SealCode.SIGNER


def test_two_signatures_are_one_too_many(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(
        DATA,
        signer=exchange.partner_key,
        to=[exchange.agency_key],
        more=["--local-user", exchange.stranger_key],
    )
    error = exchange.refused(sealed, tmp_path)
    assert error.code is SealCode.SIGNER
    assert "2 signatures" in str(error)


def test_a_message_to_somebody_else_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.stranger_key])
    assert exchange.refused(sealed, tmp_path).code is SealCode.KEY


@pytest.mark.parametrize(
    "data", [b"", b"\n", DATA, b"\x00" * 5000, b"-----BEGIN PGP MESSAGE-----\n\n", b"\xa3\x01" * 40]
)
def test_what_is_no_message_is_missing_its_seal(
    exchange: Exchange, tmp_path: Path, data: bytes
) -> None:
    assert exchange.refused(data, tmp_path).code is SealCode.MISSING


def test_a_message_that_is_only_signed_is_not_sealed(exchange: Exchange, tmp_path: Path) -> None:
    signed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[])
    assert exchange.agency.gpg("--decrypt", data=signed) == DATA
    assert exchange.refused(signed, tmp_path).code is SealCode.MISSING


def test_text_before_or_after_the_seal_is_not_taken(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    literal = b"\xcb\x0fb\x00\x00\x00\x00\x00more money"
    literal = bytes([0xCB, len(literal) - 2]) + literal[2:]
    for data in (sealed + literal, literal + sealed, sealed + sealed):
        exchange.refused(data, tmp_path)


def test_a_bomb_is_cut_at_the_limit(exchange: Exchange, tmp_path: Path) -> None:
    bomb = exchange.partner.seal(
        bytes(200_000_000), signer=exchange.partner_key, to=[exchange.agency_key], more=["-z", "9"]
    )
    assert len(bomb) < 1_000_000
    seen = []
    before = gpg.CHUNK_BYTES
    assert exchange.refused(bomb, tmp_path, largest=1_000_000).code is SealCode.TOO_LARGE
    ring, source = exchange.agency.ring(), tmp_path / "in.pgp"
    with pytest.raises(gpg.TooLarge):
        gpg.run_gpg(ring, ["--decrypt"], source, lambda d: seen.append(len(d)), largest=3 * before)
    assert sum(seen) <= 3 * before


def test_exactly_the_limit_is_let_through(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    assert exchange.opened(sealed, tmp_path, largest=len(DATA)).size == len(DATA)
    (tmp_path / "out").unlink()
    error = exchange.refused(sealed, tmp_path, largest=len(DATA) - 1)
    assert error.code is SealCode.TOO_LARGE


def test_a_message_closed_with_a_passphrase_is_not_for_us(
    exchange: Exchange, tmp_path: Path
) -> None:
    sealed = exchange.partner.gpg("--symmetric", "--passphrase", "known to them", data=DATA)
    assert exchange.refused(sealed, tmp_path).code is SealCode.BROKEN


def test_thousands_of_packets_end_the_run(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpg, "STATUS_BYTES", 20_000)
    sealed = exchange.partner.seal(
        DATA, signer=exchange.partner_key, to=[exchange.stranger_key, exchange.agency_key]
    )
    packet = sealed[: 2 + sealed[1]]  # the session key for the first recipient
    assert exchange.refused(packet * 5000 + sealed, tmp_path).code is SealCode.BROKEN


def test_a_signer_whose_key_has_expired_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    with owners("") as (partner,):
        key = partner.new_key("aged", expires="2020-06-01", at=LONG_AGO)
        exchange.agency.give(partner, "agency")
        partner.give(exchange.agency, "aged")
        sealed = partner.seal(
            DATA,
            signer=key,
            to=[exchange.agency_key],
            more=["--faked-system-time", "20200201T000000"],
        )
    (tmp_path / "in").write_bytes(sealed)
    with pytest.raises(SealError, match="has expired") as error:
        open_file(
            tmp_path / "in",
            tmp_path / "out",
            ring=exchange.agency.ring(),
            signers=(key,),
            largest=LARGEST,
        )
    assert error.value.code is SealCode.KEY


def test_nothing_is_sealed_to_an_expired_or_unknown_key(exchange: Exchange, tmp_path: Path) -> None:
    with owners("") as (partner,):
        old = partner.new_key("old", expires="2020-06-01", at=LONG_AGO)
        partner.give(exchange.agency, "old")
    (tmp_path / "A.TXT").write_bytes(DATA)

    def sealing(signer: str, recipient: str) -> str:
        with pytest.raises(SealError) as error:
            seal_file(
                tmp_path / "A.TXT",
                tmp_path / "A.TXT.pgp",
                ring=exchange.agency.ring(),
                signer=signer,
                recipients=(recipient,),
            )
        assert error.value.code is SealCode.KEY
        assert [path.name for path in tmp_path.iterdir()] == ["A.TXT"]
        return str(error.value)

    assert f"recipient {old} has expired" in sealing(exchange.agency_key, old)
    assert "recipient" in sealing(exchange.agency_key, "A" * 40)
    assert "signer" in sealing("A" * 40, exchange.partner_key)
    assert "signer" in sealing(exchange.partner_key, exchange.partner_key)  # not our secret


def test_a_clock_that_is_an_hour_off_does_no_harm(exchange: Exchange, tmp_path: Path) -> None:
    for hours in (-1, 1):
        then = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() + 3600 * hours))
        sealed = exchange.partner.seal(
            DATA,
            signer=exchange.partner_key,
            to=[exchange.agency_key],
            more=["--faked-system-time", then],
        )
        assert exchange.opened(sealed, tmp_path).signer == exchange.partner_key


def test_keys_are_exchanged_with_overlap(exchange: Exchange, tmp_path: Path) -> None:
    """While both sides hold two keys, every combination opens."""
    with owners("", "") as (agency, partner):
        ours = [agency.new_key(name) for name in ("agency1", "agency2")]
        theirs = [partner.new_key(name) for name in ("partner1", "partner2")]
        agency.give(partner, "agency1", "agency2")
        partner.give(agency, "partner1", "partner2")
        for signer in theirs:
            for recipient in ours:
                (tmp_path / "in").write_bytes(partner.seal(DATA, signer=signer, to=[recipient]))
                found = open_file(
                    tmp_path / "in",
                    tmp_path / "out",
                    ring=agency.ring(),
                    signers=tuple(theirs),
                    largest=LARGEST,
                )
                assert found.signer == signer
        with pytest.raises(SealError) as error:  # the first key is out of force
            open_file(
                tmp_path / "in",
                tmp_path / "out2",
                ring=agency.ring(),
                signers=(theirs[0],),
                largest=LARGEST,
            )
        assert error.value.code is SealCode.SIGNER
        agency.gpg("--delete-secret-keys", ours[0])
        (tmp_path / "in").write_bytes(partner.seal(DATA, signer=theirs[1], to=[ours[0]]))
        with pytest.raises(SealError) as error:  # the old key was removed at last
            open_file(
                tmp_path / "in",
                tmp_path / "out2",
                ring=agency.ring(),
                signers=tuple(theirs),
                largest=LARGEST,
            )
        assert error.value.code is SealCode.KEY


def test_a_wrong_passphrase_is_our_trouble_not_the_file_s(
    exchange: Exchange, tmp_path: Path
) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    (tmp_path / "in").write_bytes(sealed)
    for passphrase in (None, "wrong"):
        ring = KeyRing(exchange.agency.home, passphrase)
        with pytest.raises(KeyTrouble, match="passphrase"):
            open_file(
                tmp_path / "in",
                tmp_path / "out",
                ring=ring,
                signers=(exchange.partner_key,),
                largest=LARGEST,
            )
        with pytest.raises(KeyTrouble, match="passphrase"):
            seal_file(
                tmp_path / "in",
                tmp_path / "out",
                ring=ring,
                signer=exchange.agency_key,
                recipients=(exchange.partner_key,),
            )
    assert "open sesame" not in repr(exchange.agency.ring())


def test_several_processes_seal_and_open_at_once(exchange: Exchange, tmp_path: Path) -> None:
    """Each in a process of its own, over one ring; a path too long for a socket among them."""
    long = tmp_path / ("ring" * 30)
    long.mkdir(mode=0o700)
    for name in ("pubring.kbx", "private-keys-v1.d"):
        (long / name).symlink_to(exchange.agency.home / name)
    source = tmp_path / "A.TXT"
    source.write_bytes(secrets.token_bytes(300_000))
    program = (
        "import sys; from pathlib import Path\n"
        "from exchange.sealing.openpgp import seal_file\n"
        "from exchange.sealing.rings import KeyRing\n"
        "ring, source, target, signer, recipient = sys.argv[1:]\n"
        "for _ in range(3):\n"
        "    seal_file(Path(source), Path(target), ring=KeyRing(Path(ring), 'open sesame'),\n"
        "              signer=signer, recipients=(recipient,))\n"
    )

    def sealing(number: int) -> int:
        target = tmp_path / f"{number}.pgp"
        arguments = [long, source, target, exchange.agency_key, exchange.partner_key]
        return subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)], timeout=120
        ).returncode

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(sealing, range(4))) == [0] * 4
    for number in range(4):
        assert exchange.partner.gpg("--decrypt", tmp_path / f"{number}.pgp") == source.read_bytes()


def test_the_ring_is_only_read(exchange: Exchange, tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, str]]:
        return {
            str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in exchange.agency.home.rglob("*")
            if path.is_file()
        }

    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    before = state()
    exchange.opened(sealed, tmp_path)
    assert state() == before


def test_a_killed_process_leaves_no_agent_and_no_open_file(
    exchange: Exchange, tmp_path: Path, temporary: Path
) -> None:
    sealed = exchange.partner.seal(
        bytes(400_000_000), signer=exchange.partner_key, to=[exchange.agency_key], more=["-z", "1"]
    )
    (tmp_path / "in").write_bytes(sealed)
    program = (
        "import sys; from pathlib import Path\n"
        "from exchange.sealing.openpgp import open_file\n"
        "from exchange.sealing.rings import KeyRing\n"
        "open_file(Path(sys.argv[1]), Path(sys.argv[2]), ring=KeyRing(Path(sys.argv[3]),\n"
        "          'open sesame'), signers=(sys.argv[4],), largest=1 << 40)\n"
    )
    arguments = [tmp_path / "in", tmp_path / "out", exchange.agency.home, exchange.partner_key]
    with subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)]) as process:
        deadline = time.monotonic() + 60
        while not agents(temporary) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert agents(temporary)
        process.kill()
    assert not (tmp_path / "out").exists()
    deadline = time.monotonic() + 30
    while agents(temporary) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert agents(temporary) == []
    for home in temporary.iterdir():  # links only, no data
        assert all(path.is_symlink() or path.is_socket() for path in home.iterdir())
        shutil.rmtree(home)


def test_a_ring_must_be_there_and_closed_to_others(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="No such file"):
        KeyRing(tmp_path / "absent")
    ring = tmp_path / "ring"
    ring.mkdir(mode=0o700)
    with pytest.raises(KeyTrouble, match=r"no pubring\.kbx"):
        KeyRing(ring)
    (ring / "pubring.kbx").write_bytes(b"")
    KeyRing(ring)
    ring.chmod(0o750)
    with pytest.raises(KeyTrouble, match="chmod 0700"):
        KeyRing(ring)


def test_without_gpg_it_is_nobody_s_file_that_is_wrong(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").write_bytes(b"anything")
    monkeypatch.setattr(gpg, "_AGENT", ("no-such-program",))
    with pytest.raises(GpgTrouble, match="install gnupg"):
        gpg.run_gpg(exchange.agency.ring(), ["--decrypt"], tmp_path / "in", lambda _: None)
    monkeypatch.setattr(gpg, "_AGENT", ("false",))
    with pytest.raises(GpgTrouble, match="did not start"):
        gpg.run_gpg(exchange.agency.ring(), ["--decrypt"], tmp_path / "in", lambda _: None)


def test_a_hanging_gpg_is_stopped(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "in")  # nobody ever writes into it
    monkeypatch.setattr(gpg, "RUN_SECONDS", 0.3)
    with pytest.raises(GpgTrouble, match="did not end"):
        gpg.run_gpg(exchange.agency.ring(), ["--decrypt"], tmp_path / "in", lambda _: None)


def test_a_full_disk_is_told_as_it_is(exchange: Exchange, tmp_path: Path) -> None:
    sealed = exchange.partner.seal(DATA, signer=exchange.partner_key, to=[exchange.agency_key])
    (tmp_path / "in").write_bytes(sealed)
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("wb", 0) as full:
        gpg.run_gpg(exchange.agency.ring(), ["--decrypt"], tmp_path / "in", full.write)
