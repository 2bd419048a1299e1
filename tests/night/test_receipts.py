"""What the partner says of the files that it was sent, and what follows from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.errors import ExchangeError
from exchange.outbound.outbox import outbox_folder
from exchange.outbound.publish import publish_feed
from exchange.outbound.regenerate import regenerate
from exchange.report import figures_of, summarise
from exchange.returns.left import left_at
from exchange.returns.receipts import ReceiptState, receipt_state
from exchange.returns.reconcile import Reconciled, reconcile
from exchange.site import Site
from interfaces.partners import Partner
from ledger.deliveries import deliveries_of, record_event
from ledger.delivery import Delivery, DeliveryState
from ledger.landing import FileState
from ledger.receipts import receipts_of, unacknowledged
from simulation.partner.drop import announced_file, new_manifests
from simulation.partner.receipts import Receipt, Told, write_receipts
from tests.night.stage import DAY, FEEDS, PARTNER, Stage

S39, S40 = FEEDS
ACKNOWLEDGED, DELIVERED = DeliveryState.ACKNOWLEDGED, DeliveryState.DELIVERED


@pytest.fixture
def fed(stage: Stage) -> Stage:
    """Both feeds are delivered, nothing is said of them yet."""
    assert stage.night().status == 0
    return stage


def in_drop(stage: Stage) -> dict[str, tuple[str, str]]:
    """Name and SHA-256 of what lies at the partner, by feed; the newest of each."""
    found = [announced_file(manifest) for manifest in new_manifests(stage.root / "drop", set())]
    return {
        S39: max(one for one in found if one[0].startswith("S39")),
        S40: max(one for one in found if one[0].startswith("S40")),
    }


def receipt(file: tuple[str, str], result: str = "A", code: int = 0) -> Receipt:
    """What the partner says of one file."""
    return Receipt(*file, result, code, 0 if result == "R" else 10, int(result == "P"))


def say(stage: Stage, number: int, *receipts: Receipt) -> str:
    """The partner leaves a receipt file; its name."""
    told = Told(f"CSRCP_{DAY:%Y%m%d}_{number:06d}.TXT", "", receipts)
    write_receipts(stage.root / "returns", told)
    return told.name


def collect(stage: Stage) -> Reconciled:
    """What the partner left is taken in."""
    site = stage.site()
    try:
        return reconcile(site, DAY, PARTNER)
    finally:
        site.ledger.dispose()


def feeds(stage: Stage) -> dict[str, Delivery]:
    """The newest delivery of each feed."""
    with stage.ledger() as ledger:
        return {d.interface: d for d in deliveries_of(ledger, DAY) if d.answers is None}


def states(stage: Stage) -> dict[str, DeliveryState]:
    return {name: delivery.state for name, delivery in feeds(stage).items()}


def said_of(stage: Stage, delivery_id: str) -> tuple[list[str], ReceiptState]:
    """Results of all receipts of a delivery, and what they come to."""
    with stage.ledger() as ledger:
        (delivery,) = (d for d in deliveries_of(ledger, DAY) if d.delivery_id == delivery_id)
        results = [each.result.value for each in receipts_of(ledger, delivery_id)]
        return results, receipt_state(ledger, delivery)


def awaited(stage: Stage) -> set[str]:
    """Feeds of which no receipt has come."""
    with stage.ledger() as ledger:
        return {delivery.interface for delivery in unacknowledged(ledger, PARTNER, DAY)}


def test_a_receipt_for_each_feed_acknowledges_it_once(fed: Stage) -> None:
    assert (states(fed), awaited(fed)) == (dict.fromkeys(FEEDS, DELIVERED), set(FEEDS))
    evening = fed.evening()
    assert [one.result for one in evening.receipts] == ["A", "A"]
    assert fed.night().status == 0
    assert (states(fed), awaited(fed)) == (dict.fromkeys(FEEDS, ACKNOWLEDGED), set())
    file = fed.file(str(evening.receipt_file))
    assert (file.state, file.file.interface) == (FileState.ACCEPTED, "counter_feed_receipt")
    loaded = {one.name: one.records for one in evening.receipts}
    with fed.ledger() as ledger:
        for delivery in deliveries_of(ledger, DAY):
            for one in receipts_of(ledger, delivery.delivery_id):
                assert delivery.content is not None
                assert one.detail["records_read"] == loaded[delivery.content.name]
    figures = figures_of(fed.site(), DAY)
    assert (figures.receipts.sent, figures.receipts.acknowledged) == (2, 2)
    assert figures.disagreeing == ()
    assert "receipts: sent 2, acknowledged 2, awaited 0" in summarise(figures)
    assert f"head {figures.audit.number}:{figures.audit.hash}" in summarise(figures)
    digest, seen = fed.digest(), fed.at_partner()
    assert fed.night().status == 0
    assert (fed.digest(), fed.at_partner()) == (digest, seen)
    assert [said_of(fed, d.delivery_id)[0] for d in feeds(fed).values()] == [["A"], ["A"]]


def test_a_lost_receipt_leaves_the_feed_waiting(fed: Stage) -> None:
    evening = fed.evening()
    (fed.root / "returns" / str(evening.receipt_file)).unlink()
    assert fed.night().status == 0
    assert (states(fed), awaited(fed)) == (dict.fromkeys(FEEDS, DELIVERED), set(FEEDS))
    figures = figures_of(fed.site(), DAY)
    assert (figures.receipts.sent, figures.receipts.awaited) == (2, 2)
    assert figures.disagreeing == ()
    # Written again it still counts.
    fed.evening()
    assert fed.night().status == 0
    assert awaited(fed) == set()


UNFIT = {
    "unknown_name": (("S39_20261120_000099.TXT", "a1" * 32), "RECEIPT_FILE_UNKNOWN"),
    "other_content": ((None, "b2" * 32), "RECEIPT_HASH_DIFFERS"),
}


@pytest.mark.parametrize("case", sorted(UNFIT))
def test_a_receipt_for_no_file_of_ours_leaves_the_feed_waiting(fed: Stage, case: str) -> None:
    (name, sha256), code = UNFIT[case]
    there = in_drop(fed)
    wrong = receipt((name or there[S39][0], sha256))
    done = collect_after(fed, wrong, receipt(there[S40]))
    assert (done.receipts.acknowledged, done.receipts.waiting) == (1, 0)
    assert states(fed) == {S39: DELIVERED, S40: ACKNOWLEDGED}
    standing = fed.file(f"CSRCP_{DAY:%Y%m%d}_000001.TXT")
    (finding,) = fed.findings(standing).to_pylist()
    assert (finding["code"], finding["record_number"]) == (code, 2)
    assert standing.result is not None
    assert (standing.result.records_accepted, standing.result.records_rejected) == (1, 1)
    # The right one comes later.
    say(fed, 2, receipt(there[S39]))
    assert collect(fed).receipts.acknowledged == 1
    assert states(fed) == dict.fromkeys(FEEDS, ACKNOWLEDGED)


def collect_after(stage: Stage, *receipts: Receipt) -> Reconciled:
    say(stage, 1, *receipts)
    return collect(stage)


def test_a_file_of_another_partner_is_unknown(fed: Stage, tmp_path: Path) -> None:
    """The same feeds went to a second partner; the first one confirms the file of the second."""
    other = second_partner(fed, tmp_path)
    site = other.site()
    publish_feed(site, DAY, "post_feed_s39")
    site.ledger.dispose()
    (name,) = (path.name for path in (fed.root / "post").glob("POST39_*.TXT"))
    sha256 = fed.at_partner("post")[f"post/{name}"]
    say(other, 1, receipt((name, sha256)))
    assert collect(other).receipts.acknowledged == 0
    standing = other.file(f"CSRCP_{DAY:%Y%m%d}_000001.TXT")
    assert other.codes(standing) == {"RECEIPT_FILE_UNKNOWN"}
    assert feeds(other)["post_feed_s39"].state is DELIVERED


def second_partner(stage: Stage, folder: Path) -> Stage:
    """The same installation with another partner on the same server and a feed for it."""
    own = folder / "own"
    (own / "partners").mkdir(parents=True)
    (stage.root / "post").mkdir()
    assert stage.partners is not None
    text = (stage.partners / f"{PARTNER}.toml").read_text("utf-8")
    text = text.replace(f'name = "{PARTNER}"', 'name = "post_office"')
    text = text.replace(str(stage.root / "drop"), str(stage.root / "post"))
    (own / "partners" / "post_office.toml").write_text(text, "utf-8")
    definitions = Path(__file__).parents[2] / "interfaces" / "definitions"
    shutil.copyfile(definitions / "counter_feed_s39.1.cpy", own / "post_feed_s39.1.cpy")
    text = (definitions / "counter_feed_s39.1.toml").read_text("utf-8")
    text = text.replace('"counter_feed_s39"', '"post_feed_s39"').replace(PARTNER, "post_office")
    (own / "post_feed_s39.1.toml").write_text(text.replace("S39_{date}", "POST39_{date}"), "utf-8")
    return stage.with_setting("PRAKAN_INTERFACES", str(own))


def test_a_receipt_for_a_superseded_feed_is_recorded_and_changes_nothing(fed: Stage) -> None:
    old = in_drop(fed)[S39]
    site = fed.site()
    first = feeds(fed)[S39]
    regenerate(site, first.delivery_id, who="tester", reason="a test")
    site.ledger.dispose()
    assert feeds(fed)[S39].sequence == 2
    done = collect_after(fed, receipt(old))
    assert (done.receipts.acknowledged, done.receipts.refused) == (0, 0)
    assert said_of(fed, first.delivery_id) == (["A"], ReceiptState.ACCEPTED)
    with fed.ledger() as ledger:
        (gone,) = (d for d in deliveries_of(ledger, DAY) if d.delivery_id == first.delivery_id)
    assert gone.state is DeliveryState.SUPERSEDED
    assert feeds(fed)[S39].state is DELIVERED
    assert awaited(fed) == set(FEEDS)
    say(fed, 2, receipt(in_drop(fed)[S39]))
    assert collect(fed).receipts.acknowledged == 1


@pytest.mark.parametrize("together", [True, False], ids=["one_poll", "two_polls"])
@pytest.mark.parametrize(
    ("results", "state", "comes_to"),
    [
        ("AA", ACKNOWLEDGED, ReceiptState.ACCEPTED),
        ("PP", ACKNOWLEDGED, ReceiptState.WITH_REJECTS),
        ("AR", ACKNOWLEDGED, ReceiptState.CONTRADICTED),
        ("RA", DeliveryState.REFUSED, ReceiptState.CONTRADICTED),
    ],
)
def test_of_two_receipts_the_first_counts(
    fed: Stage, results: str, state: DeliveryState, comes_to: ReceiptState, together: bool
) -> None:
    there = in_drop(fed)[S39]
    for number, result in enumerate(results, start=1):
        # Not the same bytes: the number differs in name and header.
        say(fed, number, receipt(there, result, 70 if result == "R" else 0))
        if not together:
            collect(fed)
    collect(fed)
    delivery = feeds(fed)[S39]
    assert delivery.state is state
    assert said_of(fed, delivery.delivery_id) == (list(results), comes_to)
    figures = figures_of(fed.site(), DAY)
    assert figures.receipts.contradicted == (comes_to is ReceiptState.CONTRADICTED)
    assert figures.disagreeing == ()
    digest = fed.digest()
    collect(fed)
    assert fed.digest() == digest


def test_a_file_named_twice_in_one_receipt_file_counts_once(fed: Stage) -> None:
    there = in_drop(fed)[S39]
    collect_after(fed, receipt(there), receipt(there, "R", 70))
    assert fed.codes(fed.file(f"CSRCP_{DAY:%Y%m%d}_000001.TXT")) == {"KEY_DUPLICATE"}
    assert said_of(fed, feeds(fed)[S39].delivery_id) == (["A"], ReceiptState.ACCEPTED)


def test_a_refusing_receipt_makes_the_feed_refused(fed: Stage) -> None:
    there = in_drop(fed)
    done = collect_after(fed, receipt(there[S39], "R", 70), receipt(there[S40], "P"))
    assert (done.receipts.acknowledged, done.receipts.refused) == (1, 1)
    assert states(fed) == {S39: DeliveryState.REFUSED, S40: ACKNOWLEDGED}
    assert awaited(fed) == set()
    delivery = feeds(fed)[S39]
    assert said_of(fed, delivery.delivery_id) == (["R"], ReceiptState.REFUSED)
    with fed.ledger() as ledger:
        (only,) = receipts_of(ledger, delivery.delivery_id)
    assert only.detail == {"return_code": 70, "records_read": 0, "records_rejected": 0}
    figures = figures_of(fed.site(), DAY)
    assert (figures.receipts.refused, figures.receipts.acknowledged) == (1, 1)


def test_a_refused_feed_is_not_sent_again_by_a_run(fed: Stage) -> None:
    collect_after(fed, receipt(in_drop(fed)[S39], "R", 70))
    seen = fed.at_partner("drop")
    fed.night()
    assert states(fed)[S39] is DeliveryState.REFUSED
    assert fed.at_partner("drop") == seen


def test_a_spoilt_receipt_file_confirms_nothing_and_the_next_one_does(
    fed: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    there = in_drop(fed)
    path = fed.root / "returns" / say(fed, 1, receipt(there[S39]), receipt(there[S40]))
    path.write_bytes(path.read_bytes()[:-182])  # without its trailer
    assert fed.prakan("run", "--date", str(DAY)) == 1
    (line,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("FAILED"))
    assert "no receipt in it counts" in line
    assert awaited(fed) == set(FEEDS)
    assert not list((fed.root / "acks").iterdir())  # a receipt file is not answered
    say(fed, 2, receipt(there[S39]), receipt(there[S40]))
    assert collect(fed).receipts.acknowledged == 2


def test_a_receipt_settles_a_sending_of_unknown_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = broken_off(stage, monkeypatch, DeliveryState.UNKNOWN)
    done = collect_after(stage, receipt(there))
    assert done.receipts.acknowledged == 1
    assert states(stage)[S39] is ACKNOWLEDGED
    assert stage.night().status == 0
    assert len(list((stage.root / "drop").glob("S39_*.TXT"))) == 1


def test_a_receipt_for_a_failed_sending_waits_until_that_is_settled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = broken_off(stage, monkeypatch, DeliveryState.FAILED)
    done = collect_after(stage, receipt(there))
    assert (done.receipts.acknowledged, done.receipts.waiting) == (0, 1)
    assert states(stage)[S39] is DeliveryState.FAILED
    assert stage.night().status == 0
    assert collect(stage).receipts.waiting == 0
    assert states(stage)[S39] is ACKNOWLEDGED


def broken_off(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, state: DeliveryState
) -> tuple[str, str]:
    """The section 39 feed stands at the partner, but the sending ended in ``state`` for us."""

    def breaks_off(site: Site, delivery: Delivery, partner: Partner, remote_dir: str) -> None:
        for step in (DeliveryState.SENDING, state):
            record_event(site.ledger, delivery.delivery_id, step, recorded_at=site.clock())
        raise ExchangeError(partner.name, "the connection was cut")

    with monkeypatch.context() as patch:
        patch.setattr("exchange.outbound.deliver.send", breaks_off)
        assert stage.night().status == 3
    (delivery,) = (d for d in feeds(stage).values() if d.interface == S39)
    assert (delivery.state, delivery.sealed is not None) == (state, True)
    site = stage.site()
    folder = outbox_folder(site, delivery)
    site.ledger.dispose()
    assert delivery.sealed is not None
    name = delivery.sealed.name
    shutil.copyfile(folder / name, stage.root / "drop" / name)
    shutil.copyfile(folder / "manifest.json", stage.root / "drop" / f"{name}.manifest.json")
    return name, delivery.sealed.sha256


def test_what_no_interface_knows_stays_at_the_partner_and_is_told(fed: Stage) -> None:
    stranger = fed.root / "returns" / "HELLO_20261120.TXT"
    stranger.write_bytes(b"hello")
    assert collect(fed).left == (stranger.name,)
    with fed.ledger() as ledger:
        assert left_at(ledger, PARTNER) == (stranger.name,)
    assert stranger.is_file()
    stranger.unlink()
    assert collect(fed).left == ()
    with fed.ledger() as ledger:
        assert left_at(ledger, PARTNER) == ()


def spoil_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b" ")


def spoil_manifest(path: Path) -> None:
    manifest = path.with_name(f"{path.name}.manifest.json")
    manifest.write_bytes(manifest.read_bytes().replace(b'"size":', b'"size":1'))


@pytest.mark.parametrize(("spoil", "code"), [(spoil_file, 70), (spoil_manifest, 71)])
def test_the_played_partner_refuses_what_its_manifest_does_not_fit(
    fed: Stage, spoil: Callable[[Path], None], code: int
) -> None:
    spoil(fed.root / "drop" / in_drop(fed)[S40][0])
    evening = fed.evening()
    assert {one.name[:3]: (one.result, one.return_code) for one in evening.receipts} == {
        "S39": ("A", 0),
        "S40": ("R", code),
    }
    fed.night()
    assert states(fed)[S40] is DeliveryState.REFUSED


def test_the_played_partner_says_a_thing_once(fed: Stage) -> None:
    first = fed.evening()
    again = fed.evening()
    assert again == replace(first, persons=0, repeated=True)
    later = fed.evening(sequence=2)
    assert (later.receipts, later.receipt_file) == ((), None)
