"""What a notice is on its way to people, and what a way to them must do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from interfaces.errors import OutsideFailure

#: Longest line that is put into a mail's subject; the body has all of it.
_SUBJECT_LENGTH = 160
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class ChannelFailure(OutsideFailure):
    """A notice could not be handed over; the next round tries again."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as people get it. ``message_id`` is the same however often it is sent.

    ``level`` is ``warning``, ``alarm`` or ``cleared``. The texts are one line each.
    """

    message_id: str
    business_date: date
    subject: str
    level: str
    text_en: str
    text_th: str
    detail: Mapping[str, object]

    @property
    def headline(self) -> str:
        """One line without control characters, fit for a mail's subject or a log."""
        return one_line(f"[prakan] {self.level.upper()} {self.text_en}")[:_SUBJECT_LENGTH]


class Channel(Protocol):
    """A way to people: mail, a webhook, the log."""

    @property
    def name(self) -> str:
        """Name under which the ledger records what became of a notice."""
        ...

    def send(self, message: Message) -> Mapping[str, object]:
        """Hand a message over; facts for the ledger (no addresses). ChannelFailure if not."""
        ...


def one_line(text: str) -> str:
    """The text with every run of control characters as one space: nothing can begin a new line,
    a new header or a new entry of a log."""
    return _CONTROLS.sub(" ", text).strip()
