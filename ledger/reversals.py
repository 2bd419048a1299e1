"""Undoing a posting by a second one that moves the money back; nothing is ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.acts import OperatorAct, insert_act
from ledger.database import writing
from ledger.errors import LedgerError

VERB = "reverse"


@dataclass(frozen=True, slots=True)
class PostingKey:
    """A posting's identity: the record of the file that it came from, and which movement."""

    file_id: str
    record_number: int
    leg: int = 1

    def __str__(self) -> str:
        return f"{self.file_id}:{self.record_number}:{self.leg}"


def reverse(
    engine: Engine,
    key: PostingKey,
    *,
    who: str,
    reason: str,
    effective_date: date,
    recorded_at: datetime,
) -> None:
    """Reverse one posting, together with the operator's act, in one transaction.

    The reversal carries the same record with its leg negative and the accounts exchanged.
    LedgerError when there is no such posting, it is a reversal itself, or it was reversed
    already.
    """
    posting = schema.posting
    if key.leg <= 0:
        raise LedgerError(f"posting {key} is itself a reversal: post again instead")
    with writing(engine, "posting") as connection:
        same_record = sa.and_(
            posting.c.file_id == key.file_id, posting.c.record_number == key.record_number
        )
        rows = connection.execute(
            sa.select(posting).where(same_record, posting.c.leg.in_([key.leg, -key.leg]))
        ).all()
        original = next((row for row in rows if row.leg == key.leg), None)
        if original is None:
            raise LedgerError(f"no posting {key} in the ledger")
        if len(rows) > 1:
            raise LedgerError(f"posting {key} was reversed already")
        connection.execute(
            sa.insert(posting).values(
                file_id=original.file_id,
                record_number=original.record_number,
                rule_version=original.rule_version,
                leg=-original.leg,
                national_id=original.national_id,
                section_code=original.section_code,
                option_code=original.option_code,
                period=original.period,
                amount_satang=original.amount_satang,
                debit_account=original.credit_account,
                credit_account=original.debit_account,
                effective_date=effective_date,
                reverses=original.posting_id,
                recorded_at=recorded_at,
            )
        )
        insert_act(connection, OperatorAct(VERB, str(key), who, reason, recorded_at))
