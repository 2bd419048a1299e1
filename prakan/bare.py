"""A copybook without a declaration → an interface, from what a caller says about the file.

What is said has the form of a declaration's tables (``file``, ``dialect``, ``records``,
``redefines``, ``fields``, ``dates``, ``periods``), so that whatever an interface can declare can be
said here too, in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from interfaces.errors import WrongUse
from interfaces.loader import declared
from interfaces.model import Interface
from interfaces.toml_table import Table
from parsers.codepages import CodePageError, code_page
from parsers.copybook import CopybookError, load_layout
from prakan.layouts import input_file

Tables = Mapping[str, Any]


def bare_interface(
    copybook: Path, tables: Tables, *, library: Sequence[Path] = (), record: str | None = None
) -> Interface:
    """An interface of a copybook and of what ``tables`` say about the file.

    ``tables["file"]`` needs ``framing`` and ``encoding``. Without ``records`` every record is of
    the copybook's one 01 level, or of the one named by ``record``. WrongUse for what is missing,
    unknown or contradictory, with what to do.
    """
    file = dict(tables.get("file", {}))
    for key in ("encoding", "framing"):
        if key not in file:
            raise WrongUse(f"--copybook needs --{key} too: bytes alone do not tell it")
    file["framing"] = str(file["framing"])
    if file["framing"].lower() == "text":
        file = {"line_end": "lf"} | file | {"framing": "text"}
    else:
        file["framing"] = file["framing"].upper()
    try:
        code_page(file["encoding"])
    except CodePageError as error:
        raise WrongUse(str(error)) from None
    given = {
        "name": copybook.stem,
        "version": 1,
        "title": copybook.name,
        "title_th": copybook.name,
        "kind": "extract",
        "source": "a copybook on its own",
        "valid_from": date.min,
        **tables,
        "file": {"name": "{any}", **file},
    }
    rough = _interface(given | {"records": {"-": {"role": "detail"}}}, copybook, library)
    names = _names(rough)
    given["records"] = _records(tables.get("records", {}), names, copybook, record)
    interface = _interface(given, copybook, library)
    _check_items(interface, copybook)
    return interface


def _interface(given: Tables, copybook: Path, library: Sequence[Path]) -> Interface:
    interface = declared(Table(given, copybook.name), input_file(copybook), copybook)
    return replace(interface, library=tuple(library))


def _names(interface: Interface) -> tuple[str, ...]:
    try:
        return tuple(record.name for record in load_layout(interface))
    except CopybookError as error:
        raise WrongUse(str(error)) from None


def _check_items(interface: Interface, copybook: Path) -> None:
    """WrongUse for rules about an item that the copybook does not have."""
    items = {item.name for record in load_layout(interface) for item in record.items()}
    for table, said in (("redefines", interface.redefines), ("fields", interface.fields)):
        for name in said:
            if name not in items:
                raise WrongUse(f"{copybook.name} has no item {name}, which {table} speaks of")


def _records(
    said: Tables, names: Sequence[str], copybook: Path, record: str | None
) -> dict[str, dict[str, Any]]:
    """Record rules; a record is a detail unless its table says otherwise."""
    if not said:
        if record is None and len(names) > 1:
            raise WrongUse(
                f"{copybook.name} has several 01 levels ({', '.join(names)}); say which record "
                "is which with --when 'RECORD: FIELD=VALUE', name one with --record, or declare "
                "an interface and use --interface"
            )
        said = {names[0] if record is None else record: {}}
    rules = {name.upper(): {"role": "detail", **rule} for name, rule in said.items()}
    for name in rules:
        if name not in names:
            raise WrongUse(f"{copybook.name} has no record {name}; it has: {', '.join(names)}")
    return rules
