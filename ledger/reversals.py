"""Undoing a posting by a second one that moves the money back; nothing is ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Engine

from ledger.acts import OperatorAct, insert_act
from ledger.books import book_day
from ledger.database import writing
from ledger.legs import reverse_leg

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
    book_date: date | None = None,
) -> None:
    """Reverse one posting, together with the operator's act, in one transaction.

    The reversal carries the same record with its leg negative and the accounts exchanged. It
    stands in the books of ``book_date`` (None: of ``effective_date``), or of the first open day
    if that one is closed. The books do not close until the money, which is back where it came
    from, is entered otherwise. LedgerError when there is no such posting, it is a reversal
    itself, or it was reversed already.
    """
    with writing(engine, "posting") as connection:
        reverse_leg(
            connection,
            key.file_id,
            key.record_number,
            key.leg,
            effective_date=effective_date,
            book_date=book_day(connection, book_date or effective_date),
            recorded_at=recorded_at,
        )
        insert_act(connection, OperatorAct(VERB, str(key), who, reason, recorded_at))
