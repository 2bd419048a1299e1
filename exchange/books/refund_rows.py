"""Rows of a credit file: refunds that became payable in closed books and go to payers' banks."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from exchange.books.declared_values import with_declared_values
from exchange.books.posting_rows import baht, file_before
from exchange.outbound.rows import FileRows
from exchange.site import Site
from interfaces.model import Interface
from ledger.books import period_of_close
from ledger.refunds import ACCOUNT_DIGITS, refunds_to_pay

DATASET = "refunds"
SHOWN_DIGITS = 12
_AMOUNT_DIGITS = 17
_BLANK = (
    "receiver_information",
    "reference_1",
    "other_information_2",
    "email_address",
    "mobile_number",
)


def refund_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """Refunds booked since the file before, by posting key; those taken back by then are left out.

    The first file has all refunds of the books before it. LedgerError when the day's books are not
    closed.
    """
    _, up_to = period_of_close(site.ledger, business_date)
    due = refunds_to_pay(site.ledger, file_before(site, interface, up_to), up_to)
    credit_date = site.calendar.next_business_day(business_date)
    rows = with_declared_values(_rows(due, credit_date), interface)
    return FileRows(rows, {"credit_date": credit_date})


def _rows(due: pa.Table, credit_date: date) -> pa.Table:
    record = due["record_number"].cast(pa.string())
    leg = due["leg"].cast(pa.string())
    shown = pc.utf8_slice_codeunits(due["file_id"], 0, SHOWN_DIGITS)
    short = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(due["file_id"], 0, 8),
        pc.utf8_lpad(record, 7, "0"),
        pc.utf8_lpad(leg, 3, "0"),
        "",
    )
    blank = pa.nulls(due.num_rows, pa.string())
    return pa.table(
        {
            **dict.fromkeys(_BLANK, blank),
            "receiving_bank": due["bank_code"],
            "receiving_branch": due["branch_code"],
            "receiving_account": pc.utf8_lpad(due["account_number"], ACCOUNT_DIGITS, "0"),
            "effective_date": pa.repeat(pa.scalar(credit_date, pa.date32()), due.num_rows),
            "transfer_amount": baht(due["amount_satang"], _AMOUNT_DIGITS),
            "receiver_name": due["payee_name"],
            "other_information_1": pc.binary_join_element_wise(shown, record, leg, ":"),
            "reference_2": short,
            "national_id": due["national_id"],  # kept beside the file, to tell whom it was about
            "file_id": due["file_id"],
            "record_number": due["record_number"],
            "leg": due["leg"],
            "amount_satang": due["amount_satang"],
        }
    )
