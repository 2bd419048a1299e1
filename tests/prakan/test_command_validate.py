from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from interfaces.catalogue import load_catalogue
from tests.prakan.goldens import DAY, answered, command
from tests.prakan.sample_cases import CASES, SAMPLES, put

FOLDER = SAMPLES / "registration_master"
NAME = "REGMAST.D20261120.S000001"
MASTER = ("--interface", "registration_master")
FORM = next((SAMPLES / "form_1_10" / "good").glob("SPS110*"))


def test_a_right_file_is_accepted_with_its_controls() -> None:
    status, answer = answered("validate", FOLDER / "good" / NAME, *MASTER)
    assert (status, answer["read"], answer["accepted"], answer["refused"]) == (0, 6, 6, False)
    assert answer["business_date"] == DAY
    assert answer["controls"]["TRL-RECORD-COUNT"] == "6"


def test_findings_have_severity_and_text_of_the_catalogue_in_both_languages() -> None:
    catalogue = load_catalogue()
    for option, language in (((), "en"), (("--thai",), "th")):
        status, answer = answered("validate", FOLDER / "bad" / NAME, *MASTER, *option)
        assert status == 1
        for finding in answer["findings"]:
            assert finding["severity"] == catalogue.severity(finding["code"])
            assert finding["text"] == catalogue.text(finding["code"], language)  # type: ignore[arg-type]


def test_no_national_id_is_readable_in_the_answer() -> None:
    for case in CASES:
        if case.name != "bad":
            continue
        path, interface = case.input, case.interface.id  # the version, whatever the day
        for extra in ((), ("--json",)):
            text = command("validate", path, "--interface", interface, "--date", DAY, *extra)[1]
            findings = json.dumps(json.loads(text)["findings"]) if extra else text
            ids = re.findall(r"(?<![0-9])1100000001[0-9]{3}(?![0-9])", findings)
            assert ids == [], path


def test_the_name_announces_date_and_sequence(tmp_path: Path) -> None:
    renamed = tmp_path / "REGMAST.D20261119.S000002"
    renamed.write_bytes((FOLDER / "good" / NAME).read_bytes())
    status, answer = answered("validate", renamed, *MASTER)
    assert status == 1
    assert answer["finding_counts"] == {"CONTROL_CONTEXT": 2}
    assert answer["refused"] is True


def test_rules_that_need_masters_are_listed_as_unchecked() -> None:
    status, answer = answered("validate", FORM, "--interface", "form_1_10", "--date", DAY)
    assert status == 0
    assert answer["unchecked"] == [
        "form_1_10_employer",
        "form_1_10_title",
        "form_1_10_person",
    ]
    assert answer["name_recognised"] is True
    text = command("validate", FORM, "--interface", "form_1_10", "--date", DAY)[1]
    assert "form_1_10_employer" in text.splitlines()[-1]


def test_a_warning_alone_is_no_failure() -> None:
    status, answer = answered("validate", FORM, "--interface", "form_1_10", "--date", DAY)
    assert (status, answer["finding_counts"]) == (0, {"FORM_WAGE_ZERO": 1})


def test_money_that_cannot_be_proved_refuses_a_return(tmp_path: Path) -> None:
    path = tmp_path / "CSPAY_20261120_000001.TXT"
    data = (SAMPLES / "counter_return" / "good" / path.name).read_bytes()
    path.write_bytes(put(data, 257 + 163, b"ABC"))
    answer = answered("validate", path, "--interface", "counter_return")[1]
    assert answer["refused"] is True
    assert answer["accepted"] == 0


@pytest.mark.parametrize("limit", [0, 2])
def test_findings_shown_are_bounded_and_counted_whole(limit: int) -> None:
    path = FOLDER / "bad" / NAME
    answer = answered("validate", path, *MASTER, "--limit", limit)[1]
    assert len(answer["findings"]) == limit
    assert answer["findings_total"] == sum(answer["finding_counts"].values()) > limit
