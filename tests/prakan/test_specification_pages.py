from __future__ import annotations

import ast
import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from exchange.specification import SpecificationInputs, specification_pages
from exchange.specification.codes import RULE_CODES, codes_that_can_occur
from exporters.manifest import parse_manifest, verify_manifest
from insurance.identifiers import national_id_faults
from insurance.reference import read_references
from interfaces.catalogue import load_catalogue
from interfaces.loader import load_interface
from interfaces.model import Interface
from interfaces.partners import load_partners
from interfaces.registry import SHIPPED, Registry
from parsers.copybook import load_layout
from tests.prakan.goldens import FINDINGS, command, difference
from tests.prakan.sample_cases import CASES, SAMPLES, Case
from validation.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "interfaces"
INTERFACES = Registry().all()
EACH = pytest.mark.parametrize("interface", INTERFACES, ids=[i.id for i in INTERFACES])


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return specification_pages(
        SpecificationInputs(INTERFACES, load_catalogue(), load_partners(), SAMPLES)
    )


def test_the_committed_pages_are_up_to_date(pages: dict[str, str]) -> None:
    told = [difference(text, DOCS / name) for name, text in pages.items()]
    assert [each for each in told if each] == [], "run: make docs"
    extra = {path.name for path in DOCS.glob("*.md") if "_actual" not in path.name} - set(pages)
    assert extra == set()


def test_the_command_writes_the_same_pages(tmp_path: Path, pages: dict[str, str]) -> None:
    status, _ = command("interfaces", "docs", "--out", tmp_path / "a", "--samples", SAMPLES)
    assert status == 0
    assert {p.name: p.read_text("utf-8") for p in (tmp_path / "a").iterdir()} == pages


@EACH
def test_a_page_names_every_field_at_its_place(interface: Interface, pages: dict[str, str]) -> None:
    page = pages[f"{interface.id}.md"]
    for record in load_layout(interface):
        for item in record.walk():
            row = rf"\| {item.offset + 1}(-[0-9]+)? \| {item.length} \| (· )*{item.name} \|"
            assert re.search(row, page), item.name


@EACH
def test_a_page_says_titles_source_and_controls(
    interface: Interface, pages: dict[str, str]
) -> None:
    page = pages[f"{interface.id}.md"]
    assert interface.title in page and interface.title_th in page and interface.source in page
    for rule in interface.controls:
        assert f"| {rule.record} | {rule.field} | {rule.kind} |" in page


@pytest.mark.parametrize("case", CASES, ids=[f"{c.interface.id}-{c.name}" for c in CASES])
def test_codes_that_samples_have_are_on_the_page(case: Case) -> None:
    found = json.loads((case.folder / FINDINGS).read_text("utf-8"))["finding_counts"]
    assert set(found) <= set(codes_that_can_occur(case.interface, load_layout(case.interface)))


def test_codes_of_rules_are_those_of_their_source() -> None:
    catalogue = load_catalogue()
    assert RULE_CODES.keys() == RULES.keys()
    for name, rule in RULES.items():
        source = ast.parse(inspect.getsource(inspect.getmodule(rule)))  # type: ignore[arg-type]
        constants = {n.value for n in ast.walk(source) if isinstance(n, ast.Constant)}
        assert set(RULE_CODES[name]) == {c for c in constants if c in catalogue}, name


def test_worked_examples_of_references_are_right() -> None:
    for name in ("counter_feed_s39.1.md", "counter_feed_s40.1.md", "counter_return.1.md"):
        text = (SHIPPED / name).read_text("utf-8")
        examples = re.findall(
            r"national ID `([0-9]{13})`.*?98 − ([0-9]+) = ([0-9]+).*?REFERENCE-2 is `([0-9]{12})`",
            text,
            re.DOTALL,
        )
        assert examples, name
        for national_id, remainder, check, reference in examples:
            body = int(f"{national_id}{reference[:10]}00")
            assert body % 97 == int(remainder)
            assert f"{int(check):02d}" == reference[10:]
            assert int(f"{national_id}{reference}") % 97 == 1
            read = read_references(pa.array([national_id]), pa.array([reference])).to_pylist()[0]
            assert (read["valid"], read["period"]) == (True, 202611)
            assert np.array_equal(national_id_faults(pa.array([national_id])), [0])


def test_manifests_on_pages_are_those_of_the_sample_files(pages: dict[str, str]) -> None:
    for name in ("counter_feed_s39", "counter_feed_s40", "counter_acknowledgement"):
        line = re.search(r'^\{"business_date".*\}$', pages[f"{name}.1.md"], re.MULTILINE)
        assert line is not None
        manifest = parse_manifest(line[0].encode())
        path = next((SAMPLES / name / "good").glob("*.TXT"))
        assert verify_manifest(manifest, path) == ()
        assert manifest.details > 0


def test_versions_of_an_interface_are_told_on_each_page(tmp_path: Path) -> None:
    for suffix in (".cpy", ".toml"):
        text = (SHIPPED / f"counter_feed_s39.1{suffix}").read_text("utf-8")
        text = text.replace("\nversion = 1\n", "\nversion = 2\n")
        text = text.replace("valid_from = 2025-01-01", "valid_from = 2027-01-01")
        (tmp_path / f"counter_feed_s39.2{suffix}").write_text(text, "utf-8")
    both = [*INTERFACES, load_interface(tmp_path / "counter_feed_s39.2.toml")]
    made = specification_pages(SpecificationInputs(both, load_catalogue(), load_partners()))
    assert "| [2](counter_feed_s39.2.md) | 2027-01-01 | open |" in made["counter_feed_s39.1.md"]
    assert "| 2 (this page) | 2027-01-01 | open |" in made["counter_feed_s39.2.md"]
    assert "## Example" not in made["counter_feed_s39.2.md"]


def test_a_page_says_how_its_manifest_is_verified(pages: dict[str, str]) -> None:
    page = pages["counter_feed_s39.1.md"]
    name = "S39_20261120_000001.TXT.manifest.json"
    command = (
        f"openssl pkeyutl -verify -pubin -inkey agency.pem -rawin -in {name} -sigfile {name}.sig"
    )
    assert f"`{command}`" in page


def test_a_partner_that_sends_manifests_is_told_what_they_hold() -> None:
    partners = load_partners()
    usual = partners["counter_service"]
    collect = replace(usual.collect, manifest_suffix=".manifest.json", signature_suffix=".sig")
    partners = {usual.name: replace(usual, collect=collect)}
    made = specification_pages(SpecificationInputs(INTERFACES, load_catalogue(), partners))
    page = made["counter_return.1.md"]
    assert "CSPAY_20261120_000001.TXT.manifest.json.sig" in page
    assert "| `stands_in_for` |" in page and "64 bytes raw" in page
