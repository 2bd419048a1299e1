"""Which interface a command means: a declared one, or a bare copybook with its container."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from exporters.codecs.integers import ColumnTypeError
from exporters.rows import MissingColumnError
from interfaces.dated import DatedTableError
from interfaces.errors import WrongUse
from interfaces.model import Interface, Role
from interfaces.toml_table import read_toml
from parsers.codepages import CodePageError
from parsers.copybook import CopybookError
from parsers.dates import MaskError
from parsers.recognition import RecognitionError
from parsers.shape import TooWideError
from prakan.bare import bare_interface
from prakan.layouts import input_file, layout_of, open_registry
from prakan.settings import settings

MISDECLARED = (
    CodePageError,
    ColumnTypeError,
    CopybookError,
    DatedTableError,
    MaskError,
    MissingColumnError,
    RecognitionError,
    TooWideError,
)
"""Errors of a declaration or a table that does not fit it: the user's to mend, not a defect."""

_WITH_COPYBOOK = {
    "encoding": "--encoding",
    "framing": "--framing",
    "lrecl": "--lrecl",
    "rdw": "--rdw",
    "bdw": "--bdw",
    "line_end": "--line-end",
    "compression": "--compression",
    "dialect": "--dialect",
    "when": "--when",
    "redefines": "--redefines",
    "copy_path": "--copy-path",
    "declaration": "--declaration",
}


def add_interface_arguments(parser: argparse.ArgumentParser) -> None:
    """``--interface NAME``, or ``--copybook CPY`` and what the file is."""
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--interface", metavar="NAME", help="name, or name.version")
    chosen.add_argument("--copybook", type=Path, metavar="CPY", help="a copybook on its own")
    bare = parser.add_argument_group("with --copybook")
    bare.add_argument("--encoding", help="code page (cp838, cp037, cp930, cp874, …)")
    bare.add_argument("--framing", help="F, FB, V, VB, VBS, U or text")
    bare.add_argument("--lrecl", type=int, metavar="N", help="bytes of a record or block, if other")
    bare.add_argument("--rdw", metavar="FORM", help="ibm, exclusive, little, gnucobol, stripped …")
    bare.add_argument("--bdw", action="store_true", help="blocks begin with their descriptor")
    bare.add_argument("--line-end", metavar="END", help="lf, crlf, nel or none, with text")
    bare.add_argument("--compression", metavar="HOW", help="auto, gzip, zstd or zip")
    bare.add_argument(
        "--dialect",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="compiler option: signs=strict, truncation=bin, floats=ieee, byte_order=little …",
    )
    bare.add_argument(
        "--when",
        action="append",
        default=[],
        metavar="'RECORD: FIELD=VALUE'",
        help="which 01 level a record is (values parted by commas)",
    )
    bare.add_argument(
        "--redefines",
        action="append",
        default=[],
        metavar="'ITEM: FIELD=VALUE'",
        help="when an item of a REDEFINES is the one that holds",
    )
    bare.add_argument(
        "--copy-path", action="append", default=[], type=Path, metavar="DIR", help="for COPY"
    )
    bare.add_argument(
        "--declaration", type=Path, metavar="X.toml", help="tables as in an interface's TOML"
    )


def chosen_interface(options: argparse.Namespace, on: date | None = None) -> Interface:
    """The declared interface (its version on the business date ``on``, if given), or one made
    for a bare copybook. WrongUse when it cannot be used."""
    if options.interface is not None:
        for name, flag in _WITH_COPYBOOK.items():
            if getattr(options, name, None):
                raise WrongUse(f"{flag} goes with --copybook; an interface declares its own")
        interface = open_registry().get(options.interface, on=on)
        layout_of(interface)
        return interface
    return bare_interface(
        options.copybook,
        _tables(options),
        library=options.copy_path,
        record=getattr(options, "record", None),
    )


def record_name(interface: Interface, wanted: str | None) -> str:
    """The 01 name that is meant: the detail record unless another is named."""
    if wanted is None:
        return interface.record(Role.DETAIL).record
    names = [rule.record for rule in interface.records]
    if wanted.upper() not in names:
        raise WrongUse(f"{interface.id} has no record {wanted!r}; it has: {', '.join(names)}")
    return wanted.upper()


@contextmanager
def declaration_errors() -> Iterator[None]:
    """Errors of declarations and tables become WrongUse, one line for the user."""
    try:
        yield
    except MISDECLARED as error:
        raise WrongUse(str(error)) from None


def _tables(options: argparse.Namespace) -> dict[str, Any]:
    """What the command line says, as the tables of a declaration; flags win over the TOML."""
    tables: dict[str, Any] = {}
    if options.declaration is not None:
        tables = read_toml(input_file(options.declaration))
    file = {
        "encoding": options.encoding,
        "framing": options.framing,
        "record_length": options.lrecl,
        "rdw": options.rdw,
        "bdw": options.bdw or None,
        "line_end": options.line_end,
        "compression": options.compression,
    }
    said = {key: value for key, value in file.items() if value is not None}
    tables["file"] = {**tables.get("file", {}), **said}
    dialect = settings("--dialect", options.dialect)
    tables["dialect"] = {**tables.get("dialect", {}), **dialect}
    records = {
        name: {"when": when} for name, when in (_condition("--when", t) for t in options.when)
    }
    tables["records"] = {**tables.get("records", {}), **records}
    redefines = dict(_condition("--redefines", text) for text in options.redefines)
    tables["redefines"] = {**tables.get("redefines", {}), **redefines}
    return tables


def _condition(flag: str, text: str) -> tuple[str, dict[str, list[str]]]:
    """``NAME: FIELD=VALUE,VALUE FIELD=VALUE`` → the name and the values of each field."""
    name, colon, rest = text.partition(":")
    fields: dict[str, list[str]] = {}
    for part in rest.split():
        field, sign, values = part.partition("=")
        if not sign:
            break
        fields[field.upper()] = values.split(",")
    if not colon or not name.strip() or len(fields) != len(rest.split()):
        raise WrongUse(f"{flag} {text!r}: 'NAME: FIELD=VALUE' is expected, values parted by commas")
    return name.strip().upper(), fields
