"""Names of the ledger's accounts.

``clearing:<partner>`` is money that a partner collected for us; ``contributions:<section>`` or
``contributions:<section>:<option>`` is what it was posted as; ``suspense:<partner>`` holds the
money of breaks until they are explained.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

CONTRIBUTIONS = "contributions:"


def clearing(partner: str) -> str:
    """Money collected by the partner."""
    return f"clearing:{partner}"


def suspense(partner: str) -> str:
    """Money of that partner's payments which are broken."""
    return f"suspense:{partner}"


def contributions(section_codes: pa.ChunkedArray, option_codes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Contribution account of each row: two utf8 columns in, one out (null option: none)."""
    return pc.binary_join_element_wise(
        CONTRIBUTIONS.rstrip(":"), section_codes, option_codes, ":", null_handling="skip"
    )
