"""A mail that came back: what it says, and of which mail of ours (RFC 3464).

Whoever knows a Message-ID can write such a mail. It is believed as far as it goes: that a mail of
ours did not arrive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

LARGEST = 10 << 20
"""Bytes that are looked at: a returned mail holds at most ours and a few lines."""

_ID = r"(?<![0-9a-f])([0-9a-f]{32})(?![0-9a-f])"
_IDS = re.compile(_ID)
_OWN_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "In-Reply-To", "References")
_STATUS = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})")
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_WORST_FIRST = ("failed", "delayed", "delivered", "relayed", "expanded")


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What became of a mail: ``action`` and ``status`` as in RFC 3464, ``candidates`` the ids that
    may be its Message-ID's first part, the surest first."""

    action: str
    status: str
    candidates: tuple[str, ...]


def read_delivery_status(content: bytes) -> DeliveryStatus | None:
    """The report in a mail; None when it is no delivery report: an answer, an advertisement.

    Of several recipients the worst action counts: mails to employers have one each.
    """
    try:
        # The plain policy: the other one reads headers as it goes, and stumbles over bad ones.
        mail = BytesParser(policy=compat32).parsebytes(content[:LARGEST])
    except RecursionError:  # parts within parts within parts: nobody's mail system does that
        return None
    told = [
        (action, status)
        for part in mail.walk()
        if part.get_content_type() == "message/delivery-status"
        for action, status in _recipients(part)
    ]
    if not told:
        return None
    action, status = min(told, key=lambda one: _WORST_FIRST.index(one[0]))
    return DeliveryStatus(action, status, tuple(dict.fromkeys(_candidates(mail))))


def _recipients(part: Message[str, str]) -> Iterator[tuple[str, str]]:
    """Action and status of each recipient; the first block is about the whole mail."""
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return
    for block in blocks:
        if not isinstance(block, Message):
            continue
        action = _text(block, "Action").lower()
        found = _STATUS.search(_text(block, "Status"))
        if action in _ACTIONS:
            yield action, found[0] if found else ""


def _candidates(mail: Message[str, str]) -> Iterator[str]:
    """Ids in the returned mail's own headers, then in the address that it came back to."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            yield from _IDS.findall(_message_id_line(part))
        elif part is not mail and part.get("Message-ID") is not None:
            yield from _IDS.findall(_text(part, "Message-ID"))
    for name in _OWN_HEADERS:
        for value in mail.get_all(name, []):
            yield from _IDS.findall(str(value))


def _message_id_line(part: Message[str, str]) -> str:
    payload = part.get_payload(decode=True)
    text = payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""
    found = re.search(r"^message-id:(.*(?:\r?\n[ \t].*)*)", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _text(part: Message[str, str], name: str) -> str:
    return str(part.get(name, "")).strip()
