"""Which interface a command means: a declared one, or a bare copybook with its container."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from exporters.codecs.integers import ColumnTypeError
from exporters.rows import MissingColumnError
from interfaces.dated import DatedTableError
from interfaces.errors import WrongUse
from interfaces.model import (
    AcceptRule,
    FileRule,
    Framing,
    Interface,
    Kind,
    LineEnd,
    RecordRule,
    Role,
)
from parsers.codepages import CodePageError, code_page
from parsers.copybook import CopybookError
from parsers.dates import MaskError
from parsers.recognition import RecognitionError
from prakan.layouts import layout_of, open_registry, read_layout

MISDECLARED = (
    CodePageError,
    ColumnTypeError,
    CopybookError,
    DatedTableError,
    MaskError,
    MissingColumnError,
    RecognitionError,
)
"""Errors of a declaration or a table that does not fit it: the user's to mend, not a defect."""


def add_interface_arguments(parser: argparse.ArgumentParser) -> None:
    """``--interface NAME``, or ``--copybook CPY`` with ``--encoding`` and ``--framing``."""
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--interface", metavar="NAME", help="name, or name.version")
    chosen.add_argument("--copybook", type=Path, metavar="CPY", help="a copybook on its own")
    parser.add_argument("--encoding", help="code page, with --copybook (cp838, cp037, cp874, …)")
    parser.add_argument("--framing", help="with --copybook: F, FB, V, VB or text")


def chosen_interface(options: argparse.Namespace, on: date | None = None) -> Interface:
    """The declared interface (its version on the business date ``on``, if given), or one made
    for a bare copybook. WrongUse when it cannot be used."""
    if options.interface is not None:
        if options.encoding or options.framing:
            raise WrongUse(
                "--encoding and --framing go with --copybook; an interface declares its own"
            )
        interface = open_registry().get(options.interface, on=on)
        layout_of(interface)
        return interface
    return bare_interface(options.copybook, options.encoding, options.framing)


def bare_interface(copybook: Path, encoding: str | None, framing: str | None) -> Interface:
    """An interface of nothing but a copybook: every record is of its one 01 level.

    WrongUse for several 01 levels (only a declaration can tell which record is which), for a
    missing or unknown encoding or framing.
    """
    layout = read_layout(copybook)
    if len(layout) > 1:
        names = ", ".join(record.name for record in layout)
        raise WrongUse(
            f"{copybook.name} has several 01 levels ({names}); a TOML beside it must say which "
            "record is which: declare an interface and use --interface"
        )
    if encoding is None or framing is None:
        missing = "--encoding" if encoding is None else "--framing"
        raise WrongUse(f"--copybook needs {missing} too: bytes alone do not tell it")
    container = _framing(framing)
    with declaration_errors():
        code_page(encoding)
    return Interface(
        name=copybook.stem,
        version=1,
        title=copybook.name,
        title_th=copybook.name,
        kind=Kind.EXTRACT,
        source="a copybook on its own",
        valid_from=date.min,
        valid_until=None,
        copybook=copybook,
        declaration=copybook,
        file=FileRule(
            framing=container,
            encoding=encoding,
            name="{any}",
            line_end=LineEnd.LF if container is Framing.TEXT else None,
        ),
        records=(RecordRule(record=layout[0].name, role=Role.DETAIL, when={}),),
        redefines={},
        fields={},
        controls=(),
        block_controls=False,
        accept=AcceptRule(),
        rules=(),
        partner=None,
        publish=None,
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


def _framing(text: str) -> Framing:
    for framing in Framing:
        if framing.value.lower() == text.lower():
            return framing
    known = ", ".join(framing.value for framing in Framing)
    raise WrongUse(f"--framing {text!r} is not one of: {known}")
