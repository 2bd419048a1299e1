"""Partners: where files are exchanged, how they are published, collected and sealed, as data.

A partner is one TOML file under ``partners/``. It names a connection but holds no host, no
user and no secret: those come from Airflow or the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from interfaces.policies import Client, CollectPolicy, Directories, PublishPolicy, SealPolicy
from interfaces.policy_tables import collect_policy, directories, publish_policy, seal_policy
from interfaces.toml_table import DeclarationError, Table, read_toml

SHIPPED = Path(__file__).parent / "partners"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner. ``connection`` is the Airflow connection id and the environment's name."""

    name: str
    title: str
    title_th: str
    connection: str
    directories: Directories
    publish: PublishPolicy
    collect: CollectPolicy
    seal: SealPolicy
    client: Client


def load_partner(path: Path) -> Partner:
    """Read one declaration; DeclarationError (file, table, key) for what cannot be used."""
    top = Table(read_toml(path), path.name)
    partner = Partner(
        name=top.take("name", str),
        title=top.take("title", str),
        title_th=top.take("title_th", str),
        connection=_identifier(top, "connection"),
        client=top.choice("client", Client, Client.PARAMIKO),
        directories=directories(top.table("directories")),
        publish=publish_policy(top.table("publish")),
        collect=collect_policy(top.table("collect")),
        seal=seal_policy(top.table("seal")),
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
