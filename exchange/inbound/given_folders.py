"""Folders that a run may be told to receive employers' files from.

Such a path comes from outside, as a parameter of a run. Only folders below declared ones are
taken: whoever may start a run may not have the exchange read whatever its user can read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.home import Home
from exchange.remote.names import printable
from interfaces.errors import WrongUse

VARIABLE = "PRAKAN_DELIVERIES"
"""Setting: further folders, separated as in PATH, below which deliveries may lie."""


def delivery_folders(home: Home, environment: Mapping[str, str]) -> list[Path]:
    """Folders below which deliveries may lie: ``inbox/deliveries`` of the home, and those of the
    setting. WrongUse for one of them that is not absolute."""
    further = [Path(text) for text in environment.get(VARIABLE, "").split(os.pathsep) if text]
    for folder in further:
        if not folder.is_absolute():
            raise WrongUse(f"{VARIABLE}: {folder} is not absolute; write the whole path")
    return [home.root / "inbox" / "deliveries", *further]


def given_folder(text: str, allowed: Sequence[Path]) -> Path:
    """The folder that a run was given, links and ``..`` resolved.

    WrongUse when it is not absolute, not below (or one of) the ``allowed`` folders, or none.
    """
    shown = printable(text, cut=True)
    folder = Path(text)
    if "\0" in text or not folder.is_absolute():
        raise WrongUse(f"folder {shown!r} is not absolute; write the whole path")
    try:
        real = folder.resolve()
        is_folder = real.is_dir()
    except (OSError, RuntimeError) as error:  # too long, not to be entered, links in a circle
        raise WrongUse(f"folder {shown} cannot be looked at; give its real path") from error
    if not any(real.is_relative_to(one.resolve()) for one in allowed):
        told = ", ".join(str(one) for one in allowed)
        raise WrongUse(
            f"folder {shown} is not below {told}; put the delivery there, or name its folder in "
            f"{VARIABLE}"
        )
    if not is_folder:
        raise WrongUse(f"{shown} is no folder; give one that holds employers' files")
    return real
