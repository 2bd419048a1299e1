"""Partner declarations: strict, without credentials, found by name."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest

from interfaces.partners import load_partner, load_partners
from interfaces.policies import (
    AfterCollecting,
    Client,
    CollectPolicy,
    Directories,
    KeyOwner,
    ManifestKey,
    OpenPgpKey,
    PickUp,
    PublishPolicy,
    SealKind,
    SealPolicy,
)
from interfaces.toml_table import DeclarationError

MINIMAL = """
name = "bank"
title = "A bank"
title_th = "ธนาคาร"
connection = "bank_sftp"
"""

OURS, THEIRS, NEW = "A1" * 20, "B2" * 20, "C3" * 32
PUBLIC = bytes(range(32))


def _key(owner: str, fingerprint: str, more: str = "from = 2026-01-01") -> str:
    return f"[[seal.keys]]\nowner = '{owner}'\nfingerprint = '{fingerprint}'\n{more}\n"


def _manifest_key(public: bytes | str, more: str = "from = 2026-01-01") -> str:
    text = base64.b64encode(public).decode() if isinstance(public, bytes) else public
    return f"[[seal.manifest_keys]]\npublic = '{text}'\n{more}\n"


def _declare(folder: Path, text: str, name: str = "bank.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_payment_counter() -> None:
    partner = load_partners()["counter_service"]
    assert partner.directories == Directories("/drop", "/returns", "/acks")
    assert partner.publish.readback
    assert partner.publish.temporary("S39.TXT") == ".S39.TXT.part"
    assert partner.publish.is_temporary(".S39.TXT.part")
    assert not partner.publish.is_temporary("S39.TXT")


def test_what_is_left_out_has_the_usual_value(tmp_path: Path) -> None:
    partner = load_partner(_declare(tmp_path, MINIMAL))
    assert partner.directories == Directories()
    assert partner.publish == PublishPolicy()
    assert partner.publish.manifest_suffix is None
    assert partner.collect == CollectPolicy()
    assert partner.seal == SealPolicy()
    assert partner.client is Client.PARAMIKO


def test_everything_declared(tmp_path: Path) -> None:
    partner = load_partner(
        _declare(
            tmp_path,
            MINIMAL
            + """
client = "asyncssh"
[publish]
temporary_folder = "/staging"
resume = false
manifest_suffix = ".manifest"
signature_suffix = ".sig"
trigger_suffix = ".ready"
pickup = "takes"
[collect]
after = "remove"
done_folder = "taken"
manifest_suffix = ".m"
signature_suffix = ".s"
largest = 1000
[seal]
outbound = "openpgp"
inbound = "none"
suffix = ".gpg"
"""
            + _key("agency", "a1a1 " * 9 + "A1A1")
            + _key("partner", THEIRS, "from = 2026-01-01\nuntil = 2026-12-31")
            + _manifest_key(PUBLIC),
        )
    )
    assert partner.client is Client.ASYNCSSH
    assert partner.publish == PublishPolicy(
        temporary_folder="/staging",
        resume=False,
        manifest_suffix=".manifest",
        signature_suffix=".sig",
        trigger_suffix=".ready",
        pickup=PickUp.TAKES,
    )
    assert partner.collect == CollectPolicy(
        after=AfterCollecting.REMOVE,
        done_folder="taken",
        manifest_suffix=".m",
        signature_suffix=".s",
        largest=1000,
    )
    assert partner.seal == SealPolicy(
        outbound=SealKind.OPENPGP,
        suffix=".gpg",
        keys=(
            OpenPgpKey(KeyOwner.AGENCY, OURS, date(2026, 1, 1), None),
            OpenPgpKey(KeyOwner.PARTNER, THEIRS, date(2026, 1, 1), date(2026, 12, 31)),
        ),
        manifest_keys=(ManifestKey(PUBLIC, date(2026, 1, 1), None),),
    )


def test_a_partner_may_forbid_renaming_where_something_else_says_complete(tmp_path: Path) -> None:
    for ending in ("manifest_suffix = '.m'", "trigger_suffix = '.t'"):
        text = f"{MINIMAL}[publish]\nrename = false\n{ending}"
        assert not load_partner(_declare(tmp_path, text)).publish.rename


def test_keys_are_in_force_with_overlap_the_newest_first(tmp_path: Path) -> None:
    new = bytes(32)
    policy = load_partner(
        _declare(
            tmp_path,
            MINIMAL
            + "[seal]\ninbound = 'openpgp'\n"
            + _key("partner", THEIRS, "from = 2026-01-01\nuntil = 2026-11-30")
            + _key("partner", NEW, "from = 2026-11-16")
            + _key("agency", OURS, "from = 2026-01-01\nuntil = 2026-12-31")
            + _manifest_key(PUBLIC, "from = 2026-01-01\nuntil = 2026-11-30")
            + _manifest_key(new, "from = 2026-11-16"),
        )
    ).seal
    assert [
        policy.fingerprints(KeyOwner.PARTNER, day)
        for day in (
            date(2025, 12, 31),
            date(2026, 1, 1),
            date(2026, 11, 15),
            date(2026, 11, 16),
            date(2026, 11, 30),
            date(2026, 12, 1),
        )
    ] == [(), (THEIRS,), (THEIRS,), (NEW, THEIRS), (NEW, THEIRS), (NEW,)]
    assert policy.manifest_keys_on(date(2026, 11, 15)) == (PUBLIC,)
    assert policy.manifest_keys_on(date(2026, 11, 20)) == (new, PUBLIC)
    assert policy.manifest_keys_on(date(2026, 12, 1)) == (new,)
    assert policy.fingerprints(KeyOwner.AGENCY, date(2026, 12, 31)) == (OURS,)
    assert policy.fingerprints(KeyOwner.AGENCY, date(2027, 1, 1)) == ()


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ('password = "sesame"', "unknown key 'password'"),
        ('host = "example"', "unknown key 'host'"),
        ("[directories]\noutbox = '/out'", "unknown key 'outbox'"),
        ("[directories]\ndrop = 'drop'", "not a plain absolute path"),
        ("[directories]\ndrop = '/a/../b'", "not a plain absolute path"),
        ("[directories]\ndrop = '/a/'", "not a plain absolute path"),
        ("[publish]\nreadback = 'yes'", "bool expected"),
        ("[publish]\ntemporary_suffix = '/x'", "letters, digits"),
        ("[publish]\ntemporary_prefix = ''\ntemporary_suffix = ''", "differ from the final"),
        ("[publish]\nmanifest_suffix = ''", "leave manifest_suffix out"),
        ("[publish]\ntrigger_suffix = ''", "leave trigger_suffix out"),
        ("[publish]\nsignature_suffix = '.sig'", "signature_suffix needs manifest_suffix"),
        ("[publish]\nrename = false", "without rename only a manifest or a trigger"),
        (
            "[publish]\nrename = false\ntrigger_suffix = '.t'\ntemporary_folder = '/tmp'",
            "temporary_folder has no use without rename",
        ),
        ("[publish]\ntemporary_folder = 'staging'", "not a plain absolute path"),
        ("[publish]\npickup = 'eats'", "pickup"),
        ("client = 'putty'", "client"),
        ("[collect]\nafter = 'keep'", "after"),
        ("[collect]\ndone_folder = 'a/b'", "not a plain folder name"),
        ("[collect]\ndone_folder = '..'", "not a plain folder name"),
        ("[collect]\nsignature_suffix = '.sig'", "signature_suffix needs manifest_suffix"),
        ("[collect]\nmanifest_suffix = ''", "leave manifest_suffix out"),
        ("[collect]\nlargest = 0", "not a size in bytes"),
        ("[collect]\nlargest = '4G'", "int expected"),
        ("[seal]\noutbound = 'zip'", "outbound"),
        ("[seal]\nsuffix = ''", "suffix must not be empty"),
        ("[seal]\nsuffix = '/x'", "letters, digits"),
        ("[seal]\nkey = 'x'", "unknown key 'key'"),
        ("[seal]\nkeys = [1]", "keys 1: 1 is not a table"),
        ("[seal]\noutbound = 'openpgp'", "needs a key of each side"),
        ("[seal]\ninbound = 'openpgp'\n" + _key("agency", OURS), "needs a key of each side"),
        ("[seal]\ninbound = 'openpgp'\n" + _key("partner", OURS), "needs a key of each side"),
        (_key("agency", OURS[:39]), "full fingerprint"),
        (_key("agency", OURS[-16:]), "full fingerprint"),
        (_key("agency", "0x" + OURS[2:]), "full fingerprint"),
        (_key("somebody", OURS), "owner"),
        (_key("agency", OURS, ""), "from"),
        (_key("agency", OURS, "from = 'today'"), "from"),
        (_key("agency", OURS, "from = 2026-01-01\nname = 'x'"), "unknown key 'name'"),
        (_manifest_key(PUBLIC[:31]), "32 bytes"),
        (_manifest_key("not base64!"), "32 bytes"),
        (_manifest_key(PUBLIC, ""), "from"),
        (_manifest_key(PUBLIC, "from = 2026-01-01\nowner = 'partner'"), "unknown key 'owner'"),
    ],
)
def test_wrong_declarations_are_refused(tmp_path: Path, addition: str, complaint: str) -> None:
    with pytest.raises(DeclarationError, match=complaint):
        load_partner(_declare(tmp_path, MINIMAL + addition))


def test_file_is_named_after_the_partner(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="must be named after it"):
        load_partner(_declare(tmp_path, MINIMAL, "other.toml"))


def test_further_folders_add_partners_and_cannot_replace_them(tmp_path: Path) -> None:
    _declare(tmp_path, MINIMAL)
    assert set(load_partners([tmp_path])) == {"bank", *load_partners()}
    with pytest.raises(DeclarationError, match="declared twice"):
        load_partners([tmp_path, tmp_path])
    with pytest.raises(DeclarationError, match="does not exist"):
        load_partners([tmp_path / "absent"])
