"""A return that was refused by a mistake of ours: replayed, posted, and answered a second time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from exchange.errors import ExchangeError
from exchange.returns.reconcile import reconcile
from exchange.site import Site
from interfaces.registry import SHIPPED
from ledger.acknowledgements import acknowledgements_of
from ledger.deliveries import deliveries_of, record_event
from ledger.delivery import Delivery, DeliveryState
from ledger.files import FileStanding
from ledger.landing import FileState
from simulation.partner.evening import Evening
from tests.night.stage import DAY, PARTNER, Stage, sha256_of

FIRST, SECOND = f"CSACK_{DAY:%Y%m%d}_000001.TXT", f"CSACK_{DAY:%Y%m%d}_000002.TXT"
MANIFEST = ".manifest.json"


@pytest.fixture
def mistaken(stage: Stage, tmp_path: Path) -> tuple[Stage, Evening]:
    """The evening is closed, and our declaration of the return file is wrong."""
    assert stage.night().status == 0
    evening = stage.evening()
    declare(tmp_path / "wrong", encoding="cp838")
    return stage.with_setting("PRAKAN_INTERFACES", str(tmp_path / "wrong")), evening


def declare(folder: Path, *, encoding: str) -> None:
    """Version 2 of the return file, in force from this month."""
    folder.mkdir()
    for kind in ("cpy", "toml"):
        text = (SHIPPED / f"counter_return.1.{kind}").read_text(encoding="utf-8")
        text = text.replace("\nversion = 1\n", "\nversion = 2\n")
        text = text.replace("valid_from = 2025-01-01", "valid_from = 2026-11-01")
        text = text.replace('encoding = "cp874"', f'encoding = "{encoding}"')
        (folder / f"counter_return.2.{kind}").write_text(text, encoding="utf-8")


def repaired(stage: Stage, evening: Evening, folder: Path) -> Stage:
    """The declaration is mended and the file is replayed."""
    declare(folder / "right", encoding="cp874")
    right = stage.with_setting("PRAKAN_INTERFACES", str(folder / "right"))
    file_id = stage.file(evening.return_file).file.file_id
    assert right.prakan("replay", file_id[:12], "--reason", "code page mended") in (0, 1)
    return right


def answers(stage: Stage, standing: FileStanding) -> list[Delivery]:
    with stage.ledger() as ledger:
        return [d for d in deliveries_of(ledger, DAY) if d.answers == standing.file.file_id]


def recorded(stage: Stage, standing: FileStanding) -> list[str]:
    with stage.ledger() as ledger:
        return [a.result.value for a in acknowledgements_of(ledger, standing.file.file_id)]


def header(stage: Stage, name: str) -> str:
    return (stage.root / "acks" / name).read_bytes().decode("cp874").split("\r\n")[0]


def test_the_second_answer_supersedes_the_first(
    mistaken: tuple[Stage, Evening], tmp_path: Path
) -> None:
    stage, evening = mistaken
    assert stage.night().status == 1
    standing = stage.file(evening.return_file)
    assert standing.state is FileState.QUARANTINED
    assert recorded(stage, standing) == ["R"]
    assert header(stage, FIRST)[139:170].strip() == "RFILE_ENCODING"

    right = repaired(stage, evening, tmp_path)
    assert right.night().status == 0
    standing = right.file(evening.return_file)
    assert standing.state is FileState.ANSWERED
    assert recorded(right, standing) == ["R", "P"]
    first, second = answers(right, standing)
    assert (first.state, first.superseded_by) == (DeliveryState.SUPERSEDED, second.delivery_id)
    assert (second.state, second.supersedes) == (DeliveryState.DELIVERED, first.delivery_id)
    # The partner has both; the second says which one it replaces, the manifest by its content.
    told = header(right, SECOND)
    assert (told[139], told[140:294].strip(), told[294:]) == ("P", "", "000001")
    manifest = json.loads((right.root / "acks" / f"{SECOND}{MANIFEST}").read_bytes())
    assert manifest["supersedes"] == sha256_of(right.root / "acks" / FIRST)
    assert right.prakan("show", second.delivery_id) == 0
    assert right.prakan("show", standing.file.file_id) == 0

    seen, digest = right.at_partner(), right.digest()
    assert right.night().status == 0
    assert (right.at_partner(), right.digest()) == (seen, digest)


def test_a_refusal_that_never_arrived_is_not_sent_after_the_file_was_accepted(
    mistaken: tuple[Stage, Evening], tmp_path: Path
) -> None:
    stage, evening = mistaken
    shutil.rmtree(stage.root / "acks")
    assert stage.night().status == 3
    standing = stage.file(evening.return_file)
    (first,) = answers(stage, standing)
    assert not first.arrived
    assert recorded(stage, standing) == []

    right = repaired(stage, evening, tmp_path)
    (stage.root / "acks").mkdir()
    assert right.night().status == 0
    assert recorded(right, standing)[-1] == "P"
    newest = answers(right, standing)[-1]
    assert (newest.state, newest.supersedes) == (DeliveryState.DELIVERED, first.delivery_id)
    assert header(right, SECOND)[139] == "P"
    assert right.file(evening.return_file).state is FileState.ANSWERED


def test_a_refusal_of_unknown_end_is_settled_before_it_is_replaced(
    mistaken: tuple[Stage, Evening], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, evening = mistaken

    def breaks_off(site: Site, delivery: Delivery, *_more: object) -> None:
        for step in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
            record_event(site.ledger, delivery.delivery_id, step, recorded_at=site.clock())
        raise ExchangeError(PARTNER, "the connection was cut")

    with monkeypatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.send", breaks_off)
        site = stage.site()
        with pytest.raises(ExchangeError):
            reconcile(site, DAY, PARTNER)
        site.ledger.dispose()
    standing = stage.file(evening.return_file)
    assert answers(stage, standing)[0].state is DeliveryState.UNKNOWN

    right = repaired(stage, evening, tmp_path)
    assert right.night().status == 0
    first, second = answers(right, standing)
    assert first.state is DeliveryState.SUPERSEDED
    assert second.state is DeliveryState.DELIVERED
    assert recorded(right, standing) == ["R", "P"]
