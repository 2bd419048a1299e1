"""What outbound files are made of: a source for each dataset, its cut, and who may name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from exchange.outbound import building
from exchange.outbound.building import file_context, file_rows
from exchange.outbound.row_sources import ROW_SOURCES
from exchange.outbound.rows import FileRows
from exchange.site import Site, open_site
from interfaces.errors import WrongUse
from interfaces.loader import load_interface
from interfaces.model import FROM_BOOKS, Interface, Kind, PublishRule
from interfaces.registry import Registry
from ledger.delivery import Delivery, DeliveryState
from prakan.declaration_check import problems_of

DAY = date(2027, 1, 4)
STATEMENT = Registry().get("counter_statement")
PARTNERS = {"counter_service", "collection_bank", "mainframe"}
ROWS = pa.table({"line_kind": ["SENT", "PAID", "PAID"], "section_code": ["40", "40", "39"]})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An empty installation."""
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")})
    yield opened
    opened.ledger.dispose()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> PublishRule:
    """A rule that names a dataset of three rows."""

    def source(_site: Site, _interface: Interface, _day: date) -> FileRows:
        return FileRows(ROWS, {"books_to": DAY})

    monkeypatch.setattr(building, "ROW_SOURCES", {**ROW_SOURCES, "made": source})
    return PublishRule("made", {"line_kind": ("PAID",)}, ("section_code",))


def test_every_shipped_outbound_interface_names_a_dataset_that_exists() -> None:
    outbound = [i for i in Registry().all() if i.kind in (Kind.FEED, *FROM_BOOKS)]
    assert {kind for i in outbound for kind in [i.kind]} == {Kind.FEED, *FROM_BOOKS}
    assert {i.publish.dataset for i in outbound if i.publish} <= set(ROW_SOURCES)
    assert all(i.publish for i in outbound)


def test_the_cut_the_order_and_the_line_numbers_are_made_for_every_source(
    site: Site, made: PublishRule
) -> None:
    rows = file_rows(site, replace(STATEMENT, publish=made), DAY)
    assert rows.table.to_pylist() == [
        {"line_kind": "PAID", "section_code": "39", "line_number": 1},
        {"line_kind": "PAID", "section_code": "40", "line_number": 2},
    ]
    assert rows.context == {"books_to": DAY}


def test_a_source_keeps_its_own_order_where_none_is_declared(site: Site, made: PublishRule) -> None:
    rows = file_rows(site, replace(STATEMENT, publish=replace(made, where={}, order=())), DAY)
    assert rows.table["section_code"].to_pylist() == ["40", "40", "39"]


def test_an_unknown_dataset_or_column_is_one_line(site: Site, made: PublishRule) -> None:
    for rule, told in (
        (None, "must name a dataset"),
        (replace(made, dataset="weather"), "known: filed_contributions, "),
        (replace(made, where={"colour": ("red",)}), "names 'colour'"),
        (replace(made, order=("colour",)), "names 'colour'"),
    ):
        with pytest.raises(WrongUse, match=told) as caught:
            file_rows(site, replace(STATEMENT, publish=rule), DAY)
        assert "\n" not in str(caught.value)


def test_what_the_source_knows_stands_beside_what_the_delivery_knows() -> None:
    delivery = Delivery(
        "counter_service.counter_statement.000003",
        "counter_service",
        "counter_statement",
        1,
        DAY,
        3,
        None,
        None,
        DeliveryState.PLANNED,
        0,
        None,
    )
    context = file_context(STATEMENT, delivery, {"books_to": DAY})
    assert (context["sequence"], context["books_to"]) == (3, DAY)
    assert context["partner"] == "counter_service"


MADE_FROM = 'dataset = "settlement_statement"'
SETTLES = '[settlement]\ncollectors = { CS01 = "counter_service" }\n[matching]'
PUBLISHES = 'kind = "return"\npublish = { dataset = "standing" }'
BREAKS = '[breaks]\napprove_above = "1.00"\n[records]'


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("counter_statement", (MADE_FROM, 'dataset = "weather"'), "weather"),
        ("counter_statement", ("publish = {", "#"), "[publish] is missing"),
        ("counter_return", ("[matching]", SETTLES), "[settlement] goes with"),
        ("counter_return", ('"exact.1"', '"exact.9"'), "[matching]"),
        ("counter_feed_s39", ("[records]", BREAKS), "[breaks] goes with"),
        ("counter_return", ('kind = "return"', PUBLISHES), "[publish] goes with"),
    ],
)
def test_tables_go_with_their_kinds(
    tmp_path: Path, name: str, change: tuple[str, str], told: str
) -> None:
    shipped = Registry().get(name)
    text = shipped.declaration.read_text(encoding="utf-8")
    assert change[0] in text
    declaration = tmp_path / shipped.declaration.name
    declaration.write_text(text.replace(*change), encoding="utf-8")
    copybook = tmp_path / shipped.copybook.name
    copybook.write_bytes(shipped.copybook.read_bytes())
    found = problems_of(load_interface(declaration), PARTNERS)
    assert any(told in problem for problem in found), found
    assert problems_of(shipped, PARTNERS) == []
