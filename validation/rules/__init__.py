"""Named rules across fields, records and masters, as an interface lists them in ``rules``."""

from __future__ import annotations

from collections.abc import Mapping

from interfaces.model import Interface
from validation.rules.form_contribution import FormContribution
from validation.rules.form_employer import FormEmployer
from validation.rules.form_period import FormPeriod
from validation.rules.form_person import FormPerson
from validation.rules.form_person_once import FormPersonOnce
from validation.rules.form_rate import FormRate
from validation.rules.form_title import FormTitle
from validation.rules.notice_line import NoticeLine
from validation.rules.payment_date import PaymentDate
from validation.rules.receipt_counts import ReceiptCounts
from validation.rules.registration_choices import RegistrationChoices
from validation.rules.registration_dates import RegistrationDates
from validation.rules.registration_employer import RegistrationEmployer
from validation.rules.registration_person import RegistrationPerson
from validation.rules.registration_type import RegistrationType
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
    "form_1_10_person": FormPerson,
    "form_1_10_person_once": FormPersonOnce,
    "registration_type": RegistrationType,
    "registration_dates": RegistrationDates,
    "registration_employer": RegistrationEmployer,
    "registration_person": RegistrationPerson,
    "registration_choices": RegistrationChoices,
    "sequence_unbroken": SequenceUnbroken,
    "payment_date": PaymentDate,
    "sent_file": SentFile,
    "receipt_counts": ReceiptCounts,
    "settlement_line": SettlementLine,
    "notice_line": NoticeLine,
}


def named_rule(name: str) -> type[Rule]:
    """The rule of that name; KeyError with the known names otherwise."""
    try:
        return RULES[name]
    except KeyError:
        raise KeyError(f"no rule {name!r}; known: {', '.join(RULES)}") from None


def lists_named_by(interface: Interface) -> frozenset[str]:
    """Code lists that the fields and rules of an interface look at: References need them all."""
    of_fields = {rule.codes for rule in interface.fields.values() if rule.codes is not None}
    of_rules = {name for rule in interface.rules for name in named_rule(rule).code_lists}
    return frozenset(of_fields | of_rules)
