"""Where a refund goes, checked before anything is proposed: a bank refuses a wrong account later,
when the money is under way."""

from __future__ import annotations

import unicodedata

from interfaces.errors import WrongUse
from ledger.moves import Payee
from ledger.refunds import ACCOUNT_DIGITS, BANK_DIGITS, BRANCH_DIGITS, NAME_LENGTH

BANK_ENCODING = "cp874"


def payee(bank: str, branch: str, account: str, name: str) -> Payee:
    """A payee; WrongUse when a bank could not credit it. Hyphens and spaces may stand in the
    account number."""
    number = account.replace("-", "").replace(" ", "")
    written = " ".join(unicodedata.normalize("NFC", name).split())
    for what, text, fewest, most in (
        ("bank", bank.strip(), BANK_DIGITS, BANK_DIGITS),
        ("branch", branch.strip(), BRANCH_DIGITS, BRANCH_DIGITS),
        ("account number", number, 1, ACCOUNT_DIGITS),
    ):
        if not (text.isascii() and text.isdigit() and fewest <= len(text) <= most):
            digits = str(most) if fewest == most else f"{fewest} to {most}"
            raise WrongUse(f"payee: the {what} has {digits} digits: BANK/BRANCH/NUMBER")
    if not written:
        raise WrongUse("payee: a refund needs the name on the account")
    if not (written[0].isalnum() and written.isprintable()):
        raise WrongUse("payee: the name on the account begins with a letter or digit, in one line")
    try:
        encoded = written.encode(BANK_ENCODING)
    except UnicodeEncodeError:
        raise WrongUse("payee: the name has characters that no Thai bank file can carry") from None
    if len(encoded) > NAME_LENGTH:
        raise WrongUse(f"payee: the name is longer than {NAME_LENGTH} characters")
    return Payee(bank.strip(), branch.strip(), number, written)


def payee_of_account(written: str, name: str) -> Payee:
    """A payee from ``BANK/BRANCH/NUMBER`` and a name."""
    parts = written.split("/")
    if len(parts) != len(("bank", "branch", "number")):
        raise WrongUse("payee: an account is written BANK/BRANCH/NUMBER, as 006/0001/0000000000")
    bank, branch, number = parts
    return payee(bank, branch, number, name)
