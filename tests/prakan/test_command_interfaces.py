from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from interfaces.registry import SHIPPED
from tests.prakan.goldens import answered, command

Edit = Callable[[str], str]


def test_the_list_has_every_interface() -> None:
    status, rows = answered("interfaces", "list")
    assert status == 0
    assert {row["id"] for row in rows} == {path.stem for path in SHIPPED.glob("*.toml")}
    assert rows == answered("interfaces")[1]
    form = next(row for row in rows if row["name"] == "form_1_10")
    assert (form["record_lengths"], form["kind"], form["partner"]) == ([135], "filing", None)


def test_the_shipped_declarations_have_no_problem() -> None:
    status, answer = answered("interfaces", "check")
    assert (status, answer["problems"]) == (0, [])
    assert answer["interfaces"] == len(list(SHIPPED.glob("*.toml")))


PROBLEMS: list[tuple[str, Edit, str]] = [
    ("toml", lambda t: t.replace('"NATIONAL-ID"]\n', '"NATIONAL-IDS"]\n', 1), "NATIONAL-IDS"),
    ("toml", lambda t: t.replace("yyyymmdd", "yyyymd"), "mask 'yyyymd'"),
    ("toml", lambda t: t.replace('["LAST-PERIOD-PAID", "PERIOD"]', '["EFFECTIVE-DATE"]'),
     "does not fit"),
    ("toml", lambda t: t.replace('checks = "national_id"', 'checks = "shoe_size"'), "shoe_size"),
    ("toml", lambda t: t.replace('["A", "S", "E"]', '["ABC"]'), "longer than the 1 bytes"),
    ("toml", lambda t: t.replace('encoding = "cp874"', 'encoding = "cp99"'), "cp99"),
    ("toml", lambda t: t.replace("S39_{date}", "S39 {day}"), "file name template"),
    ("toml", lambda t: t.replace('"PAYABLE-COUNT", ', '"NO-SUCH", '), "no other record has"),
    ("toml", lambda t: t.replace("TRL-ID-HASH =", "TRL-HASH ="), "no field of that name"),
    ("toml", lambda t: t.replace('"FEED-DETAIL-RECORD" }', '"FEED-ROW" }'), "is no 01 level"),
    ("toml", lambda t: t.replace('"AMOUNT"', '"GIVEN-NAME"'), "is text; a sum needs a number"),
    ("toml", lambda t: t.replace('STATUS-CODE = { values = ["A", "S", "E"] }',
                                 'STATUS-CODE = { codes = "colours" }'), "no code list 'colours'"),
    ("toml", lambda t: t.replace("required =", 'rules = ["no_such_rule"]\nrequired ='),
     "no rule 'no_such_rule'"),
    ("toml", lambda t: t.replace("counter_service", "somebody"), "'somebody' is not declared"),
    ("toml", lambda t: t.replace("[records]\n", "[redefines]\nNO-ITEM = { STATUS-CODE = 'A' }\n"
                                 "[records]\n"), "NO-ITEM"),
    ("toml", lambda t: t.replace('when = { RECORD-TYPE = "D" }', 'when = { PERIOD = "D" }'),
     "no field PERIOD that stands once"),
    ("toml", lambda t: t.replace("valid_from = 2025-01-01",
                                 "valid_from = 2025-01-01\nvalid_until = 2024-01-01"), "is before"),
    ("toml", lambda t: t.replace("kind =", "colour = 1\nkind ="), "unknown key 'colour'"),
    ("toml", lambda t: t.replace('key = ["NATIONAL-ID"]', 'key = ["AMOUNT"]'), "stands once"),
    ("cpy", lambda t: t.replace("FEED-TRAILER-RECORD", "FEED-LAST-RECORD"), "FEED-LAST-RECORD"),
    ("cpy", lambda t: t.replace("PIC X(13)", "PIC Q(13)"), "other_feed.1.cpy:"),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "edit", "told"), PROBLEMS, ids=range(len(PROBLEMS)))
def test_each_kind_of_problem_is_told(
    suffix: str, edit: Edit, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(tmp_path, suffix, edit)
    monkeypatch.setenv("PRAKAN_INTERFACES", str(tmp_path))
    status, text = command("interfaces", "check")
    assert status == 2
    assert told in text
    assert all("other_feed.1" in line for line in text.splitlines())


def test_an_unchanged_copy_has_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(tmp_path, "toml", str)
    monkeypatch.setenv("PRAKAN_INTERFACES", str(tmp_path))
    assert command("interfaces", "check")[0] == 0


def test_a_copybook_alone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alone.1.cpy").write_text("       01 A PIC X.\n")
    monkeypatch.setenv("PRAKAN_INTERFACES", str(tmp_path))
    assert re.search("alone.1.cpy: no declaration", command("interfaces", "check")[1])


def test_a_population_is_made_as_asked(tmp_path: Path) -> None:
    out = tmp_path / "country"
    status, answer = answered(
        "population", "--persons", "300", "--employers", "20", "--seed", "3", "--out", out,
        "--date", "2026-11-20", "--filings", "2", "--clean",
    )  # fmt: skip
    assert status == 0
    assert (answer["persons"], answer["filings"], answer["faults"]) == (300, 2, 0)
    assert answer["business_date"] == "2026-11-20"
    for path in answer["files"]:
        name = {"REG": "registration_master", "CTB": "contribution_history"}.get(
            Path(path).name[:3], "employer_master"
        )
        assert command("validate", path, "--interface", name)[0] == 0


def copied(folder: Path, suffix: str, edit: Edit) -> None:
    """A shipped feed under another name, one of its two files edited."""
    for each in ("cpy", "toml"):
        text = (SHIPPED / f"counter_feed_s39.1.{each}").read_text("utf-8")
        text = text.replace('name = "counter_feed_s39"', 'name = "other_feed"')
        changed = edit(text) if each == suffix else text
        assert each != suffix or edit is str or changed != text
        (folder / f"other_feed.1.{each}").write_text(changed, "utf-8")
