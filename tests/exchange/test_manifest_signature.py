"""Signatures of manifests, and the key that must be ours alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.sealing.errors import KeyTrouble
from exchange.sealing.manifest_signature import (
    KEY_VARIABLE,
    SIGNATURE_BYTES,
    SigningKey,
    sign,
    signing_key,
    verify,
)
from simulation.signing_key import make_signing_key

DATA = b'{"name":"S39.TXT"}\n'


def key_in(folder: Path, raw: bytes | None = None) -> SigningKey:
    return signing_key({KEY_VARIABLE: str(make_signing_key(folder, raw=raw))})


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return key_in(tmp_path_factory.mktemp("key"))


@given(st.binary(max_size=200), st.integers(0, 8 * SIGNATURE_BYTES - 1))
def test_only_the_very_signature_of_the_very_bytes_holds(
    key: SigningKey, data: bytes, bit: int
) -> None:
    signature = sign(data, key)
    assert len(signature) == SIGNATURE_BYTES
    assert sign(data, key) == signature
    assert verify(data, signature, [key.public]) == 0
    assert verify(data + b"\n", signature, [key.public]) is None
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert verify(data, bytes(changed), [key.public]) is None


@pytest.mark.parametrize("signature", [b"", b"\x00" * 63, b"\x00" * 64, b"\x00" * 65, DATA * 99])
def test_anything_else_is_no_signature(key: SigningKey, signature: bytes) -> None:
    assert verify(DATA, signature, [key.public]) is None


def test_one_of_several_keys_in_force(key: SigningKey, tmp_path: Path) -> None:
    new = key_in(tmp_path)
    both = [new.public, key.public]
    assert verify(DATA, sign(DATA, key), both) == 1
    assert verify(DATA, sign(DATA, new), both) == 0
    assert verify(DATA, sign(DATA, key), [new.public]) is None
    assert verify(DATA, sign(DATA, key), []) is None


def test_openssl_verifies_it_and_we_verify_openssl(tmp_path: Path) -> None:
    private, public = tmp_path / "key.pem", tmp_path / "public.pem"
    data, signature = tmp_path / "M.json", tmp_path / "M.json.sig"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    private.chmod(0o600)
    key = signing_key({KEY_VARIABLE: str(private)})
    data.write_bytes(DATA)
    signature.write_bytes(sign(DATA, key))
    checking: list[str | Path] = ["pkeyutl", "-verify", "-rawin", "-pubin"]
    checking += ["-inkey", public, "-in", data]
    openssl(*checking, "-sigfile", signature)
    signature.unlink()
    openssl("pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", data, "-out", signature)
    assert verify(DATA, signature.read_bytes(), [key.public]) == 0
    data.write_bytes(DATA + b" ")
    with pytest.raises(subprocess.CalledProcessError):
        openssl(*checking, "-sigfile", signature)


def test_a_missing_key_names_its_variable(tmp_path: Path) -> None:
    for environment in ({}, {KEY_VARIABLE: ""}):
        with pytest.raises(KeyTrouble, match=f"set {KEY_VARIABLE}"):
            signing_key(environment)
    with pytest.raises(KeyTrouble, match="No such file"):
        signing_key({KEY_VARIABLE: str(tmp_path / "absent.pem")})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = make_signing_key(tmp_path)
    path.chmod(mode)
    with pytest.raises(KeyTrouble, match=f"chmod 0600 {path}"):
        signing_key({KEY_VARIABLE: str(path)})
    path.chmod(0o400)
    signing_key({KEY_VARIABLE: str(path)})


@pytest.mark.parametrize(
    "making",
    [
        ("genpkey", "-algorithm", "ed448"),
        ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        ("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret"),
        ("rand", "-hex", "32"),
        ("rand", "1"),
    ],
)
def test_any_other_key_is_refused_in_one_line(tmp_path: Path, making: tuple[str, ...]) -> None:
    path = tmp_path / "key.pem"
    last = making[-1:] if making[0] == "rand" else ()
    openssl(*making[: len(making) - len(last)], "-out", path, *last)
    path.chmod(0o600)
    with pytest.raises(KeyTrouble, match="Ed25519 private key in PEM form") as error:
        signing_key({KEY_VARIABLE: str(path)})
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_public_key_is_no_private_one(tmp_path: Path) -> None:
    private, public = make_signing_key(tmp_path), tmp_path / "public.pem"
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    public.chmod(0o600)
    with pytest.raises(KeyTrouble, match="private key"):
        signing_key({KEY_VARIABLE: str(public)})


def test_a_key_does_not_show_itself(key: SigningKey) -> None:
    assert repr(key) == "SigningKey()"


def openssl(*arguments: str | Path) -> None:
    """Run the openssl command line; CalledProcessError when it says no."""
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
