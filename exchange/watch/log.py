"""Notices in the log: always there, whatever else fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from exchange.watch.channel import Message, one_line

_LOGGER = logging.getLogger("prakan.notices")
_LEVELS = {"warning": logging.WARNING, "alarm": logging.ERROR, "cleared": logging.INFO}


@dataclass(frozen=True, slots=True)
class Log:
    """The standard library's logger ``prakan.notices``."""

    name: str = "log"

    def send(self, message: Message) -> Mapping[str, object]:
        """One line in English."""
        level = _LEVELS.get(message.level, logging.ERROR)
        _LOGGER.log(level, "%s %s", message.level.upper(), one_line(message.text_en))
        return {}
