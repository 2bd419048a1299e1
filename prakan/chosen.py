"""Which interface a caller of the Python functions means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

from interfaces.errors import WrongUse
from interfaces.model import Interface
from prakan.bare import bare_interface
from prakan.layouts import layout_of, open_registry


class Said(TypedDict, total=False):
    """What a caller says of a file with a bare copybook: tables as in a declaration's TOML."""

    encoding: str
    framing: str
    file: Mapping[str, Any]
    dialect: Mapping[str, Any]
    records: Mapping[str, Any]
    redefines: Mapping[str, Any]
    fields: Mapping[str, Any]
    dates: Sequence[Mapping[str, Any]]
    periods: Sequence[Mapping[str, Any]]
    library: Sequence[str | Path]


def interface_of(
    interface: str | Interface | None,
    copybook: str | Path | None,
    on: date | None,
    record: str | None,
    said: Said,
) -> Interface:
    """The interface by name (``name`` or ``name.version``, of the business date ``on``), the one
    given, or one made of a copybook. WrongUse for anything else."""
    if (interface is None) == (copybook is None):
        raise WrongUse("say either interface= or copybook=")
    if copybook is not None:
        tables: dict[str, Any] = {k: v for k, v in said.items() if k != "library"}
        file = {k: tables.pop(k) for k in ("encoding", "framing") if k in tables}
        tables["file"] = {**tables.get("file", {}), **file}
        return bare_interface(
            Path(copybook),
            tables,
            library=[Path(folder) for folder in said.get("library", ())],
            record=record,
        )
    if said:
        raise WrongUse(f"{', '.join(said)}: an interface declares its own; leave it out")
    if isinstance(interface, Interface):
        return interface
    found = open_registry().get(str(interface), on=on)
    layout_of(found)
    return found
