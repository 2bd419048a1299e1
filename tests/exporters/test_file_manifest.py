"""The manifest: canonical bytes, strict reading, and what a changed file contradicts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.manifest import (
    Envelope,
    Manifest,
    ManifestError,
    build_manifest,
    parse_manifest,
    verify_manifest,
)
from exporters.writer import WrittenFile
from interfaces.registry import Registry

INTERFACE = Registry().get("counter_feed_s39")
DATA = b"feed\r\n"


def manifest_of(path: Path) -> Manifest:
    written = WrittenFile(
        path, hashlib.sha256(DATA).hexdigest(), len(DATA), 3, 1, {"Z": "1", "A": "432.00"}
    )
    return build_manifest(
        written, INTERFACE, name="S39.TXT", business_date=date(2026, 11, 20), sequence=7
    )


def test_the_bytes_are_canonical() -> None:
    assert manifest_of(Path("f")).to_bytes() == (
        b'{"business_date":"2026-11-20","controls":{"A":"432.00","Z":"1"},"details":1,'
        b'"envelope":null,'
        b'"interface":"counter_feed_s39","name":"S39.TXT","partner":"counter_service",'
        b'"records":3,"sequence":7,'
        b'"sha256":"' + hashlib.sha256(DATA).hexdigest().encode() + b'","size":6,'
        b'"stands_in_for":[],"supersedes":null,"version":1}\n'
    )


def test_a_sealed_one_names_its_envelope_and_the_numbers_it_stands_for() -> None:
    sealed = replace(
        manifest_of(Path("f")),
        envelope=Envelope("S39.TXT.pgp", 400, "ab" * 32, "openpgp"),
        stands_in_for=(5, 6),
    )
    data = sealed.to_bytes()
    assert (
        b'"envelope":{"kind":"openpgp","name":"S39.TXT.pgp","sha256":"' + b"ab" * 32 + b'",'
        b'"size":400},' in data
    )
    assert b'"stands_in_for":[5,6]' in data
    assert parse_manifest(data) == sealed


def test_what_knows_of_no_seal_is_read_as_open() -> None:
    content = json.loads(manifest_of(Path("f")).to_bytes())
    del content["envelope"], content["stands_in_for"]
    assert parse_manifest(json.dumps(content).encode()) == manifest_of(Path("f"))


@given(
    st.text(),
    st.none() | st.text(),
    st.dictionaries(st.text(), st.text()),
    st.integers(0, 10**15),
    st.none() | st.builds(Envelope, st.text(), st.integers(0, 10**15), st.text(), st.text()),
    st.lists(st.integers(0, 10**6)).map(tuple),
)
def test_what_is_written_is_read(
    name: str,
    supersedes: str | None,
    controls: dict[str, str],
    size: int,
    envelope: Envelope | None,
    stands_in_for: tuple[int, ...],
) -> None:
    manifest = replace(
        manifest_of(Path("f")),
        name=name,
        supersedes=supersedes,
        controls=controls,
        size=size,
        envelope=envelope,
        stands_in_for=stands_in_for,
    )
    assert parse_manifest(manifest.to_bytes()) == manifest
    assert parse_manifest(manifest.to_bytes()).to_bytes() == manifest.to_bytes()


ENVELOPE = {"kind": "openpgp", "name": "S39.TXT.pgp", "sha256": "ab", "size": 4}


def changed(**values: object) -> bytes:
    content = json.loads(manifest_of(Path("f")).to_bytes())
    return json.dumps(content | values).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a manifest"),
        (b"\xff\xfe", "not a manifest"),
        (b"[1]", "object"),
        (b"[" * 100_000, "not a manifest"),
        (b"{}", "'business_date' is missing"),
        (changed(extra=1), "'extra' is unknown"),
        (changed(size="6"), "'size'"),
        (changed(size=-1), "'size'"),
        (changed(records=True), "'records'"),
        (changed(size=float("nan")), "NaN"),
        (changed(controls={"A": 1}), "'controls'"),
        (changed(sha256=None), "'sha256'"),
        (changed(stands_in_for=None), "'stands_in_for'"),
        (changed(stands_in_for=["4"]), "'stands_in_for'"),
        (changed(stands_in_for=[True]), "'stands_in_for'"),
        (changed(stands_in_for=[-1]), "'stands_in_for'"),
        (changed(envelope="S39.TXT.pgp"), "'envelope'"),
        (changed(envelope={}), "envelope key 'kind' is missing"),
        (changed(envelope=ENVELOPE | {"armor": True}), "envelope key 'armor' is unknown"),
        (changed(envelope=ENVELOPE | {"size": "4"}), "envelope 'size'"),
        (changed(envelope=ENVELOPE | {"name": None}), "envelope 'name'"),
        (b'{"size":1,"size":2}', "twice"),
    ],
)
def test_anything_else_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        parse_manifest(data)


def test_a_file_is_held_against_its_manifest(tmp_path: Path) -> None:
    path = tmp_path / "S39.TXT"
    manifest = manifest_of(path)
    path.write_bytes(DATA)
    assert verify_manifest(manifest, path) == ()
    path.write_bytes(b"feeD\r\n")
    (problem,) = verify_manifest(manifest, path)
    assert "SHA-256" in problem
    path.write_bytes(b"")
    assert len(verify_manifest(manifest, path)) == 2
