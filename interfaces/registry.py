"""Finds interfaces: those shipped in ``definitions/`` and those in further folders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from interfaces.loader import load_interface
from interfaces.model import Interface, Kind
from interfaces.toml_table import DeclarationError

SHIPPED = Path(__file__).parent / "definitions"


class Registry:
    """All interface versions of the given folders (the shipped ones first).

    A name and version declared twice is a DeclarationError: nobody could say which one read
    a file.
    """

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self._by_id: dict[str, Interface] = {}
        for folder in (SHIPPED, *folders):
            if not folder.is_dir():
                raise DeclarationError(f"interface folder {folder} does not exist")
            for path in sorted(folder.glob("*.toml")):
                interface = load_interface(path)
                if interface.id in self._by_id:
                    raise DeclarationError(f"{path}: {interface.id} is declared twice")
                self._by_id[interface.id] = interface

    def all(self) -> tuple[Interface, ...]:
        """Every version, ordered by name and version."""
        return tuple(sorted(self._by_id.values(), key=lambda i: (i.name, i.version)))

    def get(self, name: str, *, on: date | None = None) -> Interface:
        """Interface by ``name`` or ``name.version``.

        Without a version: the highest one valid on the business date ``on`` (any, if None).
        DeclarationError with the known names when there is none.
        """
        if name in self._by_id:
            return self._by_id[name]
        versions = [i for i in self.all() if i.name == name and _valid(i, on)]
        if not versions:
            known = ", ".join(sorted({i.name for i in self.all()}))
            day = f" on {on}" if on else ""
            raise DeclarationError(f"no interface {name!r}{day}; known: {known}")
        return versions[-1]

    def of_kind(self, kind: Kind, *, on: date) -> tuple[Interface, ...]:
        """The version of each interface of that kind in force on a business date, by name."""
        names = sorted({i.name for i in self.all() if i.kind is kind and _valid(i, on)})
        return tuple(self.get(name, on=on) for name in names)


def _valid(interface: Interface, on: date | None) -> bool:
    if on is None:
        return True
    until = interface.valid_until
    return interface.valid_from <= on and (until is None or on <= until)
