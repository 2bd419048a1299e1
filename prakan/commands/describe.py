"""``prakan describe NAME | FILE.cpy``: fields with offsets, lengths and types."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.describe import describe, describe_markdown, describe_text
from parsers.layout import Record
from prakan.answer import answer
from prakan.layouts import layout_of, open_registry, read_layout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """NAME (or name.version) of an interface, or a copybook file."""
    parser.add_argument("what", metavar="NAME|FILE.cpy")
    parser.add_argument("--markdown", action="store_true", help="a Markdown section")


def run(options: argparse.Namespace) -> int:
    """Print the layout."""
    if options.json and options.markdown:
        raise WrongUse("--json and --markdown exclude each other; choose one")
    interface, layout = _found(options.what)
    rules = interface.fields if interface else {}
    if options.markdown:
        print(_heading(options.what, interface, mark="# "))
        print()
        print(describe_markdown(layout, rules), end="")
        return 0
    text = f"{_heading(options.what, interface)}\n\n{describe_text(layout, rules)}"
    answer(options, {**_facts(options.what, interface), **describe(layout, rules)}, text)
    return 0


def _found(what: str) -> tuple[Interface | None, Sequence[Record]]:
    """A file when it is named like one, else an interface."""
    path = Path(what)
    if path.suffix.lower() == ".cpy" or len(path.parts) > 1:
        return None, read_layout(path)
    interface = open_registry().get(what)
    return interface, layout_of(interface)


def _heading(what: str, interface: Interface | None, mark: str = "") -> str:
    if interface is None:
        return f"{mark}{Path(what).name}"
    container = f"{interface.file.framing}, {interface.file.encoding}"
    return f"{mark}{interface.id}: {interface.title}\n{container}; {interface.source}"


def _facts(what: str, interface: Interface | None) -> dict[str, Any]:
    if interface is None:
        return {"name": Path(what).name, "interface": None}
    return {
        "name": interface.name,
        "interface": {
            "id": interface.id,
            "version": interface.version,
            "title": interface.title,
            "title_th": interface.title_th,
            "kind": str(interface.kind),
            "framing": str(interface.file.framing),
            "encoding": interface.file.encoding,
            "file_name": interface.file.name,
            "source": interface.source,
            "valid_from": interface.valid_from,
            "valid_until": interface.valid_until,
        },
    }
