"""Names of the ledger's accounts.

=============================  =======  ====================================================
account                        balance  holds
=============================  =======  ====================================================
``clearing:<partner>``         debit    collected by a partner, not yet credited by the bank
``bank:<partner>``             debit    credited to our account at that bank
``fees:<partner>``             debit    kept back by the bank from a partner's collections
``contributions:<section>``    credit   posted to months; ``…:<option>`` for section 40
``suspense:<partner>``         credit   money of breaks until they are explained
``surcharge:<section>``        credit   surcharge on late contributions
``receivable:<section>``       debit    owed by employers: filed and surcharge, not yet paid
``filed:<section>``            credit   due from employers as they filed it
``overpaid:<section>``         credit   paid by employers beyond what is due
``refunds:payable``            credit   to be given back to payers
``payable:<partner>``          credit   to be given back to a partner
``tolerance:<partner>``        either   differences within a declared tolerance
``written_off:<partner>``      either   given up with approval
=============================  =======  ====================================================
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

CONTRIBUTIONS = "contributions:"
REFUNDS_PAYABLE = "refunds:payable"


def clearing(partner: str) -> str:
    """Money collected by the partner."""
    return f"clearing:{partner}"


def suspense(partner: str) -> str:
    """Money of that partner's payments which are broken."""
    return f"suspense:{partner}"


def bank(partner: str) -> str:
    """Our account at a bank, by the name of the partner that the bank is."""
    return f"bank:{partner}"


def fees(partner: str) -> str:
    """What the bank kept back of a partner's collections."""
    return f"fees:{partner}"


def payable(partner: str) -> str:
    """Money to be given back to the partner."""
    return f"payable:{partner}"


def tolerance(partner: str) -> str:
    """Differences of that partner's payments that are within a declared tolerance."""
    return f"tolerance:{partner}"


def written_off(partner: str) -> str:
    """Money of that partner's payments that was given up."""
    return f"written_off:{partner}"


def surcharge(section: str) -> str:
    """Surcharge on late contributions of a section."""
    return f"surcharge:{section}"


def receivable(section: str) -> str:
    """What employers owe under a section."""
    return f"receivable:{section}"


def filed(section: str) -> str:
    """What employers filed as due under a section."""
    return f"filed:{section}"


def overpaid(section: str) -> str:
    """What employers paid beyond what is due under a section."""
    return f"overpaid:{section}"


def contribution(section: str, option: str | None) -> str:
    """The account of one section and option."""
    return f"{CONTRIBUTIONS}{section}" + (f":{option}" if option else "")


def contributions(section_codes: pa.ChunkedArray, option_codes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Contribution account of each row: two utf8 columns in, one out (null option: none)."""
    return pc.binary_join_element_wise(
        CONTRIBUTIONS.rstrip(":"), section_codes, option_codes, ":", null_handling="skip"
    )
