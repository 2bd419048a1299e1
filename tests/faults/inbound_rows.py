"""The rows of the fault matrix that are about what a partner sends: returns and receipts."""

from __future__ import annotations

from dataclasses import replace

from interfaces.policies import Client
from tests.faults.inbound_faults import (
    OPEN,
    WRAPPED,
    cut_short,
    expired_signer,
    gap,
    manifest_by_stranger,
    manifest_late,
    manifest_of_another,
    name_used_again,
    our_disk_full,
    receipt_for,
    receipt_lost,
    replayed,
    replayed_renamed,
    sealed_ahead,
    sealed_by_stranger,
    spoilt,
    tampered,
    truncated,
    unsigned,
)
from tests.faults.inbound_runs import SAME_LEDGER, SAME_MONEY, InboundRow
from tests.faults.moments import Moment
from tests.faults.outbound_faults import answer_lost, black_hole, cut, killed
from tests.faults.rows import (
    NOTHING,
    RECONCILE,
    THE_PART,
    Command,
    Outcome,
)

REPLAY: Command = ("replay", "{quarantined}", "--reason", "the key has been prolonged")


NOT_LANDED = Outcome("not landed", NOTHING, 3)


def refused(*codes: str) -> Outcome:
    """Quarantined and answered so; the money comes with the next file."""
    return Outcome(f"quarantined ({', '.join(codes)})", "answered R", 1, end=SAME_MONEY)


SPOILT = [
    InboundRow("tampered", "arrived", WRAPPED, spoilt(tampered), refused("SEAL_BROKEN")),
    InboundRow("truncated", "arrived", WRAPPED, spoilt(truncated), refused("SEAL_BROKEN")),
    InboundRow("unsigned", "arrived", WRAPPED, spoilt(unsigned), refused("SEAL_SIGNER")),
    InboundRow(
        "sealed by a stranger",
        "arrived",
        WRAPPED,
        spoilt(sealed_by_stranger),
        refused("SEAL_SIGNER"),
    ),
    InboundRow(
        "manifest signed by a stranger",
        "arrived",
        WRAPPED,
        spoilt(manifest_by_stranger),
        refused("MANIFEST_SIGNATURE"),
    ),
    InboundRow(
        "manifest of another file",
        "arrived",
        WRAPPED,
        spoilt(manifest_of_another),
        refused("MANIFEST_DIFFERS"),
    ),
    InboundRow(
        "truncated",
        "arrived",
        OPEN,
        spoilt(cut_short),
        refused("RECORD_LENGTH", "RECORD_TRAILER_MISSING"),
    ),
    InboundRow(
        "partner's OpenPGP key expired",
        "arrived",
        WRAPPED,
        expired_signer,
        # The answer cannot be sealed for that key either.
        replace(refused("SEAL_KEY"), there=NOTHING, status=2, reruns=(0, 0)),
        rerun=(REPLAY, RECONCILE),
        says="expired",
    ),
    InboundRow(
        "partner's clock an hour ahead",
        "arrived",
        WRAPPED,
        sealed_ahead,
        Outcome("answered", "answered A", 0),
    ),
    InboundRow(
        "manifest late", "arrived", WRAPPED, manifest_late, Outcome("not landed", NOTHING, 0)
    ),
]

AGAIN = [
    InboundRow(
        "old file again",
        "arrived",
        OPEN,
        replayed,
        Outcome("answered", "answered A", 0, end=SAME_LEDGER),
    ),
    InboundRow(
        "old file under a new name",
        "arrived",
        OPEN,
        replayed_renamed,
        Outcome("answered", "answered A", 0, end=SAME_MONEY),
    ),
    InboundRow(
        "old name with new content",
        "arrived",
        OPEN,
        name_used_again,
        Outcome(
            "answered, quarantined (FILE_NAME_REUSED)",
            "answered A, answered R",
            1,
            end=SAME_MONEY,
        ),
    ),
    InboundRow(
        "gap in the numbers",
        "arrived",
        OPEN,
        gap,
        Outcome(
            "answered, answered (FILE_SEQUENCE_GAP)",
            "answered A, answered P",
            1,
            reruns=(1,),
            end=SAME_MONEY,
        ),
    ),
]

RECEIPT_FAULTS = [
    InboundRow(
        "receipt lost", "awaited", OPEN, receipt_lost, Outcome("no receipt", "feeds: delivered", 0)
    ),
    InboundRow(
        "receipt for another file",
        "arrived",
        OPEN,
        receipt_for("S39_20261120_000099.TXT", "a1" * 32),
        Outcome(
            "accepted (RECEIPT_FILE_UNKNOWN)",
            "feeds: acknowledged, delivered",
            0,
            end=SAME_MONEY,
        ),
    ),
    InboundRow(
        "receipt with another hash",
        "arrived",
        OPEN,
        receipt_for(None, "b2" * 32),
        Outcome(
            "accepted (RECEIPT_HASH_DIFFERS)",
            "feeds: acknowledged, delivered",
            0,
            end=SAME_MONEY,
        ),
    ),
]

TAKING_IN = [
    InboundRow("connection reset", "fetching", WRAPPED, cut(Moment("download", at=0)), NOT_LANDED),
    InboundRow(
        "connection reset",
        "fetching the signature",
        WRAPPED,
        cut(Moment("download", "signature")),
        NOT_LANDED,
    ),
    InboundRow(
        "server's process killed", "fetching", WRAPPED, killed(Moment("download")), NOT_LANDED
    ),
    InboundRow("black hole", "fetching", WRAPPED, black_hole(Moment("download")), NOT_LANDED),
    InboundRow("our disk full", "fetching", WRAPPED, our_disk_full, NOT_LANDED, says="disk"),
    InboundRow(
        "connection reset",
        "before its copy is moved",
        WRAPPED,
        cut(Moment("rename")),
        Outcome("answered", "answered A", 3),
    ),
    InboundRow(
        "answer lost",
        "its copy is moved",
        WRAPPED,
        answer_lost(Moment("rename")),
        Outcome("answered", "answered A", 3),
    ),
    InboundRow(
        "answer lost",
        "its manifest is moved",
        WRAPPED,
        answer_lost(Moment("rename", "manifest")),
        Outcome("answered", "answered A", 3),
    ),
    InboundRow(
        "connection reset",
        "writing the answer",
        WRAPPED,
        cut(Moment("upload", at=0)),
        Outcome("posted", NOTHING, 3, again=THE_PART),
    ),
    InboundRow(
        "connection reset",
        "reading the answer back",
        OPEN,
        cut(Moment("download", "manifest")),
        Outcome("posted", NOTHING, 3, again="the whole manifest"),
    ),
    InboundRow(
        "answer lost",
        "renaming the answer's signature",
        OPEN,
        answer_lost(Moment("rename", "signature")),
        Outcome("posted", NOTHING, 3),
    ),
]

SECOND_CLIENT = [
    replace(row, client=Client.ASYNCSSH)
    for row in TAKING_IN
    if row.fault in ("connection reset", "black hole", "server's process killed")
]

INBOUND = [*SPOILT, *AGAIN, *RECEIPT_FAULTS, *TAKING_IN, *SECOND_CLIENT]
