"""A further partner with a feed of its own: a copybook and two declarations, and no Python."""

from __future__ import annotations

import json

import pytest

from ledger.deliveries import deliveries_of
from ledger.delivery import DeliveryState
from tests.night.conftest import Undisturbed
from tests.night.law import partner_reads
from tests.night.stage import DAY, Stage, sha256_of

BANK = """\
name = "savings_bank"
title = "A bank that takes contributions of section 40"
title_th = "ธนาคารรับชำระเงินสมทบมาตรา 40"
connection = "savings_bank"

[directories]
drop = "{root}/in"

[publish]
temporary_suffix = ".tmp"
manifest_suffix = ".json"
"""

FEED = """\
name = "bank_feed_s40"
version = 1
title = "Insured persons of section 40 for a bank"
title_th = "ข้อมูลผู้ประกันตนมาตรา 40 สำหรับธนาคาร"
kind = "feed"
partner = "savings_bank"
source = "made for a test"
valid_from = 2026-01-01
file = { framing = "FB", encoding = "cp838", name = "BANK40.D{date}.S{sequence}" }
dates = [{ mask = "yyyymmdd", era = "ce", fields = ["HDR-DATE"] }]

[publish]
dataset = "standing"
where = { section_code = "40", status_code = "A" }
order = ["national_id"]

[records]
BANK-HEADER = { role = "header", when = { HDR-TYPE = "1" } }
BANK-DETAIL = { role = "detail", when = { REC-TYPE = "2" }, key = ["NATIONAL-ID"] }
BANK-TRAILER = { role = "trailer", when = { TRL-TYPE = "9" } }

[controls.BANK-HEADER.context]
HDR-DATE = "business_date"
HDR-SEQUENCE = "sequence"

[controls.BANK-TRAILER]
count = { TRL-COUNT = "BANK-DETAIL" }
hash = { TRL-HASH = "NATIONAL-ID" }
"""

COPYBOOK = """\
       01  BANK-HEADER.
           05  HDR-TYPE                PIC X(01).
           05  HDR-DATE                PIC 9(08).
           05  HDR-SEQUENCE            PIC 9(06).
           05  FILLER                  PIC X(35).
       01  BANK-DETAIL.
           05  REC-TYPE                PIC X(01).
           05  NATIONAL-ID             PIC X(13).
           05  OPTION-CODE             PIC X(02).
           05  PERSON-RETURN-CODE      PIC S9(03)  COMP-3.
           05  PAYABLE-COUNT           PIC S9(04)  COMP.
           05  FAMILY-NAME             PIC X(30).
       01  BANK-TRAILER.
           05  TRL-TYPE                PIC X(01).
           05  TRL-COUNT               PIC 9(09).
           05  TRL-HASH                PIC 9(15).
           05  FILLER                  PIC X(25).
"""
LENGTH = 50


@pytest.fixture
def with_bank(stage: Stage) -> Stage:
    """The installation with one more folder of declarations."""
    bank = stage.folder / "bank"
    (bank / "in").mkdir(parents=True)
    folder = stage.folder / "declarations"
    (folder / "partners").mkdir(parents=True)
    (folder / "partners" / "savings_bank.toml").write_text(BANK.replace("{root}", str(bank)))
    (folder / "bank_feed_s40.1.toml").write_text(FEED)
    (folder / "bank_feed_s40.1.cpy").write_text(COPYBOOK)
    for name in ("URL", "KEY_FILE", "KNOWN_HOSTS"):
        ours = stage.environment[f"PRAKAN_SFTP_COUNTER_SERVICE_{name}"]
        stage = stage.with_setting(f"PRAKAN_SFTP_SAVINGS_BANK_{name}", ours)
    return stage.with_setting("PRAKAN_INTERFACES", str(folder))


def test_the_night_delivers_the_second_feed_too(with_bank: Stage, undisturbed: Undisturbed) -> None:
    assert with_bank.night().status == 0
    assert with_bank.at_partner("drop") == undisturbed.drop

    inbox = with_bank.folder / "bank" / "in"
    name = "BANK40.D20261120.S000001"
    assert sorted(path.name for path in inbox.iterdir()) == [name, f"{name}.json"]
    announced = json.loads((inbox / f"{name}.json").read_bytes())
    assert (announced["name"], announced["sha256"]) == (name, sha256_of(inbox / name))
    with with_bank.ledger() as ledger:
        states = {d.interface: d.state for d in deliveries_of(ledger, DAY)}
    assert states["bank_feed_s40"] is DeliveryState.DELIVERED

    data = (inbox / name).read_bytes()
    header, *details, trailer = (data[at : at + LENGTH] for at in range(0, len(data), LENGTH))
    listed = {p.national_id: p for p in partner_reads(with_bank.root, DAY) if p.section == "40"}
    active = [listed[key] for key in sorted(listed) if listed[key].status == "A"]
    assert header[:15].decode("cp037") == "120261120000001"
    assert [_text(line, 1, 14) for line in details] == [person.national_id for person in active]
    assert [_text(line, 14, 16) for line in details] == [person.option for person in active]
    assert [int(line[16:18].hex()[:3]) for line in details] == [
        int(person.return_code) for person in active
    ]
    assert [int.from_bytes(line[18:20], "big", signed=True) for line in details] == [
        len(person.offers) for person in active
    ]
    assert _text(trailer, 0, 10) == f"9{len(details):09d}"
    total = sum(int(person.national_id) for person in active)
    assert int(_text(trailer, 10, 25)) == total % 10**15

    assert with_bank.night().status == 0
    assert len(list(inbox.iterdir())) == 2


def test_the_declaration_is_short() -> None:
    assert len(FEED.splitlines()) < 30
    assert len(BANK.splitlines()) < 30


def test_a_second_partner_that_is_down_does_not_hold_up_the_first(
    with_bank: Stage, undisturbed: Undisturbed, capsys: pytest.CaptureFixture[str]
) -> None:
    down = with_bank.with_setting("PRAKAN_SFTP_SAVINGS_BANK_KNOWN_HOSTS", "/nonexistent")
    assert down.prakan("run", "--date", str(DAY)) == 2
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAILED")]
    assert [line.split(":")[0] for line in failed] == ["FAILED publish bank_feed_s40"]
    assert down.at_partner("drop") == undisturbed.drop
    assert list((with_bank.folder / "bank" / "in").iterdir()) == []
    assert with_bank.night().status == 0
    assert len(list((with_bank.folder / "bank" / "in").iterdir())) == 2


def _text(line: bytes, start: int, end: int) -> str:
    return line[start:end].decode("cp037")
