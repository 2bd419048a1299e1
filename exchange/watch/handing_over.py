"""Handing one notice to several channels at once: none waits for another, none waits for ever."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange.watch.channel import Channel, ChannelFailure, Message

SECONDS = 60.0
"""Longest time that a channel may take for one notice, all its answers together."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of a notice on one channel: ``failure`` is None when it was sent, else one
    line. ``hangs``: the channel did not even fail in time."""

    channel: str
    detail: Mapping[str, object]
    failure: str | None = None
    hangs: bool = False


def hand_over(
    message: Message, channels: Sequence[Channel], *, seconds: float = SECONDS
) -> Iterator[HandedOver]:
    """Send a message by every channel at the same time; outcomes as they come.

    A channel that has not ended after ``seconds`` is left to itself (its thread ends with the
    process) and counts as failed: should it send after all, the notice comes twice.
    """
    outcomes: queue.SimpleQueue[HandedOver] = queue.SimpleQueue()
    waiting = {channel.name for channel in channels}
    for channel in channels:
        threading.Thread(
            target=_send, args=(channel, message, outcomes), name=channel.name, daemon=True
        ).start()
    end = time.monotonic() + seconds
    while waiting:
        try:
            outcome = outcomes.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        waiting.discard(outcome.channel)
        yield outcome
    for name in sorted(waiting):
        yield HandedOver(name, {}, f"{name}: not done after {seconds:.0f} s", hangs=True)


def _send(channel: Channel, message: Message, outcomes: queue.SimpleQueue[HandedOver]) -> None:
    try:
        outcome = HandedOver(channel.name, channel.send(message))
    except ChannelFailure as error:
        outcome = HandedOver(channel.name, {}, str(error))
    except Exception as error:
        # A defect in one channel is loud, and does not silence the others.
        traceback.print_exception(error)
        outcome = HandedOver(channel.name, {}, f"a defect of prakan: {type(error).__name__}")
    outcomes.put(outcome)
