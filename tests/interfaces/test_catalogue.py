from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.specification.codes import codes_that_can_occur
from interfaces.catalogue import SHIPPED, Catalogue, load_catalogue
from interfaces.model import Kind, Severity
from interfaces.registry import Registry
from interfaces.toml_table import DeclarationError
from ledger.outcomes import Outcome
from parsers.copybook import load_layout

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("parsers", "validation", "exporters", "insurance", "ledger", "exchange")
BREAKS = frozenset(load_catalogue().codes(Severity.BREAK))
FAMILIES = re.compile(
    r"(FILE|RECORD|RDW|BDW|SEGMENT|LENGTH|ODO|NUMBER|PACKED|FLOAT|EDITED|VARCHAR|VIEW|DATE|PERIOD"
    r"|TEXT|VALUE|CODE|DIGITS|ID|JURISTIC|ACCOUNT|KEY|SEQUENCE|CONTROL|FORM|ENCODE|AMOUNT|PAYMENT|RECEIPT|SETTLEMENT|NOTICE|REGISTRATION|SHEET|SEAL|MANIFEST)(_[A-Z0-9]+)+"
)


def _is_export_list(node: ast.AST) -> bool:
    """``__all__ = […]``: names of constants, no codes."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
    )


def constants(room: str) -> Iterator[str]:
    for path in (ROOT / room).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        lists = [node for node in ast.walk(tree) if _is_export_list(node)]
        named = {id(inner) for node in lists for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if id(node) in named:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def codes_in_source() -> set[str]:
    """Text constants that are, or look like, codes."""
    return {
        text
        for room in ROOMS
        for text in constants(room)
        if FAMILIES.fullmatch(text) or text in BREAKS
    }


def test_every_code_of_the_source_is_in_the_catalogue() -> None:
    assert codes_in_source() - set(load_catalogue().codes()) == set()


def test_every_code_of_the_catalogue_is_in_the_source() -> None:
    assert set(load_catalogue().codes()) - codes_in_source() == set()


def test_texts_are_in_both_languages_and_one_line_each() -> None:
    catalogue = load_catalogue()
    for code in catalogue.codes():
        english, thai = catalogue.text(code, "en"), catalogue.text(code, "th")
        assert english.isascii(), code
        assert re.search("[ก-๙]", thai), code
        assert ";" in english, f"{code}: what; what to do"
        assert catalogue[code].basis


def told_to_employers() -> list[str]:
    """Codes that can stand in an employer's answer."""
    filings = (one for one in Registry().all() if one.kind is Kind.FILING)
    found = {c for one in filings for c in codes_that_can_occur(one, load_layout(one))}
    return sorted(found)


TO_THE_OPERATOR = re.compile(
    r"\b(senders?|operators?|replay|fetch|partner|the interface|raise the limit|ask for)\b"
)
TO_THE_OPERATOR_THAI = re.compile(
    "ผู้ส่ง|ผู้ปฏิบัติงาน|ดึงแฟ้ม|ประมวลผล|หน่วยงาน|เพิ่มข้อกำหนด|แก้.*ข้อกำหนด|ปรับขนาด|เพิ่มรหัส|กักไว้"
)


def test_answers_speak_to_the_employer() -> None:
    catalogue = load_catalogue()
    codes = told_to_employers()
    assert {"FILE_EMPTY", "CONTROL_SUM", "SHEET_COPIED", "FORM_RATE", "REGISTRATION_AGE"} <= set(
        codes
    )
    for code in codes:
        english, thai = catalogue.told(code, "en"), catalogue.told(code, "th")
        assert TO_THE_OPERATOR.search(english) is None, f"{code}: {english}"
        assert TO_THE_OPERATOR_THAI.search(thai) is None, f"{code}: {thai}"
        assert ";" in english, f"{code}: what; what to do"
        assert len(thai) == len(thai.encode("cp874")) <= 140, code


def test_operators_and_senders_read_each_their_own() -> None:
    catalogue = load_catalogue()
    assert "ask the sender" in catalogue.text("FILE_EMPTY", "en")
    assert "sender" not in catalogue.told("FILE_EMPTY", "en")
    assert "ผู้ส่ง" in catalogue.text("FILE_EMPTY", "th")
    assert "ผู้ส่ง" not in catalogue.told("FILE_EMPTY", "th")
    assert catalogue.told("FORM_RATE", "th") == catalogue.text("FORM_RATE", "th")


def of_payments(catalogue: Catalogue) -> list[str]:
    """Breaks that an acknowledgement can carry."""
    breaks = catalogue.codes(Severity.BREAK)
    return [code for code in breaks if catalogue[code].return_code is not None]


def test_breaks_of_payments_are_the_outcomes_and_can_be_answered() -> None:
    outcomes = {outcome.value for outcome in Outcome} - {Outcome.POSTED.value}
    assert set(of_payments(load_catalogue())) == outcomes


def test_texts_of_acknowledgements_fit_return_text() -> None:
    catalogue = load_catalogue()
    texts = [catalogue.posted.en, catalogue.posted.th, catalogue.rejected.en, catalogue.rejected.th]
    for code in of_payments(catalogue):
        texts += [catalogue.text(code, "en"), catalogue.text(code, "th")]
    assert all(len(text.encode("cp874")) <= 80 for text in texts)


def test_texts_of_refusals_fit_the_reason_of_an_acknowledgement() -> None:
    catalogue = load_catalogue()
    for code in catalogue.codes(Severity.REFUSE):
        assert len(code) <= 30
        assert len(catalogue.text(code, "th").encode("cp874")) <= 124, code


def test_return_codes() -> None:
    catalogue = load_catalogue()
    assert catalogue.posted.return_code == "000"
    codes = [catalogue.return_code(code) for code in of_payments(catalogue)]
    assert len(set(codes)) == len(codes)
    assert catalogue.return_code("ID_CHECKSUM") == catalogue.rejected.return_code
    for code in ("ID_ALIEN", "SETTLEMENT_DIFFERS"):
        with pytest.raises(KeyError, match="answers no record"):
            catalogue.return_code(code)


def test_an_unknown_code_is_a_programming_error() -> None:
    with pytest.raises(KeyError, match="NO_SUCH"):
        load_catalogue().severity("NO_SUCH")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('basis = "DOMAIN 3"', 'basis = "DOMAIN 3"\ncolour = "red"', "unknown key 'colour'"),
        ('severity = "warn"', 'severity = "maybe"', "not one of"),
        ('return_code = "052"', 'return_code = "051"', "used twice"),
        ('return_code = "052"', 'return_code = "52"', "three digits"),
        ('severity = "warn"', 'severity = "warn"\nreturn_code = "070"', "only with it"),
        ('severity = "warn"', 'severity = "warn"\nowner = "finance"', "only with it"),
        ('owner = "finance"\n', "", "owner and resolutions"),
        ('resolutions = ["close"]', 'resolutions = ["forget"]', "no resolution 'forget'"),
        ('told_en = "The file has no bytes; make it again and send it again"\n', "", "go together"),
        ('en = "A blank line between', 'en = "A blank\\nline between', "one line"),
    ],
)
def test_a_catalogue_that_is_wrong_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "catalogue.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DeclarationError, match=message):
        load_catalogue(path)
