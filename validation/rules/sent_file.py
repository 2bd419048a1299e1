"""sent_file: a receipt names a file that was sent to its partner, and its content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from interfaces.model import Role
from validation.faults import Fault, fault
from validation.references import SentFiles
from validation.rules.rule import Details, Rule

NAME = "SENT-FILE-NAME"
HASH = "SENT-FILE-SHA256"


class SentFile(Rule):
    """SENT-FILE-NAME is the name of a file sent to the partner, SENT-FILE-SHA256 its hash, as it
    was sent or as it was before it was sealed."""

    needs: ClassVar[tuple[str, ...]] = ("sent",)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """RECEIPT_FILE_UNKNOWN or RECEIPT_HASH_DIFFERS, one a record."""
        if self.references.sent is None:
            return
        sent = self.references.sent.get(self.interface.partner or "", SentFiles({}))
        names = self.column(details.batch, Role.DETAIL, NAME)
        hashes = self.column(details.batch, Role.DETAIL, HASH)
        pairs = list(zip(names.to_pylist(), hashes.to_pylist(), strict=True))
        known = np.array([sent.is_known(name) for name, _ in pairs], bool)
        same = np.array([sent.is_same(name, sha256) for name, sha256 in pairs], bool)
        for code, mask, field, values in (
            ("RECEIPT_FILE_UNKNOWN", ~known, NAME, names),
            ("RECEIPT_HASH_DIFFERS", known & ~same, HASH, hashes),
        ):
            found = fault(code, details.sound & mask, self.field(Role.DETAIL, field), values)
            if found is not None:
                yield found
