"""Copybooks and declarations as commands find them. Light imports: ``describe`` must be quick."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from interfaces.errors import WrongUse
from interfaces.model import Dialect, Interface
from interfaces.registry import SHIPPED, Registry
from parsers.copybook import CopybookError, load_layout, read_copybook
from parsers.layout import Record

USUAL = Dialect()


def interface_folders(environment: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Folders of further interfaces (``PRAKAN_INTERFACES``, separated as in PATH)."""
    values = os.environ if environment is None else environment
    return tuple(Path(f) for f in values.get("PRAKAN_INTERFACES", "").split(os.pathsep) if f)


def declaration_folders(environment: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Every folder of declarations, the shipped one first."""
    return (SHIPPED, *interface_folders(environment))


def open_registry(environment: Mapping[str, str] | None = None) -> Registry:
    """All interfaces, shipped and further; DeclarationError for one that cannot be used."""
    return Registry(interface_folders(environment))


def layout_of(interface: Interface) -> tuple[Record, ...]:
    """Records of an interface's copybook; WrongUse when it cannot be laid out."""
    try:
        return load_layout(interface)
    except CopybookError as error:
        raise WrongUse(str(error)) from None


def read_layout(
    copybook: Path, dialect: Dialect = USUAL, library: Sequence[Path] = ()
) -> tuple[Record, ...]:
    """Records of a copybook on its own; WrongUse when it cannot be laid out."""
    try:
        return read_copybook(input_file(copybook), dialect, tuple(library))
    except CopybookError as error:
        raise WrongUse(str(error)) from None


def input_file(path: Path) -> Path:
    """The file that a person named; WrongUse when there is no such file."""
    if path.is_dir():
        raise WrongUse(f"{path} is a folder; name one file in it")
    if not path.exists():
        raise WrongUse(f"{path}: there is no such file; check the name and the working folder")
    return path


def output_file(path: Path) -> Path:
    """Where a person wants a file; WrongUse when its folder does not exist."""
    if not path.parent.is_dir():
        raise WrongUse(f"{path}: folder {path.parent} does not exist; make it first")
    if path.is_dir():
        raise WrongUse(f"{path} is a folder; name a file in it")
    return path


def not_overwriting(outs: Iterable[Path | None], sources: Iterable[Path]) -> None:
    """WrongUse when a file that is to be written is one that is read, or is named twice."""
    taken = {path.resolve(): "the input" for path in sources}
    for out in outs:
        if out is None:
            continue
        if out.resolve() in taken:
            raise WrongUse(f"{out} is {taken[out.resolve()]}; write to another file")
        taken[out.resolve()] = "written already"
