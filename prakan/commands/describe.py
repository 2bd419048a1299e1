"""``prakan describe NAME | FILE.cpy``: fields with offsets, lengths and types."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interfaces.errors import WrongUse
from interfaces.loader import dialect_of
from interfaces.model import Interface
from interfaces.toml_table import Table
from parsers.describe import describe, describe_markdown, describe_text
from parsers.layout import Record
from prakan.answer import answer
from prakan.layouts import layout_of, open_registry, read_layout
from prakan.settings import settings

_COBOL = (".cpy", ".cbl", ".cob", ".copy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """NAME (or name.version) of an interface, or a copybook file."""
    parser.add_argument("what", metavar="NAME|FILE.cpy")
    parser.add_argument("--markdown", action="store_true", help="a Markdown section")
    parser.add_argument(
        "--dialect",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="compiler option of a copybook: truncation=bin, floats=ieee, byte_order=little …",
    )
    parser.add_argument(
        "--copy-path", action="append", default=[], type=Path, metavar="DIR", help="for COPY"
    )


def run(options: argparse.Namespace) -> int:
    """Print the layout."""
    if options.json and options.markdown:
        raise WrongUse("--json and --markdown exclude each other; choose one")
    interface, layout = _found(options)
    rules = interface.fields if interface else {}
    if options.markdown:
        print(_heading(options.what, interface, mark="# "))
        print()
        print(describe_markdown(layout, rules), end="")
        return 0
    text = f"{_heading(options.what, interface)}\n\n{describe_text(layout, rules)}"
    answer(options, {**_facts(options.what, interface), **describe(layout, rules)}, text)
    return 0


def _found(options: argparse.Namespace) -> tuple[Interface | None, Sequence[Record]]:
    """A file when it is named like one, else an interface."""
    path = Path(options.what)
    if path.suffix.lower() in _COBOL or len(path.parts) > 1:
        dialect = dialect_of(Table(settings("--dialect", options.dialect), "--dialect"))
        return None, read_layout(path, dialect, options.copy_path)
    if options.dialect or options.copy_path:
        raise WrongUse("--dialect and --copy-path go with a copybook; an interface has its own")
    interface = open_registry().get(options.what)
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
