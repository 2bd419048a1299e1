"""One record of a file: what the ledger made of it, and the record itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import sqlalchemy as sa

from exchange.account.entries import AsOf, BrokenPayment, Movement, broken_payments, movements
from exchange.account.original import OriginalRecord, read_original
from exchange.account.places import byte_offsets
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger import files, schema
from ledger.database import reading
from ledger.errors import LedgerError
from ledger.files import FileStanding

_FORM = re.compile(r"([0-9a-fA-F]{12,64}):([0-9]{1,15})(?::(-?[0-9]{1,9}))?")


@dataclass(frozen=True, slots=True)
class RecordName:
    """``FILE12:RECORD[:LEG]``, taken apart; ``leg`` is None for all of them."""

    file: str
    record_number: int
    leg: int | None


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line of a bank's settlement advice."""

    collector: str
    collection_date: str
    value_date: str
    payment_count: int
    gross_satang: int
    fee_satang: int


@dataclass(frozen=True, slots=True)
class RecordTrace:
    """A record with its movements, its break if it has one, its settlement line if it is one."""

    standing: FileStanding
    record_number: int
    leg: int | None
    movements: tuple[Movement, ...]
    broken: BrokenPayment | None
    settled: SettledLine | None
    original: OriginalRecord


def record_name(text: str) -> RecordName | None:
    """The parts of ``FILE12:RECORD[:LEG]``, None for a text of another form."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    file, number, leg = found.groups()
    return RecordName(file.lower(), int(number), None if leg is None else int(leg))


def file_of(site: Site, name: RecordName) -> FileStanding:
    """The file that a record is named after. WrongUse when there is none, or more than one."""
    try:
        standing = files.find(site.ledger, name.file)
    except LedgerError as error:
        raise WrongUse(str(error)) from None
    if standing is None:
        raise WrongUse(f"no file whose SHA-256 begins with {name.file}; `prakan status` lists them")
    return standing


def trace_record(site: Site, name: RecordName, standing: FileStanding) -> RecordTrace:
    """What became of a record, and the record. WrongUse for a leg or record that is not there."""
    number, file_id = name.record_number, standing.file.file_id
    posting, broken = schema.posting, schema.payment_break
    of_record = sa.and_(posting.c.file_id == file_id, posting.c.record_number == number)
    moved = movements(site.ledger, of_record, AsOf())
    if name.leg is not None:
        moved = [one for one in moved if abs(one.leg) == abs(name.leg)]
        if not any(one.leg == name.leg for one in moved):
            raise WrongUse(f"record {number} of {standing.file.name} has no leg {name.leg}")
    broke = broken_payments(
        site,
        sa.and_(broken.c.file_id == file_id, broken.c.record_number == number),
        AsOf(),
        person=_person(site, file_id, number),
    )
    offset = byte_offsets(site, standing, [number]).get(number)
    original = read_original(site, standing, number, offset)
    return RecordTrace(
        standing=standing,
        record_number=number,
        leg=name.leg,
        movements=tuple(replace(one, byte_offset=original.byte_offset) for one in moved),
        broken=replace(broke[0], byte_offset=original.byte_offset) if broke else None,
        settled=_settled(site, file_id, number),
        original=original,
    )


def _person(site: Site, file_id: str, number: int) -> str:
    """Whose break it is: that ID is shown within its history, no other."""
    broken = schema.payment_break
    query = sa.select(broken.c.national_id).where(
        broken.c.file_id == file_id, broken.c.record_number == number
    )
    with reading(site.ledger) as connection:
        return connection.scalar(query) or ""


def _settled(site: Site, file_id: str, number: int) -> SettledLine | None:
    table = schema.settlement
    query = sa.select(table).where(table.c.file_id == file_id, table.c.record_number == number)
    with reading(site.ledger) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return SettledLine(
        collector=row.collector,
        collection_date=row.collection_date.isoformat(),
        value_date=row.value_date.isoformat(),
        payment_count=row.payment_count,
        gross_satang=row.gross_satang,
        fee_satang=row.fee_satang,
    )
