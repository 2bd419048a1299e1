"""Partner declarations: strict, without credentials, found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from interfaces.partners import load_partner, load_partners
from interfaces.policies import Directories, PublishPolicy
from interfaces.toml_table import DeclarationError

MINIMAL = """
name = "bank"
title = "A bank"
title_th = "ธนาคาร"
connection = "bank_sftp"
"""


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
    assert set(load_partners([tmp_path])) == {"bank", "counter_service"}
    with pytest.raises(DeclarationError, match="declared twice"):
        load_partners([tmp_path, tmp_path])
    with pytest.raises(DeclarationError, match="does not exist"):
        load_partners([tmp_path / "absent"])
