"""What becomes of a payment: posted, or one named break."""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa


class Outcome(StrEnum):
    """POSTED or the code of a break, in their order of precedence: the first that holds.

    Persons' payments and employers' payments have the first three in common.
    """

    DEBIT = "DEBIT"  # the bank took money back: not a payment at all
    RECORD_REJECTED = "RECORD_REJECTED"  # validation rejected it, though its references read
    UNREADABLE_REFERENCE = "UNREADABLE_REFERENCE"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"  # neither in the register nor in a feed in hand
    NOT_SENT = "NOT_SENT"  # known, but in no feed of that section that the partner had
    STATUS_ENDED = "STATUS_ENDED"  # sent as suspended or ended, and without that month
    PAID_ELSEWHERE = "PAID_ELSEWHERE"  # the month was paid before through another channel
    DOUBLE_PAYMENT = "DOUBLE_PAYMENT"  # the month was paid before, or earlier in the same file
    LATE_PAYMENT = "LATE_PAYMENT"  # the month was offered, and paid after its last day
    WRONG_PERIOD = "WRONG_PERIOD"  # month not offered, or paid before its window
    AMOUNT_SHORT = "AMOUNT_SHORT"  # less than was offered
    AMOUNT_OVER = "AMOUNT_OVER"  # more than was offered
    WRONG_AMOUNT = "WRONG_AMOUNT"  # in ledgers of before rule version 3: short or over
    UNKNOWN_EMPLOYER = "UNKNOWN_EMPLOYER"  # the account is in no register of employers
    WRONG_WAGE_MONTH = "WRONG_WAGE_MONTH"  # an employer's month that has not begun or has no terms
    NOTHING_PAID = "NOTHING_PAID"  # an employer's record without an amount
    POSTED = "POSTED"


OUTCOMES_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("leg", pa.int32(), nullable=False),  # from 1; only a posted payment has more
        pa.field("national_id", pa.string()),
        pa.field("section_code", pa.string()),
        pa.field("option_code", pa.string()),  # when posted: the option that was sent
        pa.field("period", pa.int32()),
        pa.field("amount_satang", pa.int64(), nullable=False),  # all legs: the payment
        pa.field("tolerance_satang", pa.int64(), nullable=False),  # paid less expected, if posted
        pa.field("payment_date", pa.date32()),
        pa.field("transaction_kind", pa.string(), nullable=False),  # C credit, D debit
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("pass_name", pa.string()),  # that posted it
        pa.field("expected_satang", pa.int64()),  # offered for that month, if it was
        pa.field("status_code", pa.string()),  # as sent to the partner
        pa.field("feed_date", pa.date32()),  # business date of the feed that decided
        pa.field("ended_date", pa.date32()),  # since when the status has ended, as sent
        pa.field("suggestion", pa.string()),  # of a break: see below
    ]
)
"""One row for each movement of a payment: a leg of a posted one, or a break.

``suggestion`` is JSON as ``ledger.detail.to_text`` spells it: ``pass`` (null: the law leaves no
other choice), ``candidates`` (how many months or persons fit) and ``moves``, which add up to the
amount: ``kind`` (of ``interfaces.catalogue.RESOLUTIONS``), ``amount_satang`` and, for a move,
``section_code``, ``option_code``, ``period`` and, if it is not the break's, ``national_id``. No
moves: the candidates are several, and none is told.
"""
