"""Partners besides the counters, on the same test server: each has folders of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from interfaces.partners import SHIPPED, load_partner
from tests.night.stage import PARTNER, Stage

_FOLDER = re.compile(r'^(\w+ = )"(/[^"]*)"$', re.MULTILINE)
_ACCESS = ("URL", "KEY_FILE", "KNOWN_HOSTS")


def add_partner(stage: Stage, connection: str) -> Stage:
    """The stage with the shipped partner of that name: declared, reachable, its folders made.

    Its folders are those of its declaration below ``stage.root``: ``stage.root / "bank/returns"``.
    """
    if stage.partners is None:
        raise ValueError("the stage declares no partners of its own")
    text = (SHIPPED / f"{connection}.toml").read_text(encoding="utf-8")
    text = _FOLDER.sub(lambda found: f'{found[1]}"{stage.root}{found[2]}"', text)
    declared = stage.partners / f"{connection}.toml"
    declared.write_text(text, encoding="utf-8")
    folders = load_partner(declared).directories
    for folder in (folders.drop, folders.returns, folders.acknowledgements, folders.statements):
        Path(folder).mkdir(parents=True, exist_ok=True)
    mine, theirs = (f"PRAKAN_SFTP_{name.upper()}" for name in (PARTNER, connection))
    access = {f"{theirs}_{part}": stage.environment[f"{mine}_{part}"] for part in _ACCESS}
    return replace(stage, environment={**stage.environment, **access})
