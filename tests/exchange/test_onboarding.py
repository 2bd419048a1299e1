"""`prakan partner test` walks a partner's set-up: a real server, real keys, every step told."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.site import open_site
from ledger.audit import entries_of
from prakan.__main__ import main
from simulation.sftp_server import running_server
from tests.keyrings import owners

PARTNER = "counter_service"
DAY = "2026-11-30"
DECLARED = """\
name = "counter_service"
title = "Payment counters"
title_th = "หน่วยรับชำระเงิน"
connection = "counter_service"
[publish]
manifest_suffix = ".manifest.json"
signature_suffix = ".sig"
trigger_suffix = ".ready"
readback = true
"""


@dataclass
class SetUp:
    """A partner's server, its folder as we see it, and our settings."""

    root: Path
    partners: Path
    environment: dict[str, str]

    def declare(self, text: str) -> None:
        (self.partners / f"{PARTNER}.toml").write_text(text, "utf-8")

    def walk(
        self, capsys: pytest.CaptureFixture[str], *arguments: str
    ) -> tuple[int, dict[str, dict[str, Any]]]:
        """Exit status, and what each step came to."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("interfaces.partners.SHIPPED", self.partners)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            status = main(["partner", "test", PARTNER, "--date", DAY, "--json", *arguments])
        steps = json.loads(capsys.readouterr().out)["steps"]
        return status, {step["step"]: step for step in steps}

    def left(self) -> list[str]:
        """Every file in the partner's folders."""
        return sorted(p.name for p in self.root.rglob("*") if p.is_file())


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[SetUp]:
    root = tmp_path / "partner"
    for name in ("drop", "returns", "acks"):
        (root / name).mkdir(parents=True)
    partners = tmp_path / "partners"
    partners.mkdir()
    key = tmp_path / "signing.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    key.chmod(0o600)
    with running_server(root, tmp_path / "server") as server:
        environment = {
            "PRAKAN_HOME": str(tmp_path / "home"),
            "PRAKAN_SIGNING_KEY_FILE": str(key),
            **server.environment(PARTNER),
        }
        made = SetUp(root, partners, environment)
        made.declare(DECLARED)
        yield made


def outcomes(steps: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: step["outcome"] for name, step in steps.items()}


def test_a_partner_that_is_ready(set_up: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    status, steps = set_up.walk(capsys)
    assert status == 0, steps
    assert outcomes(steps) | {"seal round trip": "skipped"} == outcomes(steps)
    assert {s for s in steps if steps[s]["outcome"] != "done"} == {"seal round trip"}
    assert set_up.left() == []
    assert (set_up.root / "returns" / "done").is_dir()
    site = open_site(set_up.environment)
    kinds = [entry.kind for entry in entries_of(site.ledger, PARTNER)]
    site.ledger.dispose()
    # Two folders with a trial file each, and the test file with its three companions.
    assert Counter(kinds) == {"uploaded": 6, "renamed": 2, "removed": 6}


def test_the_test_file_is_left_for_the_partner_to_verify(
    set_up: SetUp, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, steps = set_up.walk(capsys, "--leave")
    assert status == 0, steps
    name = "TEST-S39_20261130_000000.TXT"
    manifest = set_up.root / "drop" / f"{name}.manifest.json"
    assert set_up.left() == [
        name, f"{name}.manifest.json", f"{name}.manifest.json.sig", f"{name}.ready",
    ]  # fmt: skip
    facts = json.loads(manifest.read_bytes())
    assert (facts["sequence"], facts["details"], facts["partner"]) == (0, 0, PARTNER)
    public = tmp_path / "public.pem"
    key = set_up.environment["PRAKAN_SIGNING_KEY_FILE"]
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public,
         "-in", manifest, "-sigfile", f"{manifest}.sig"],
        check=True,
    )  # fmt: skip


def test_sealed_for_the_partner(set_up: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    with owners("", "") as (agency, partner):
        ours, theirs = agency.new_key("agency"), partner.new_key("partner")
        agency.give(partner, "agency")
        partner.give(agency, "partner")
        rings = set_up.partners / "rings"
        rings.mkdir()
        (rings / PARTNER).symlink_to(agency.home)
        set_up.environment["PRAKAN_KEYRINGS"] = str(rings)
        keys = "".join(
            f'[[seal.keys]]\nowner = "{owner}"\nfingerprint = "{key}"\nfrom = 2020-01-01\n'
            for owner, key in (("agency", ours), ("partner", theirs))
        )
        set_up.declare(DECLARED + '[seal]\noutbound = "openpgp"\n' + keys)
        status, steps = set_up.walk(capsys, "--leave")
        assert status == 0, steps
        assert ours in steps["seal round trip"]["told"]
        sealed = set_up.root / "drop" / "TEST-S39_20261130_000000.TXT.pgp"
        plain = partner.gpg("--decrypt", str(sealed))
        facts = json.loads(sealed.with_name(f"{sealed.name}.manifest.json").read_bytes())
        assert len(plain) == facts["size"]
        # A fingerprint that the ring does not have.
        set_up.declare((DECLARED + '[seal]\noutbound = "openpgp"\n' + keys).replace(ours, "A" * 40))
        status, steps = set_up.walk(capsys)
        assert status == 3
        assert steps["seal round trip"]["outcome"] == "failed"
        assert steps["drop folder: write"]["outcome"] == "done"
        # Keys that begin only after the day of the test.
        later = keys.replace("2020-01-01", "2030-01-01")
        set_up.declare(DECLARED + '[seal]\noutbound = "openpgp"\n' + later)
        status, steps = set_up.walk(capsys)
        assert status == 3
        for step in ("seal round trip", "test file"):
            assert "in force on 2026-11-30" in steps[step]["told"]


@pytest.mark.parametrize(
    ("spoil", "step", "skipped"),
    [
        ("folder", "drop folder", {"drop folder: write", "drop folder: remove"}),
        ("host key", "host key", {"login", "drop folder", "test file"}),
        ("login", "login", {"drop folder", "returns folder", "test file"}),
        ("port", "reach", {"host key", "login", "drop folder"}),
        ("settings", "credentials", {"reach", "test file"}),
        ("signing", "signing key", set()),
    ],
)
def test_what_is_not_ready_is_named_and_the_rest_is_not_blamed(
    set_up: SetUp,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    spoil: str,
    step: str,
    skipped: set[str],
) -> None:
    prefix = "PRAKAN_SFTP_COUNTER_SERVICE"
    if spoil == "folder":
        shutil.rmtree(set_up.root / "drop")
    elif spoil == "settings":
        del set_up.environment[f"{prefix}_KNOWN_HOSTS"]
    elif spoil == "signing":
        set_up.environment["PRAKAN_SIGNING_KEY_FILE"] = str(tmp_path / "none.pem")
    elif spoil == "port":
        url = set_up.environment[f"{prefix}_URL"]
        set_up.environment[f"{prefix}_URL"] = url.rpartition(":")[0] + ":1"
        known = Path(set_up.environment[f"{prefix}_KNOWN_HOSTS"])
        port = url.rpartition(":")[2]
        known.write_text(known.read_text().replace(f":{port} ", ":1 "))
    else:
        other = tmp_path / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        if spoil == "login":
            set_up.environment[f"{prefix}_KEY_FILE"] = str(other)
        else:
            known = Path(set_up.environment[f"{prefix}_KNOWN_HOSTS"])
            host = known.read_text().split()[0]
            known.write_text(f"{host} {' '.join((tmp_path / 'other.pub').read_text().split()[:2])}")
    status, steps = set_up.walk(capsys)
    assert status == 3
    found = outcomes(steps)
    assert found[step] == "failed", steps
    assert {name for name in skipped if found[name] != "skipped"} == set()
    assert "\n" not in steps[step]["told"]
    assert set_up.left() == []
