"""Packs in the ledger: recorded whole or not at all, found again, one link of the audit each."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.audit import entries_of, recent_entries, verify_chain
from ledger.database import open_ledger, reading
from ledger.digest import content_digest
from ledger.errors import LedgerError
from ledger.files import events_of, find
from ledger.landing import Direction, FileRecord, FileState, LandingOutcome, record_landed
from ledger.packs import (
    MEMBERS_SCHEMA,
    RESULTS_SCHEMA,
    Pack,
    PackPlace,
    known_names,
    packs_of,
    place_of,
    record_pack,
    record_pack_results,
    record_packs,
)

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 12, 31, tzinfo=UTC)
PACK = Pack("p" * 64, 300, DAY, "form_1_10", 1)


def identity(letter: str) -> str:
    return letter * 64


def members(*letters: str) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "file_id": identity(letter),
                "name": f"SPS110_{letter}.TXT",
                "size_bytes": 100 + place,
                "offset": 102 * place,
            }
            for place, letter in enumerate(letters)
        ],
        schema=MEMBERS_SCHEMA,
    )


def results(state: str, *letters: str, read: int = 3, rejected: int = 1) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "file_id": identity(letter),
                "state": state,
                "records_read": read,
                "records_accepted": read - rejected,
                "records_rejected": rejected,
                "controls": '{"TOTAL-EMPLOYEE":"3"}',
                "part_uri": "datasets/x.parquet" if state == "accepted" else None,
                "findings_uri": "findings/x.parquet",
            }
            for letter in letters
        ],
        schema=RESULTS_SCHEMA,
    )


def single(letter: str, name: str) -> FileRecord:
    return FileRecord(identity(letter), "form_1_10", 1, Direction.INBOUND, None, DAY, name, 100)


def test_the_files_of_a_pack_are_files_like_any_other(ledger: Engine) -> None:
    record_pack(ledger, PACK, members("a", "b"), recorded_at=NOW)
    standing = find(ledger, identity("b"))
    assert standing is not None
    assert standing.file == FileRecord(
        identity("b"), "form_1_10", 1, Direction.INBOUND, None, DAY, "SPS110_b.TXT", 101
    )
    assert (standing.state, standing.result) == (FileState.LANDED, None)
    assert place_of(ledger, identity("b")) == PackPlace(identity("b"), PACK.pack_id, 102, 101)

    record_pack_results(ledger, PACK.pack_id, results("accepted", "a", "b"), recorded_at=NOW)
    standing = find(ledger, identity("a"))
    assert standing is not None and standing.result is not None
    assert standing.state is FileState.ACCEPTED
    assert standing.result.controls == {"TOTAL-EMPLOYEE": "3"}
    assert standing.result.part_uri == "datasets/x.parquet"
    assert [event.state for event in events_of(ledger, identity("a"))] == ["landed", "accepted"]


def test_one_link_of_the_audit_says_all_of_a_pack(ledger: Engine) -> None:
    before = len(recent_entries(ledger, 100))
    record_pack(ledger, PACK, members("a", "b", "c"), recorded_at=NOW)
    taken = pa.concat_tables([results("accepted", "a", "b"), results("quarantined", "c")])
    record_pack_results(ledger, PACK.pack_id, taken, recorded_at=NOW)
    landed, decided = entries_of(ledger, PACK.pack_id)
    assert len(recent_entries(ledger, 100)) == before + 2
    assert (landed.kind, dict(landed.detail)) == ("pack.landed", {"files": 3, "size": 300})
    told = dict(decided.detail)
    assert len(str(told.pop("sha256"))) == 64
    assert (decided.kind, told) == ("pack.results", {"files": 3, "accepted": 2, "records": 9})
    assert verify_chain(ledger).fault is None


def test_the_link_tells_results_apart_but_not_where_their_parts_lie(ledger: Engine) -> None:
    hashes = []
    for letter, change in (("a", {}), ("b", {"read": 4}), ("c", {})):
        pack = Pack(letter * 63 + "0", 1, DAY, "form_1_10", 1)
        record_pack(ledger, pack, members(letter), recorded_at=NOW)
        taken = results("accepted", letter, **change)
        if letter == "c":
            moved = pa.array(["elsewhere"], pa.utf8())
            place = taken.schema.get_field_index("part_uri")
            taken = taken.set_column(place, "part_uri", moved)
        record_pack_results(ledger, pack.pack_id, taken, recorded_at=NOW)
        hashes.append(entries_of(ledger, pack.pack_id)[1].detail["sha256"])
    assert len(set(hashes)) == 3  # other ids, other counts


def test_a_pack_of_many_files_has_every_one_of_them(ledger: Engine) -> None:
    ids = [f"{number:064x}" for number in range(2_503)]  # more than one statement inserts
    files = pa.table(
        {
            "file_id": ids,
            "name": [f"SPS110_{number}.TXT" for number in range(len(ids))],
            "size_bytes": range(len(ids)),
            "offset": [3 * number for number in range(len(ids))],
        },
        schema=MEMBERS_SCHEMA,
    )
    record_pack(ledger, PACK, files, recorded_at=NOW)
    assert packs_of(ledger, ids) == dict.fromkeys(ids, PACK.pack_id)
    for number in (0, 999, 1_000, 2_502):
        expected = PackPlace(ids[number], PACK.pack_id, 3 * number, number)
        assert place_of(ledger, ids[number]) == expected
        assert [event.state for event in events_of(ledger, ids[number])] == ["landed"]


def _packs_and_results() -> tuple[list[tuple[Pack, pa.Table]], list[tuple[str, pa.Table]]]:
    other = Pack("q" * 64, 200, date(2026, 11, 21), "spreadsheet", 2)
    third = Pack("r" * 64, 100, DAY, "form_1_10", 1)
    landed = [(PACK, members("d", "b")), (other, members("c", "e")), (third, members("a"))]
    decided = [
        (PACK.pack_id, results("accepted", "d", "b")),
        (other.pack_id, results("quarantined", "c", "e")),
        (third.pack_id, results("accepted", "a", read=9)),
    ]
    return landed, decided


def _facts(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that packs touch, without the numbers of rows."""
    facts = {}
    tables = (schema.pack, schema.file, schema.file_sighting, schema.file_event, schema.file_result)
    with reading(engine) as connection:
        for table in tables:
            columns = [c for c in table.c if c.name not in ("event_id", "result_id")]
            rows = connection.execute(sa.select(*columns)).all()
            facts[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return facts


def test_packs_recorded_together_are_the_same_as_one_after_the_other(
    ledger: Engine, tmp_path: Path
) -> None:
    landed, decided = _packs_and_results()
    record_packs(ledger, landed, decided, landed_at=NOW, recorded_at=LATER)
    single_steps = open_ledger(f"sqlite:///{tmp_path / 'other.db'}")
    for pack, files in landed:
        record_pack(single_steps, pack, files, recorded_at=NOW)
    for pack_id, some in decided:
        record_pack_results(single_steps, pack_id, some, recorded_at=LATER)
    assert _facts(ledger) == _facts(single_steps)
    assert [len(rows) for rows in _facts(ledger).values()] == [3, 5, 5, 10, 5]
    assert content_digest(ledger) == content_digest(single_steps)
    single_steps.dispose()
    for pack, _ in landed:
        kinds = [entry.kind for entry in entries_of(ledger, pack.pack_id)]
        assert kinds == ["pack.landed", "pack.results"]
    assert verify_chain(ledger).fault is None
    standing = find(ledger, identity("e"))
    assert standing is not None
    assert (standing.file.interface, standing.file.version) == ("spreadsheet", 2)
    assert place_of(ledger, identity("d")) == PackPlace(identity("d"), PACK.pack_id, 0, 100)
    states = [event.state for event in events_of(ledger, identity("e"))]
    assert states == ["landed", "quarantined"]


def test_of_packs_recorded_together_all_are_recorded_or_none(ledger: Engine) -> None:
    landed, decided = _packs_and_results()
    record_landed(ledger, [single("z", "SPS110_e.TXT")], recorded_at=NOW)
    before = _facts(ledger)
    with pytest.raises(LedgerError, match=r"SPS110_e\.TXT came another way meanwhile"):
        record_packs(ledger, landed, decided, landed_at=NOW, recorded_at=LATER)
    assert _facts(ledger) == before
    landed[1] = (landed[1][0], members("c", "f"))
    with pytest.raises(LedgerError):  # a result of a file that no pack brought
        record_packs(ledger, landed, decided, landed_at=NOW, recorded_at=LATER)
    assert _facts(ledger) == before
    record_pack(ledger, *landed[0], recorded_at=NOW)
    record_pack_results(ledger, *decided[0], recorded_at=NOW)
    before = _facts(ledger)
    with pytest.raises(LedgerError, match=f"{identity('b')} got its result another way"):
        record_packs(ledger, landed[2:], decided, landed_at=NOW, recorded_at=LATER)
    assert _facts(ledger) == before


def test_a_pack_with_a_name_that_came_meanwhile_is_not_recorded(ledger: Engine) -> None:
    record_landed(ledger, [single("z", "SPS110_b.TXT")], recorded_at=NOW)
    with pytest.raises(LedgerError, match=r"SPS110_b\.TXT came another way meanwhile"):
        record_pack(ledger, PACK, members("a", "b"), recorded_at=NOW)
    assert find(ledger, identity("a")) is None
    assert entries_of(ledger, PACK.pack_id) == []


def test_a_pack_with_a_content_that_came_meanwhile_is_not_recorded(ledger: Engine) -> None:
    record_landed(ledger, [single("b", "OTHER.TXT")], recorded_at=NOW)
    with pytest.raises(LedgerError, match="the database refused"):
        record_pack(ledger, PACK, members("a", "b"), recorded_at=NOW)
    assert find(ledger, identity("a")) is None


def test_a_second_result_is_refused_and_leaves_nothing(ledger: Engine) -> None:
    record_pack(ledger, PACK, members("a", "b"), recorded_at=NOW)
    record_pack_results(ledger, PACK.pack_id, results("accepted", "a"), recorded_at=NOW)
    with pytest.raises(LedgerError, match="got its result another way"):
        record_pack_results(ledger, PACK.pack_id, results("accepted", "a", "b"), recorded_at=NOW)
    standing = find(ledger, identity("b"))
    assert standing is not None and standing.state is FileState.LANDED


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (results("landed", "a"), "not all of these are results"),
        (
            results("accepted", "a").set_column(2, "records_read", pa.array([7], pa.int64())),
            "read 7 records but accepted 2 and rejected 1",
        ),
    ],
)
def test_results_that_are_none_are_refused(ledger: Engine, wrong: pa.Table, said: str) -> None:
    record_pack(ledger, PACK, members("a"), recorded_at=NOW)
    with pytest.raises(LedgerError, match=said):
        record_pack_results(ledger, PACK.pack_id, wrong, recorded_at=NOW)


def test_what_is_known_is_told_from_what_is_new(ledger: Engine) -> None:
    record_landed(ledger, [single("z", "ALONE.TXT")], recorded_at=NOW)
    record_pack(ledger, PACK, members("a"), recorded_at=NOW)
    known = packs_of(ledger, [identity(letter) for letter in "axz"])
    assert known == {identity("a"): PACK.pack_id, identity("z"): None}
    names = ["SPS110_a.TXT", "ALONE.TXT", "NEW.TXT", "O'Brien\\.TXT"]
    assert known_names(ledger, names) == {"SPS110_a.TXT", "ALONE.TXT"}
    assert place_of(ledger, identity("z")) is None
    assert place_of(ledger, identity("x")) is None


def test_files_that_come_again_by_themselves_are_compared_with_those_of_packs(
    ledger: Engine,
) -> None:
    record_pack(ledger, PACK, members("a"), recorded_at=NOW)
    arrivals = [
        single("a", "SPS110_a.TXT"),
        single("a", "COPY.TXT"),
        single("b", "SPS110_a.TXT"),
    ]
    outcomes = [landing.outcome for landing in record_landed(ledger, arrivals, recorded_at=NOW)]
    assert outcomes == [
        LandingOutcome.KNOWN,
        LandingOutcome.SAME_CONTENT,
        LandingOutcome.SAME_NAME,
    ]
