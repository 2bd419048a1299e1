"""Faults of what a partner sends, and while it is taken in."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.sealing.rings import RINGS_VARIABLE
from interfaces.policies import Client
from simulation.partner.drop import announced_file, new_manifests
from simulation.partner.payments import WalkIn, take_payments
from simulation.partner.receipts import Receipt, Told, write_receipts
from simulation.partner.returns import write_return
from tests.exchange.wrapped_returns import MANIFEST, SIGNATURE, manifest_of
from tests.faults.command_lines import command
from tests.faults.ground import HOUR, Case, Ground
from tests.faults.moments import Moment, when
from tests.faults.outbound_faults import our_limit
from tests.faults.rows import (
    RECONCILE,
    Command,
    Fault,
)
from tests.night.stage import DAY, SEED, Stage

RETURN = f"CSPAY_{DAY:%Y%m%d}_000001.TXT"
RECEIPTS = f"CSRCP_{DAY:%Y%m%d}_000001.TXT"
OPEN, WRAPPED = "open", "wrapped"
WATCH: Command = ("watch", "--date", str(DAY), "--now", "2026-11-23T12:00")
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def seal(case: Case, data: bytes, *, signer: str | None = "", ahead: bool = False) -> bytes:
    """As the partner seals; by nobody, or by another key of its ring."""
    key = case.ground.partner_key if signer == "" else signer
    moment = datetime.now(UTC) + HOUR
    more = ["--faked-system-time", f"{moment:%Y%m%dT%H%M%S}"] if ahead else []
    return case.ground.partner.seal(data, signer=key, to=[case.ground.agency_key], more=more)


def wrapped(
    case: Case,
    data: bytes,
    name: str = RETURN,
    *,
    sealed: bytes | None = None,
    signing: Ed25519PrivateKey | None = None,
) -> dict[str, bytes]:
    """A sealed return with its manifest and signature, by name; they tell of ``sealed``."""
    closed = seal(case, data) if sealed is None else sealed
    manifest = manifest_of(data, name=name, sealed=closed)
    key = signing or case.ground.signing
    return {
        name + ".pgp": closed,
        name + ".pgp" + MANIFEST: manifest,
        name + ".pgp" + MANIFEST + SIGNATURE: key.sign(manifest),
    }


def put(case: Case, files: dict[str, bytes]) -> None:
    """The partner leaves files."""
    for name, data in files.items():
        (case.returns / name).write_bytes(data)


def second_number(name: str = RETURN) -> str:
    """The name under which the partner sends a corrected file."""
    return name.replace("_000001", "_000002")


def inbound_case(ground: Ground, policy: str, client: Client = Client.PARAMIKO) -> Case:
    """An evening: the return lies there, open with a receipt file or wrapped without."""
    case = ground.case(policy, inbound=True, client=client)
    if policy == WRAPPED:
        data = (case.returns / RETURN).read_bytes()
        for path in case.returns.glob("*.TXT"):
            path.unlink()
        put(case, wrapped(case, data))
    return case


def good_return(case: Case) -> bytes:
    """The bytes of the partner's return, unspoilt."""
    return (case.ground.bases["evening"].root / "returns" / RETURN).read_bytes()


def spoilt(make: Callable[[Case], dict[str, bytes]]) -> Fault:
    """The return comes spoilt; the partner then sends it right under the next number."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        put(case, make(case))
        yield case.stage
        good = good_return(case)
        name = second_number()
        put(case, wrapped(case, good, name) if case.policy == WRAPPED else {name: good})

    return do


def tampered(case: Case) -> dict[str, bytes]:
    """One bit of the sealed file is another."""
    files = wrapped(case, good_return(case))
    data = files[RETURN + ".pgp"]
    middle = len(data) // 2
    changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return files | {RETURN + ".pgp": changed}


def truncated(case: Case) -> dict[str, bytes]:
    """The end of the sealed file is missing."""
    files = wrapped(case, good_return(case))
    return files | {RETURN + ".pgp": files[RETURN + ".pgp"][:-40]}


def unsigned(case: Case) -> dict[str, bytes]:
    """Encrypted for us, signed by nobody."""
    data = good_return(case)
    return wrapped(case, data, sealed=seal(case, data, signer=None))


def sealed_by_stranger(case: Case) -> dict[str, bytes]:
    """Signed by a key of the ring that is not the partner's."""
    data, agency = good_return(case), case.ground.agency
    sealed = agency.seal(data, signer=case.ground.agency_key, to=[case.ground.agency_key])
    return wrapped(case, data, sealed=sealed)


def manifest_by_stranger(case: Case) -> dict[str, bytes]:
    """The manifest is signed by a key that nobody declared."""
    return wrapped(case, good_return(case), signing=STRANGER)


def manifest_of_another(case: Case) -> dict[str, bytes]:
    """The manifest tells of other bytes."""
    files = wrapped(case, good_return(case))
    manifest = json.loads(files[RETURN + ".pgp" + MANIFEST]) | {"sha256": "0" * 64}
    data = json.dumps(manifest).encode()
    return files | {
        RETURN + ".pgp" + MANIFEST: data,
        RETURN + ".pgp" + MANIFEST + SIGNATURE: case.ground.signing.sign(data),
    }


def cut_short(case: Case) -> dict[str, bytes]:
    """The trailer and half a record of the open file are missing."""
    return {RETURN: good_return(case)[:-357]}


@contextmanager
def sealed_ahead(case: Case) -> Iterator[Stage]:
    """The partner's clock is an hour ahead when it seals and writes."""
    data = good_return(case)
    put(case, wrapped(case, data, sealed=seal(case, data, ahead=True)))
    soon = datetime.now(UTC).timestamp() + HOUR.total_seconds()
    for path in case.returns.iterdir():
        os.utime(path, (soon, soon))
    yield case.stage


@contextmanager
def expired_signer(case: Case) -> Iterator[Stage]:
    """The partner's key has expired in our ring; then the prolonged one is imported."""
    rings = case.ground.rings(case.ground.behind)
    yield case.stage.with_setting(RINGS_VARIABLE, str(rings))


@contextmanager
def manifest_late(case: Case) -> Iterator[Stage]:
    """The manifest comes after the first look."""
    path = case.returns / (RETURN + ".pgp" + MANIFEST)
    aside = case.stage.folder / path.name
    shutil.move(path, aside)
    yield case.stage
    shutil.move(aside, path)


@contextmanager
def replayed(case: Case) -> Iterator[Stage]:
    """The return of before is put there again, under its own name."""
    taken_in(case)
    put(case, {RETURN: good_return(case)})
    yield case.stage


@contextmanager
def replayed_renamed(case: Case) -> Iterator[Stage]:
    """The return of before is put there again, under a new name."""
    taken_in(case)
    put(case, {second_number(): good_return(case)})
    yield case.stage


@contextmanager
def name_used_again(case: Case) -> Iterator[Stage]:
    """Other payments come under the name of a return that was posted."""
    taken_in(case)
    lines = good_return(case).splitlines(keepends=True)
    put(case, {RETURN: b"".join([*lines[:3], *lines[4:]])})
    yield case.stage


@contextmanager
def gap(case: Case) -> Iterator[Stage]:
    """Number 3 comes after number 1, number 2 only then."""
    taken_in(case)
    stranger_pays(case, 3)
    yield case.stage
    stranger_pays(case, 2)


def taken_in(case: Case) -> None:
    status, told = command(case, case.stage, RECONCILE)
    assert (status, told) == (0, [])


def stranger_pays(case: Case, number: int) -> None:
    """A further return of one payment, by somebody whom nobody knows."""
    who = WalkIn("unknown_person", f"110150000{number:03d}1", "40", "01", 7000)
    write_return(case.returns, take_payments([], [who], DAY, SEED), DAY, number)


@contextmanager
def our_disk_full(case: Case) -> Iterator[Stage]:
    """Our disk is full when the return is fetched."""
    with our_limit() as limit, when(Moment("download"), lambda: limit(1000)):
        yield case.stage


@contextmanager
def receipt_lost(case: Case) -> Iterator[Stage]:
    """No receipt comes until the deadline is past; the watch says so. Then it is written."""
    path = case.returns / RECEIPTS
    data = path.read_bytes()
    path.unlink()
    yield case.stage
    status, _ = command(case, case.stage, WATCH)
    assert status == 1, f"nobody is told of the missing receipt: {status}"
    path.write_bytes(data)


def receipt_for(name: str | None, sha256: str) -> Fault:
    """A receipt speaks of another file, or of other bytes; then the right one comes."""

    @contextmanager
    def do(case: Case) -> Iterator[Stage]:
        files = sorted(announced_file(path) for path in new_manifests(case.drop, set()))
        wrong = Receipt(name or files[0][0], sha256, "A", 0, 10)
        right = [Receipt(*file, "A", 0, 10) for file in files]
        write_receipts(case.returns, Told(RECEIPTS, "", (wrong, right[1])))
        yield case.stage
        write_receipts(case.returns, Told(second_number(RECEIPTS), "", (right[0],)))

    return do
