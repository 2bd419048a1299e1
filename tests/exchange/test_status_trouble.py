"""What `status`, `show` and the report say when a night goes wrong, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.home import Home
from exchange.inbound.arrivals import receive_paths
from exchange.report import figures_of, summarise
from exchange.report.life import DeliveryLife, FileLife, life_of
from exchange.report.page import render
from exchange.site import open_site
from exchange.status.advice import Level, Task
from exchange.status.delivery_advice import QUIET
from exchange.status.masking import hide_ids
from exchange.status.status import Status, latest_business_date, status_of
from interfaces.errors import WrongUse
from interfaces.policies import SealKind
from ledger.acknowledgements import AcknowledgementResult
from ledger.acts import OperatorAct, record_act
from ledger.audit import record_movement
from ledger.deliveries import record_event
from ledger.delivery import DeliveryState as State
from ledger.envelopes import Envelope, record_envelope
from ledger.receipts import Receipt, record_receipt
from prakan.__main__ import main
from tests.exchange.night_ledger import ARRIVING, at, night_ledger
from tests.exchange.nights import DAY, HOLIDAY, PARTNER, RECORDED, Played, make_country, played

TUESDAY = DAY + timedelta(days=1)
PATTERN = "EMPMAST.D20261130.S??????"
STRAY = "REGMAST.OLD"
MASTER = "REGMAST.D20261130.S000001"
IDENTITY = "1101700203451"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extracts and filings of the day."""
    return make_country(tmp_path_factory.mktemp("country") / "country")


@pytest.fixture(scope="module", autouse=True)
def _no_settling() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.remote.fetch.SETTLE_SECONDS", 0.0)
        yield


def spoil_extracts(home: Home) -> None:
    """A truncated master, a missing employer master, a name that no interface knows."""
    master = home.mainframe_inbox / MASTER
    master.write_bytes(master.read_bytes()[:-9])
    next(home.mainframe_inbox.glob("EMPMAST*")).unlink()
    (home.mainframe_inbox / STRAY).write_bytes(b"old")


def spoil_filings(home: Home) -> None:
    """A filing twice, and something that is no filing."""
    filing = sorted(home.employer_inbox.iterdir())[0]
    (home.employer_inbox / "SPS110_ZZAGAIN.TXT").write_bytes(filing.read_bytes())
    (home.employer_inbox / f"{IDENTITY} letter.pdf").write_bytes(b"%PDF")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory, country: Path) -> Iterator[Played]:
    """A night of which nearly everything arrived wrong; the tests only read it."""
    folder = tmp_path_factory.mktemp("spoilt")
    with played(folder, country, spoil=spoil_extracts, evening=False) as night:
        yield night


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory, country: Path) -> Iterator[Played]:
    """A night whose partner shows another host key than the pinned one, with odd filings."""
    folder = tmp_path_factory.mktemp("refused")
    with played(folder, country, spoil=spoil_filings, evening=False, strange_host=True) as night:
        yield night


def task_about(status: Status, subject: str) -> Task:
    """The one task about that subject."""
    (task,) = [task for task in status.tasks if task.subject == subject]
    return task


def test_a_quarantined_extract_is_told_with_its_reason_and_its_cure(spoilt: Played) -> None:
    status = status_of(spoilt.site, DAY)
    line = next(line for line in status.files if line.name == MASTER)
    assert (line.state, line.accepted) == ("quarantined", 0)
    assert line.refusals[0] in ("FILE_LENGTH", "FILE_TRUNCATED")
    task = task_about(status, MASTER)
    assert task.level is Level.TROUBLE is status.level
    assert line.refusals[0] in task.what.en and line.refusals[0] in task.what.th
    assert f"prakan show {(line.file_id or '')[:12]}" in task.todo.en
    assert "next sequence number" in task.todo.en


def test_a_missing_extract_is_expected_by_its_pattern(spoilt: Played) -> None:
    status = status_of(spoilt.site, DAY)
    missing = [line for line in status.files if line.state == "missing"]
    assert [line.name for line in missing] == ["EMPMAST.D20261130.S??????"]
    task = task_about(status, missing[0].name)
    assert "has not arrived" in task.what.en
    assert f"prakan run --date {DAY}" in task.todo.en


def test_an_extract_that_waits_is_not_called_missing_by_the_sender(
    country: Path, tmp_path: Path
) -> None:
    site = open_site({"PRAKAN_HOME": str(tmp_path)})
    site.home.mainframe_inbox.mkdir(parents=True)
    (site.home.mainframe_inbox / MASTER).write_bytes(b"")
    status = status_of(site, DAY)
    assert "was not received" in task_about(status, MASTER).what.en


def test_without_extracts_the_feeds_are_said_not_to_be_made(spoilt: Played) -> None:
    status = status_of(spoilt.site, DAY)
    assert status.deliveries == ()
    assert "prakan publish counter_feed_s39" in task_about(status, "counter_feed_s39").todo.en


def test_filings_that_wait_for_the_masters_are_told(spoilt: Played) -> None:
    task = task_about(status_of(spoilt.site, DAY), "inbox/employers")
    assert task.level is Level.FOLLOW_UP and task.what.en.startswith(f"{spoilt.filings} files wait")


def test_names_that_nobody_knows_are_told_and_masked(spoilt: Played, refused: Played) -> None:
    assert "no interface knows" in task_about(status_of(spoilt.site, DAY), STRAY).what.en
    letter = hide_ids(f"{IDENTITY} letter.pdf")
    assert IDENTITY not in letter
    assert "FILE_NAME_UNKNOWN" in task_about(status_of(refused.site, DAY), letter).what.en


def test_a_duplicate_is_listed_and_asks_for_nothing(refused: Played) -> None:
    status = status_of(refused.site, DAY)
    (twin,) = status.duplicates
    assert twin.name == "SPS110_ZZAGAIN.TXT"
    assert twin.first_name in {path.name for path in (refused.country / "filings").iterdir()}
    assert not [task for task in status.tasks if task.subject == twin.name]
    figures = figures_of(refused.site, DAY)
    codes = {row.code: row.findings for row in figures.findings_by_code}
    assert codes["FILE_DUPLICATE"] == 1
    page = render(figures)
    assert twin.name in page and IDENTITY not in page


def test_the_report_of_a_spoilt_night_needs_attention(spoilt: Played) -> None:
    figures = figures_of(spoilt.site, DAY)
    assert figures.level is Level.TROUBLE and figures.disagreeing == ()
    page = render(figures)
    assert "ต้องดำเนินการ" in page and MASTER in page
    assert page.index('id="todo"') < page.index('class="keys"')  # what to do comes first
    text = summarise(figures)
    assert "NEEDS ATTENTION" in text and max(map(len, text.splitlines())) <= 100


def test_a_changed_host_key_shows_as_refused_with_what_to_do(refused: Played) -> None:
    status = status_of(refused.site, DAY)
    assert [line.state for line in status.deliveries] == ["refused", "refused"]
    assert all(line.last_error and "host key" in line.last_error for line in status.deliveries)
    task = task_about(status, status.deliveries[0].delivery_id)
    assert task.level is Level.TROUBLE
    assert "settle it with the partner" in task.todo.en and "nothing is sent twice" in task.todo.en
    page = render(figures_of(refused.site, DAY))
    assert "ถูกปฏิเสธ" in page and status.deliveries[0].delivery_id in page
    assert "not delivered" in page


def test_show_tells_the_whole_life_of_a_delivery(refused: Played) -> None:
    act = OperatorAct(
        "retry", f"{PARTNER}.counter_feed_s39.000001", "somchai", "key renewed", RECORDED
    )
    record_act(refused.site.ledger, act)
    life = life_of(refused.site, f"{PARTNER}.counter_feed_s39.000001")
    assert isinstance(life, DeliveryLife)
    states = [event.state for event in life.events]
    assert states == ["planned", "built", "sealed", "sending", "refused"]
    assert [(a.who, a.reason) for a in life.acts] == [("somchai", "key renewed")]
    file = life_of(refused.site, (life.file_id or "")[:10].upper())
    assert isinstance(file, FileLife)
    assert file.deliveries == (life.delivery_id,) and file.direction == "outbound"


def test_show_tells_the_whole_life_of_a_file(spoilt: Played) -> None:
    line = next(line for line in status_of(spoilt.site, DAY).files if line.name == MASTER)
    life = life_of(spoilt.site, (line.file_id or "")[:12])
    assert isinstance(life, FileLife)
    assert [event.state for event in life.events] == ["landed", "quarantined"]
    assert life.landed is not None and (spoilt.site.home.root / life.landed).is_file()
    assert set(line.refusals) <= {row.code for row in life.findings}


@pytest.mark.parametrize("identity", ["", "nobody", "0"])
def test_show_says_when_nothing_or_too_much_fits(spoilt: Played, identity: str) -> None:
    with pytest.raises(WrongUse):
        life_of(spoilt.site, identity)


def test_the_command_says_what_to_do_and_exits_1(
    spoilt: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(spoilt.site.home.root))
    assert main(["status", "--date", str(DAY)]) == 1
    text = capsys.readouterr().out
    assert "NEEDS ATTENTION" in text and MASTER in text
    assert main(["status", "--json"]) == 1  # the newest date of the ledger
    told = json.loads(capsys.readouterr().out)
    assert told["business_date"] == str(DAY) and told["level"] == "trouble"
    assert set(told) == {
        *("business_date", "holiday", "level", "files", "filings", "deliveries"),
        *("duplicates", "breaks", "books", "tasks", "as_of", "expected"),
    }
    assert main(["status", "--date", "yesterday"]) == 2
    assert main(["status", "--date", "2569-11-30"]) == 2  # no calendar of that year


def test_nothing_is_due_on_a_holiday(
    refused: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(refused.site.home.root))
    assert main(["status", "--date", str(HOLIDAY)]) == 0
    assert "no working day" in capsys.readouterr().out


def test_the_command_shows_a_file_as_text_and_as_json(
    spoilt: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(spoilt.site.home.root))
    line = next(line for line in status_of(spoilt.site, DAY).files if line.name == MASTER)
    assert main(["show", line.file_id or ""]) == 0
    assert MASTER in capsys.readouterr().out
    assert main(["show", line.file_id or "", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == "file" and told["state"] == "quarantined"
    assert main(["show", "nobody"]) == 2


def test_a_file_of_unknown_name_that_was_received_is_told_once(
    country: Path, tmp_path: Path
) -> None:
    site = open_site({"PRAKAN_HOME": str(tmp_path)}, clock=lambda: RECORDED)
    site.home.mainframe_inbox.mkdir(parents=True)
    stray = site.home.mainframe_inbox / STRAY
    stray.write_bytes(b"old")
    receive_paths(site, DAY, [stray])
    assert "FILE_NAME_UNKNOWN" in task_about(status_of(site, DAY), STRAY).what.en


def test_an_empty_ledger_asks_for_the_date(tmp_path: Path) -> None:
    site = open_site({"PRAKAN_HOME": str(tmp_path)})
    with pytest.raises(WrongUse, match="--date"):
        latest_business_date(site.ledger)


def test_a_repaired_night_forgets_its_troubles(country: Path, tmp_path: Path) -> None:
    def cut(home: Home) -> None:
        master = home.mainframe_inbox / MASTER
        master.write_bytes(master.read_bytes()[:-9])

    with played(tmp_path, country, spoil=cut, evening=False) as night:
        assert status_of(night.site, DAY).level is Level.TROUBLE
        sent_again(country / "extracts" / MASTER, night.site.home.mainframe_inbox)
        night.run()
        status = status_of(night.site, DAY)
        assert status.level is Level.FOLLOW_UP
        assert task_about(status, MASTER).level is Level.FOLLOW_UP  # still to be settled
        assert [line.state for line in status.deliveries] == ["delivered", "delivered"]


def sent_again(extract: Path, inbox: Path) -> None:
    """The same extract made again under the next sequence number (HDR-SEQUENCE, bytes 18-23)."""
    data = bytearray(extract.read_bytes())
    data[17:23] = "000002".encode("cp037")
    (inbox / f"{extract.name[:-6]}000002").write_bytes(bytes(data))


# -- what is to be done about a delivery, state by state

STATES_TO = {
    State.PLANNED: (),
    State.BUILT: ARRIVING[:1],
    State.SEALED: ARRIVING[:2],
    State.SENDING: ARRIVING[:3],
    State.UNKNOWN: (*ARRIVING[:3], State.UNKNOWN),
    State.FAILED: (*ARRIVING[:3], State.FAILED),
    State.REFUSED: (*ARRIVING[:3], State.REFUSED),
    State.DELIVERED: ARRIVING,
    State.ACKNOWLEDGED: (*ARRIVING, State.ACKNOWLEDGED),
    State.SUPERSEDED: (),
}
ADVICE = {
    State.PLANNED: ("not built", "it goes on where it stopped"),
    State.BUILT: ("not sealed", "it goes on where it stopped"),
    State.SEALED: ("not sent", "it goes on where it stopped"),
    State.SENDING: ("is being sent, or broke off", "prakan retry"),
    State.UNKNOWN: ("broke off while sending", "--arrived"),
    State.FAILED: ("was not delivered", "prakan retry"),
    State.REFUSED: ("was refused", "settle it with the partner"),
}


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_a_delivery_says_what_to_do_or_asks_for_nothing(
    tmp_path: Path, state: State
) -> None:
    night = night_ledger(tmp_path)
    delivery = night.bring(night.plan(), *STATES_TO[state])
    if state is State.SUPERSEDED:
        night.plan(supersedes=delivery.delivery_id)
        delivery = night.bring(delivery)
    assert delivery.state is state
    status = status_of(night.site, DAY)
    line = next(x for x in status.deliveries if x.delivery_id == delivery.delivery_id)
    tasks = [task for task in status.tasks if task.subject == delivery.delivery_id]
    if state in QUIET:
        assert tasks == []
        assert (line.superseded_by is not None) == (state is State.SUPERSEDED)
        return
    (task,) = tasks
    what, todo = ADVICE[state]
    assert task.level is Level.TROUBLE
    assert what in task.what.en and todo in task.todo.en
    assert f"prakan publish counter_feed_s39 --date {DAY}" in task.todo.en
    assert any("ก" <= letter <= "ฮ" for letter in task.todo.th) and task.what.th
    assert all("\n" not in said for said in (task.what.en, task.todo.en, task.todo.th))


def test_a_feed_refused_by_receipt_is_sent_again_or_made_anew(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    delivery = night.deliver()
    night.receipt(delivery, "R")
    status = status_of(night.site, DAY)
    assert [(x.state, x.refused_by_receipt) for x in status.deliveries] == [("refused", True)]
    task = task_about(status, delivery.delivery_id)
    assert task.what.en == "was refused by the partner, who has it"
    for verb in ("show", "retry", "regenerate"):
        assert f"prakan {verb} {delivery.delivery_id}" in task.todo.en
        assert f"prakan {verb} {delivery.delivery_id}" in task.todo.th


def test_an_answer_is_never_regenerated(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    file_id = night.receive("CSPAY_20261130_000001.TXT", "counter_return")
    answer = night.deliver("counter_acknowledgement", answers=file_id)
    night.receipt(answer, "R")
    task = task_about(status_of(night.site, DAY), answer.delivery_id)
    assert "prakan retry" in task.todo.en and "regenerate" not in task.todo.en + task.todo.th


@pytest.mark.parametrize("first", ["A", "R"])
def test_contradicting_receipts_are_settled_by_a_verb_that_is_not_refused(
    tmp_path: Path, first: str
) -> None:
    night = night_ledger(tmp_path)
    delivery = night.deliver()
    night.receipt(delivery, first)
    night.clock.now += timedelta(minutes=1)
    night.receipt(delivery, "R" if first == "A" else "A")
    task = task_about(status_of(night.site, DAY), delivery.delivery_id)
    verb, other = ("redeliver", "retry") if first == "A" else ("retry", "redeliver")
    for said in (task.todo.en, task.todo.th):
        assert f"prakan {verb} " in said and f"prakan {other} " not in said


def test_what_a_delivery_arrived_by_is_no_failure(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    delivery = night.bring(night.plan(), *ARRIVING[:3], State.UNKNOWN)
    why = {"why": "the partner has it, on the word of whoever asked"}
    record_event(
        night.site.ledger,
        delivery.delivery_id,
        State.DELIVERED,
        recorded_at=at("20:00"),
        detail=why,
    )
    assert [line.last_error for line in status_of(night.site, DAY).deliveries] == [None]


def test_a_sealed_file_that_was_opened_later_asks_for_nothing(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    name = "CSPAY_20261130_000001.TXT"
    sealed = night.receive(f"{name}.pgp", "counter_return", accepted=False)
    assert task_about(status_of(night.site, DAY), f"{name}.pgp").level is Level.TROUBLE
    content = night.receive(name, "counter_return")
    envelope = Envelope(content, sealed, f"{name}.pgp", SealKind.OPENPGP)
    record_envelope(night.site.ledger, envelope, recorded_at=night.clock())
    status = status_of(night.site, DAY)
    assert not [task for task in status.tasks if task.subject == f"{name}.pgp"]


def test_the_life_of_a_refused_feed_says_what_its_return_code_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night = night_ledger(tmp_path)
    delivery = night.deliver()
    file_id = night.receive("CSRCP_20261130_000001.TXT", "counter_feed_receipt")
    refused = AcknowledgementResult.REFUSED
    said = Receipt(file_id, 2, delivery.delivery_id, refused, {"return_code": 70})
    record_receipt(night.site.ledger, said, recorded_at=night.clock())
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    assert main(["show", delivery.delivery_id]) == 0
    line = f"receipt: refused by record 2 of {file_id}, return code 070: File incomplete or damaged"
    assert line in capsys.readouterr().out.splitlines()


def test_an_act_without_a_reason_is_refused_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    for verb in ("retry", "redeliver", "replay", "regenerate"):
        assert main([verb, "anything", "--reason", " "]) == 2
        assert "say why" in capsys.readouterr().err


# -- the audit on the command line


def test_the_audit_names_deliveries_whole_and_finds_files_by_their_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night = night_ledger(tmp_path)
    answered = night.receive("CSPAY_20261130_000001.TXT", "counter_return")
    answer = night.deliver("counter_acknowledgement", answers=answered)
    digest = "a1234567890123" + "b" * 50  # a hash may look like an ID inside
    record_movement(
        night.site.ledger,
        "fetched",
        answered,
        {"name": f"{IDENTITY}.TXT", "sha256": digest, "size": 7},
        recorded_at=night.clock(),
    )
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    assert main(["audit", "list"]) == 0
    text = capsys.readouterr().out
    assert f"  {answer.delivery_id}  " in text and digest in text and IDENTITY not in text
    assert main(["audit", "list", "--subject", answered[:8], "--last", "1", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["subject"] == answered and entry["kind"] == "fetched"
    assert entry["detail"] == {"name": f"{hide_ids(IDENTITY)}.TXT", "sha256": digest, "size": 7}
    assert main(["show", answered[:8]]) == 0
    assert digest in capsys.readouterr().out


# -- deadlines


def test_without_a_moment_nothing_is_late(tmp_path: Path) -> None:
    status = status_of(night_ledger(tmp_path).site, DAY)
    assert status.expected == () and status.as_of is None
    assert not [task for task in status.tasks if "LATE" in task.what.en]


def test_what_is_late_says_so_at_its_task(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    early = status_of(night.site, DAY, now=at("19:29"))
    assert not [task for task in early.tasks if "LATE" in task.what.en]
    late = status_of(night.site, DAY, now=at("22:00"))
    for subject, due in ((PATTERN, "19:30"), ("counter_feed_s39", "22:00")):
        what = task_about(late, subject).what
        assert what.en.endswith(f"; LATE, it was due at {due} on 2026-11-30")
        assert f"ล่าช้า กำหนดไว้ {due} น. วันที่ 2569-11-30" in what.th
    assert len(late.tasks) == len(early.tasks)


@pytest.mark.parametrize("lies_there", ["waiting", "quarantined"])
def test_what_is_there_and_no_good_is_late_in_one_task(tmp_path: Path, lies_there: str) -> None:
    night = night_ledger(tmp_path)
    if lies_there == "waiting":
        night.site.home.mainframe_inbox.mkdir(parents=True)
        (night.site.home.mainframe_inbox / MASTER).write_bytes(b"")
    else:
        night.receive(MASTER, "registration_master", accepted=False)
    late = status_of(night.site, DAY, now=at("19:30"))
    about = [task for task in late.tasks if "REGMAST" in task.subject + task.what.en]
    assert [task.subject for task in about] == [MASTER]
    assert "; LATE, it was due at 19:30" in about[0].what.en


def test_a_late_return_is_a_task_only_once_it_is_late(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    name = "CSPAY_20261130_??????.TXT"
    before = status_of(night.site, DAY, now=at("00:59", TUESDAY))
    assert not [task for task in before.tasks if task.subject == name]
    task = task_about(status_of(night.site, DAY, now=at("01:00", TUESDAY)), name)
    assert task.level is Level.TROUBLE and "has not come" in task.what.en
    assert f"prakan reconcile {PARTNER} --date {DAY}" in task.todo.en


def test_a_feed_without_receipt_is_a_task_after_noon(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    delivery = night.deliver()
    quiet = status_of(night.site, DAY, now=at("11:59", TUESDAY))
    assert not [task for task in quiet.tasks if task.subject == delivery.delivery_id]
    task = task_about(status_of(night.site, DAY, now=at("12:00", TUESDAY)), delivery.delivery_id)
    assert "has no receipt of the partner; LATE" in task.what.en
    assert f"prakan redeliver {delivery.delivery_id}" in task.todo.en
    night.receipt(delivery, "P")
    after = status_of(night.site, DAY, now=at("12:00", TUESDAY))
    assert not [task for task in after.tasks if task.subject == delivery.delivery_id]


def test_a_late_answer_is_one_task(tmp_path: Path) -> None:
    night = night_ledger(tmp_path)
    name = "CSPAY_20261130_000001.TXT"
    file_id = night.receive(name, "counter_return")
    late = at("06:00", TUESDAY)
    task = task_about(status_of(night.site, DAY, now=late), name)  # broke off before posting
    assert "LATE, it was due at 06:00" in task.what.en
    answer = night.bring(night.plan("counter_acknowledgement", answers=file_id), *ARRIVING[:3])
    task = task_about(status_of(night.site, DAY, now=late), answer.delivery_id)
    assert task.what.en.startswith("is being sent, or broke off; LATE")


def test_the_command_shows_due_times_as_of_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night = night_ledger(tmp_path)
    night.clock.now = at("18:40")
    night.receive(MASTER, "registration_master")
    night.clock.now = at("20:05")
    night.receive("CTBHIST.D20261130.S000001", "contribution_history")
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    assert main(["status", "--date", str(DAY), "--now", "2026-11-30T21:30"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "Expected, as of 2026-11-30 21:30 (Bangkok)" in lines
    stands = {
        line.split()[-2]: line for line in lines if line.startswith(("2026-11-30 ", "2026-12"))
    }
    assert "met 2026-11-30 18:40" in stands["registration_master"]
    assert "met late 2026-11-30 20:05" in stands["contribution_history"]
    assert "  late  " in stands["employer_master"]
    assert "  warning  " in stands["counter_feed_s39"]
    assert "  open  " in stands["counter_return"]
    assert main(["status", "--date", str(DAY), "--now", "2026-11-30T14:30:00Z", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    found = {x["expectation"]["subject"]: x["punctuality"] for x in told["expected"]}
    assert found == {
        "registration_master": "met",
        "contribution_history": "met",
        "employer_master": "late",
        "counter_feed_s39": "warning",
        "counter_feed_s40": "warning",
        "counter_return": "open",
    }
    assert told["expected"][0]["expectation"]["due_at"] == "2026-11-30T19:30:00+07:00"
    assert main(["status", "--now", "this evening"]) == 2
    assert "--now" in capsys.readouterr().err
