"""The whole fault matrix, and the short form of it that the suite runs."""

from __future__ import annotations

from interfaces.policies import Client
from tests.faults.ground import Ground
from tests.faults.inbound_faults import OPEN, WRAPPED
from tests.faults.inbound_rows import INBOUND
from tests.faults.inbound_runs import InboundRow, run_inbound
from tests.faults.outbound_rows import (
    NO_RENAME,
    OUTBOUND,
    READ_BACK,
    RENAME,
    RESUME,
    SEALED,
    SEALED_LARGE,
    TAKEN,
    TO_SEAL,
)
from tests.faults.outbound_runs import run_outbound
from tests.faults.rows import Outcome, Row

ROWS: list[Row] = [*OUTBOUND, *INBOUND]

_SHORT = {
    ("nobody listens", "connect", RENAME),
    ("black hole", "key exchange", RENAME),
    ("wrong host key", "key exchange", RENAME),
    ("partner's OpenPGP key expired", "sealing", TO_SEAL),
    ("our disk full", "sealing", SEALED_LARGE),
    ("connection reset", "writing, 100,000 bytes passed", READ_BACK),
    ("connection reset", "writing the manifest", SEALED),
    ("answer lost", "rename of the trigger", SEALED),
    ("server's process killed", "writing", READ_BACK),
    ("black hole", "writing", READ_BACK),
    ("ledger's disk full", "sending", READ_BACK),
    ("our clock an hour ahead", "reset before the rename", TO_SEAL),
    ("partner's disk full", "after 199,999 bytes", READ_BACK),
    ("rename refused", "rename", READ_BACK),
    ("complete file gone where files stay", "after a lost answer", RENAME),
    ("connection reset", "making the trigger", NO_RENAME),
    ("answer lost", "rename of the trigger", TAKEN),
    ("connection reset", "writing, 1,500,000 bytes arrived", RESUME),
    ("tampered", "arrived", WRAPPED),
    ("old name with new content", "arrived", OPEN),
    ("gap in the numbers", "arrived", OPEN),
    ("receipt lost", "awaited", OPEN),
    ("receipt with another hash", "arrived", OPEN),
    ("connection reset", "fetching the signature", WRAPPED),
    ("answer lost", "its copy is moved", WRAPPED),
}
_SHORT_WITH_ASYNCSSH = {
    ("connection reset", "opening SFTP", RENAME),
    ("answer lost", "rename", READ_BACK),
}
SHORT = [
    row
    for row in ROWS
    if (row.fault, row.phase, row.policy)
    in (_SHORT if row.client is Client.PARAMIKO else _SHORT_WITH_ASYNCSSH)
]
assert len(SHORT) == len(_SHORT) + len(_SHORT_WITH_ASYNCSSH), "a short row names no row"


def measure(ground: Ground, row: Row) -> Outcome:
    """Make the fault happen; what came of it."""
    if isinstance(row, InboundRow):
        return run_inbound(ground, row)
    return run_outbound(ground, row)
