"""Partners: where files are exchanged and how they are published, as data.

A partner is one TOML file under ``partners/``. It names a connection but holds no host, no
user and no secret: those come from Airflow or the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from interfaces.toml_table import DeclarationError, Table, read_toml

SHIPPED = Path(__file__).parent / "partners"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_AFFIX = re.compile(r"[A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Directories:
    """Remote folders, as absolute POSIX paths on the partner's server."""

    drop: str = "/drop"  # we write feeds
    returns: str = "/returns"  # the partner writes, we collect
    acknowledgements: str = "/acks"  # we write answers to what was collected


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """How a file becomes visible to the partner.

    It is written under ``temporary_prefix + name + temporary_suffix`` and renamed.
    ``readback`` reads the bytes back and compares their hash before the rename.
    ``manifest_suffix`` is the end of the manifest's name, None where the partner wants none.
    """

    temporary_prefix: str = "."
    temporary_suffix: str = ".part"
    readback: bool = False
    manifest_suffix: str | None = None

    def temporary(self, name: str) -> str:
        """Name under which ``name`` is written before it is complete."""
        return f"{self.temporary_prefix}{name}{self.temporary_suffix}"

    def is_temporary(self, name: str) -> bool:
        """Whether ``name`` is a file still under way, by the same convention."""
        return name.startswith(self.temporary_prefix) and name.endswith(self.temporary_suffix)


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner. ``connection`` is the Airflow connection id and the environment's name."""

    name: str
    title: str
    title_th: str
    connection: str
    directories: Directories
    publish: PublishPolicy


def load_partner(path: Path) -> Partner:
    """Read one declaration; DeclarationError (file, table, key) for what cannot be used."""
    top = Table(read_toml(path), path.name)
    partner = Partner(
        name=top.take("name", str),
        title=top.take("title", str),
        title_th=top.take("title_th", str),
        connection=_identifier(top, "connection"),
        directories=_directories(top.table("directories")),
        publish=_publish(top.table("publish")),
    )
    top.close()
    if path.stem != partner.name or not _NAME.fullmatch(partner.name):
        raise DeclarationError(
            f"{path.name}: declares {partner.name!r}; the file must be named after it, in a-z 0-9 _"
        )
    return partner


def load_partners(folders: Iterable[Path] = ()) -> Mapping[str, Partner]:
    """Partners by name: those shipped, then those of further folders.

    A name declared twice is a DeclarationError.
    """
    partners: dict[str, Partner] = {}
    for folder in (SHIPPED, *folders):
        if not folder.is_dir():
            raise DeclarationError(f"partner folder {folder} does not exist")
        for path in sorted(folder.glob("*.toml")):
            partner = load_partner(path)
            if partner.name in partners:
                raise DeclarationError(f"{path}: {partner.name} is declared twice")
            partners[partner.name] = partner
    return partners


def _identifier(table: Table, key: str) -> str:
    value: str = table.take(key, str)
    if not _NAME.fullmatch(value):
        raise DeclarationError(f"{table.where}: {key} = {value!r} is not written in a-z 0-9 _")
    return value


def _directories(table: Table) -> Directories:
    usual = Directories()
    folders = Directories(
        drop=_folder(table, "drop", usual.drop),
        returns=_folder(table, "returns", usual.returns),
        acknowledgements=_folder(table, "acknowledgements", usual.acknowledgements),
    )
    table.close()
    return folders


def _folder(table: Table, key: str, usual: str) -> str:
    value: str = table.take(key, str, usual)
    path = PurePosixPath(value)
    if not path.is_absolute() or ".." in path.parts or str(path) != value:
        raise DeclarationError(
            f"{table.where}: {key} = {value!r} is not a plain absolute path such as {usual!r}"
        )
    return value


def _publish(table: Table) -> PublishPolicy:
    usual = PublishPolicy()
    policy = PublishPolicy(
        temporary_prefix=_affix(table, "temporary_prefix", usual.temporary_prefix),
        temporary_suffix=_affix(table, "temporary_suffix", usual.temporary_suffix),
        readback=table.take("readback", bool, usual.readback),
        manifest_suffix=_affix(table, "manifest_suffix", None),
    )
    table.close()
    if not policy.temporary_prefix + policy.temporary_suffix:
        raise DeclarationError(
            f"{table.where}: a temporary name must differ from the final one; give "
            "temporary_prefix or temporary_suffix"
        )
    if policy.manifest_suffix == "":
        raise DeclarationError(f"{table.where}: leave manifest_suffix out where there is none")
    return policy


def _affix(table: Table, key: str, usual: Any) -> Any:
    value = table.take(key, str, usual)
    if value is not None and not _AFFIX.fullmatch(value):
        raise DeclarationError(
            f"{table.where}: {key} = {value!r} may hold only letters, digits, dot, dash and _"
        )
    return value
