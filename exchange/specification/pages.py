"""The pages themselves: one Markdown file for each interface version, and an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.specification.container import container_facts, conventions
from exchange.specification.controls import controls_section
from exchange.specification.delivery import DIRECTIONS, delivery_section
from exchange.specification.markdown import table
from exchange.specification.outcomes import (
    acceptance_section,
    code_list_sections,
    outcome_table,
    return_codes_section,
)
from exchange.specification.records import record_sections
from exchange.specification.samples import sample_file, sample_section
from exchange.specification.sheets import columns_section
from interfaces.catalogue import Catalogue
from interfaces.model import Interface, Kind
from interfaces.partners import Partner
from parsers.copybook import load_layout

INDEX = "README.md"
_OURS = "defined by this project"


@dataclass(frozen=True, slots=True)
class SpecificationInputs:
    """What pages are made from. ``samples``: folder of sample files, None for no examples."""

    interfaces: Sequence[Interface]
    catalogue: Catalogue
    partners: Mapping[str, Partner]
    samples: Path | None = None


def specification_pages(inputs: SpecificationInputs) -> dict[str, str]:
    """File name → Markdown: a page for each interface version and the index. The same inputs
    give the same text."""
    pages = {page_name(i): _page(i, inputs) for i in inputs.interfaces}
    return {INDEX: _index(inputs.interfaces), **pages}


def page_name(interface: Interface) -> str:
    """File name of an interface's page."""
    return f"{interface.id}.md"


def notes_path(interface: Interface) -> Path:
    """Optional notes beside the declaration, included in the page as they are."""
    return interface.declaration.with_suffix(".md")


def _index(interfaces: Sequence[Interface]) -> str:
    rows = [
        (
            f"[{i.id}]({page_name(i)})",
            DIRECTIONS[i.kind],
            i.title,
            i.title_th,
        )
        for i in interfaces
    ]
    listed = table(["Interface", "Direction", "Title", "ชื่อ"], rows)
    return (
        "# Interface specifications\n\nOne page for each file that is exchanged, written by "
        "`prakan interfaces docs` from the declarations in `interfaces/definitions`. Do not edit "
        f"the pages: change the declaration and write them again.\n\n{listed}\n"
    )


def _page(interface: Interface, inputs: SpecificationInputs) -> str:
    sections = [
        f"# {interface.name}, version {interface.version}\n\n"
        f"**{interface.title}**\n\n**{interface.title_th}**",
        _facts(interface),
        *(f"## {title}\n\n{text}" for title, text in _sections(interface, inputs) if text),
    ]
    return "\n\n".join(sections).rstrip() + "\n"


def _facts(interface: Interface) -> str:
    until = interface.valid_until or "open"
    rows: list[tuple[str, object]] = [
        ("Direction", DIRECTIONS[interface.kind]),
        ("Partner", interface.partner or "none"),
        ("Valid for business dates", f"from {interface.valid_from}, until {until}"),
        ("Source", interface.source),
        *container_facts(interface),
    ]
    facts = table(["", ""], rows)
    if _OURS in interface.source:
        facts += (
            "\n\n> What the source line calls “defined by this project” is a working "
            "definition of this project, not a published format of the agency."
        )
    return facts


def _sections(interface: Interface, inputs: SpecificationInputs) -> Iterator[tuple[str, str]]:
    layout = load_layout(interface)
    yield "How the bytes are written", conventions(interface, layout)
    yield "Columns", columns_section(interface)
    yield "Records", record_sections(interface, layout)
    yield "Code lists", code_list_sections(interface)
    yield "Return codes", return_codes_section(interface, inputs.catalogue)
    yield "Control fields", controls_section(interface, layout)
    notes = notes_path(interface)
    yield "Notes", notes.read_text("utf-8").strip() if notes.is_file() else ""
    sample = sample_file(inputs.samples, interface)
    yield "Example", sample_section(sample, interface) if sample else ""
    yield "Acceptance", acceptance_section(interface)
    yield "Checks and what happens on error", outcome_table(interface, layout, inputs.catalogue)
    yield (
        "Delivery",
        delivery_section(
            interface, inputs.partners, sample, receipts=_has_receipts(interface, inputs.interfaces)
        ),
    )
    yield "Versions", _versions(interface, inputs.interfaces)


def _has_receipts(interface: Interface, interfaces: Sequence[Interface]) -> bool:
    """Whether the interface's partner sends receipts for what it gets."""
    return any(i.kind is Kind.RECEIPT and i.partner == interface.partner for i in interfaces)


def _versions(interface: Interface, interfaces: Sequence[Interface]) -> str:
    rows = [
        (
            f"{i.version} (this page)" if i is interface else f"[{i.version}]({page_name(i)})",
            i.valid_from,
            i.valid_until or "open",
            i.source,
        )
        for i in sorted(interfaces, key=lambda i: i.version)
        if i.name == interface.name
    ]
    return table(["Version", "From", "Until", "Source"], rows)
