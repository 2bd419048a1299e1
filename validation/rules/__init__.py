"""Named rules across fields, records and masters, as an interface lists them in ``rules``."""

from __future__ import annotations

from collections.abc import Mapping

from validation.rules.form_contribution import FormContribution
from validation.rules.form_employer import FormEmployer
from validation.rules.form_period import FormPeriod
from validation.rules.form_rate import FormRate
from validation.rules.form_title import FormTitle
from validation.rules.payment_date import PaymentDate
from validation.rules.receipt_counts import ReceiptCounts
from validation.rules.rule import Rule
from validation.rules.sent_file import SentFile
from validation.rules.sequence import SequenceUnbroken
from validation.rules.settlement_line import SettlementLine

RULES: Mapping[str, type[Rule]] = {
    "form_1_10_period": FormPeriod,
    "form_1_10_rate": FormRate,
    "form_1_10_employer": FormEmployer,
    "form_1_10_title": FormTitle,
    "form_1_10_contribution": FormContribution,
    "sequence_unbroken": SequenceUnbroken,
    "payment_date": PaymentDate,
    "sent_file": SentFile,
    "receipt_counts": ReceiptCounts,
    "settlement_line": SettlementLine,
}


def named_rule(name: str) -> type[Rule]:
    """The rule of that name; KeyError with the known names otherwise."""
    try:
        return RULES[name]
    except KeyError:
        raise KeyError(f"no rule {name!r}; known: {', '.join(RULES)}") from None
