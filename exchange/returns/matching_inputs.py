"""What matching needs about the payers of one return file, and about nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from exchange.datasets import latest, scan
from exchange.inbound.landed import landed_path
from exchange.inbound.references import PERSONS
from exchange.outbound.standing import HISTORY as HISTORY_EXTRACT
from exchange.returns.feeds_in_hand import (
    deliveries_in_hand,
    feeds_table,
    persons_named,
    sent_rows,
)
from exchange.returns.payer_rows import months_paid, rows_of_payers
from exchange.site import Site
from insurance.money import satang_of
from insurance.names import name_keys, without_title
from insurance.payable import payment_window
from insurance.periods import index_of_date
from insurance.reference import read_references
from insurance.repair import repair_check_digits, repair_one_digit
from interfaces.errors import OutsideFailure
from interfaces.model import Interface, MatchingRule, Role
from interfaces.partners import Partner
from ledger.delivery import Delivery
from ledger.files import FileStanding
from ledger.matching import (
    HISTORY,
    PAID_SCHEMA,
    PAYMENTS_SCHEMA,
    PERSONS_SCHEMA,
    match_payments,
)
from ledger.matching.paid_before import paid_before
from ledger.postings import ReturnTotals
from parsers.decode import DecodedFile, decode_whole

LOOK_BACK_MONTHS = 12
"""How old a month may be for an old feed to be opened that tells "late" from "never offered"."""

_BY_REPAIR = frozenset({"check_digits.1", "one_digit.1"})
_BY_NAME = "person_name.1"


def match_return(site: Site, partner: Partner, standing: FileStanding) -> pa.Table:
    """Outcome of every payment of an accepted return file; ledger.outcomes.OUTCOMES_SCHEMA."""
    rule = return_interface(site, standing).matching
    payments = payments_of(site, standing)
    in_hand = deliveries_in_hand(site, partner, days_of_payment(payments, rule))
    known = {delivery.delivery_id for delivery in in_hand}
    earlier = [
        delivery
        for delivery in deliveries_in_hand(site, partner, days_of_late_months(payments))
        if delivery.delivery_id not in known
    ]
    payers = _payers(payments, rule)
    persons = _persons(site, standing.file.business_date, payers)
    named = _named(site, in_hand, payments, persons, rule)
    everybody = _table(pa.chunked_array([payers["national_id"].combine_chunks(), named]))
    sent = sent_rows(site, [*in_hand, *earlier], everybody, named)
    return match_payments(
        payments,
        feeds_table(site, [*in_hand, *earlier]),
        sent,
        _paid(site, standing, everybody, payments, sent),
        persons,
        rule,
        partner=partner.name,
    )


def return_details(site: Site, standing: FileStanding) -> DecodedFile:
    """The landed return file, decoded again."""
    return decode_whole(
        landed_path(site, standing.file.file_id),
        return_interface(site, standing),
        file_id=standing.file.file_id,
    )


def return_interface(site: Site, standing: FileStanding) -> Interface:
    """The interface version that read the file when it was received."""
    return site.registry.get(f"{standing.file.interface}.{standing.file.version}")


def payments_of(site: Site, standing: FileStanding) -> pa.Table:
    """Every payment of the file, those that validation rejected marked as such.

    A rejected record's money arrived all the same: it becomes a break, not a gap.
    """
    interface = return_interface(site, standing)
    details = return_details(site, standing).tables[interface.record(Role.DETAIL).record]
    accepted = accepted_records(site, standing)
    first, second = (
        pc.utf8_trim(details[name].combine_chunks(), " ") for name in ("reference_1", "reference_2")
    )
    references = read_references(first, second)
    is_accepted = pc.is_in(details["_record_number"], value_set=accepted)
    satang, _ = satang_of(details["amount"].combine_chunks())
    names = ["national_id", "section_code", "option_code", "period"]
    return pa.table(
        {
            "file_id": pa.repeat(standing.file.file_id, details.num_rows),
            "record_number": details["_record_number"],
            **{name: references[name] for name in names},
            "reference_valid": references["valid"],
            "is_rejected": pc.invert(is_accepted),
            "amount_satang": satang,
            "payment_date": details["payment_date"],
            "payment_time": seconds_of_day(details["payment_time"]),
            "transaction_kind": details["transaction_kind"],
            "payer_name": details["payer_name"],
            "reference_1": first,
            "reference_2": second,
        }
    ).cast(PAYMENTS_SCHEMA)


def seconds_of_day(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Seconds since midnight of times written as the number hhmmss; int32, null for no time."""
    number = times.cast(pa.int32())
    hour = pc.divide(number, 10_000)
    minute = pc.subtract(pc.divide(number, 100), pc.multiply(hour, 100))
    second = pc.subtract(number, pc.multiply(pc.divide(number, 100), 100))
    good = pc.and_(
        pc.and_(pc.greater_equal(number, 0), pc.less(hour, 24)),
        pc.and_(pc.less(minute, 60), pc.less(second, 60)),
    )
    seconds = pc.add(pc.add(pc.multiply(hour, 3600), pc.multiply(minute, 60)), second)
    return pc.if_else(good, seconds, pa.scalar(None, seconds.type)).cast(pa.int32())


def return_totals(site: Site, standing: FileStanding) -> ReturnTotals:
    """What the trailer says, as numbers and satang."""
    interface = return_interface(site, standing)
    trailer = return_details(site, standing).tables[interface.record(Role.TRAILER).record]
    row = trailer.to_pylist()[0]
    return ReturnTotals(
        credit_count=row["total_credit_count"],
        credit_satang=int(row["total_credit_amount"] * 100),
        debit_count=row["total_debit_count"],
        debit_satang=int(row["total_debit_amount"] * 100),
    )


def accepted_records(site: Site, standing: FileStanding) -> pa.Array:
    """Numbers of the records of a return that validation accepted; int64."""
    result = standing.result
    if result is None or result.part_uri is None:
        raise LookupError(f"return file {standing.file.file_id} has no accepted part")
    part = ds.dataset(str(site.home.root / result.part_uri), format="parquet")
    own = ds.field("_file_id") == standing.file.file_id
    return part.to_table(columns=["_record_number"], filter=own)["_record_number"].combine_chunks()


def days_of_payment(payments: pa.Table, rule: MatchingRule) -> list[date]:
    """The days of payment, with the day before where a payment was made just after midnight."""
    days = pc.unique(payments["payment_date"].drop_null()).to_pylist()
    grace = rule.midnight_grace_minutes * 60
    after = payments.filter(pc.fill_null(pc.less(payments["payment_time"], grace), False))
    before = pc.unique(after["payment_date"].drop_null()).to_pylist()
    return sorted({*days, *(day - timedelta(days=1) for day in before)})


def days_of_late_months(payments: pa.Table) -> list[date]:
    """Last days of months that were paid after them: the feed of that day offered them, or none.

    Not further back than LOOK_BACK_MONTHS.
    """
    months = payments.select(["section_code", "period", "payment_date"]).drop_null()
    found = set()
    for row in months.group_by(months.column_names).aggregate([]).to_pylist():
        month = row["period"] // 100 * 12 + row["period"] % 100 - 1
        age = index_of_date(row["payment_date"]) - month
        if 0 < age <= LOOK_BACK_MONTHS:
            last = payment_window(int(row["section_code"]), month).last
            if last < row["payment_date"]:
                found.add(last)
    return sorted(found)


def _payers(payments: pa.Table, rule: MatchingRule) -> pa.Table:
    """Everybody whom the references name, or name after a repair that the rule asks for."""
    found = [payments["national_id"].drop_null().combine_chunks()]
    if _BY_REPAIR & {*rule.post, *rule.suggest}:
        unreadable = payments.filter(pc.invert(payments["reference_valid"]))
        first, second = (unreadable[n].combine_chunks() for n in ("reference_1", "reference_2"))
        for repair in (repair_check_digits, repair_one_digit):
            found.append(repair(first, second)["national_id"].combine_chunks())
    return _table(pa.chunked_array(found, pa.string()))


def _table(national_ids: pa.ChunkedArray) -> pa.Table:
    return pa.table({"national_id": pc.unique(national_ids)})


def _named(
    site: Site,
    in_hand: Sequence[Delivery],
    payments: pa.Table,
    persons: pa.Table,
    rule: MatchingRule,
) -> pa.Array:
    """Whom the payers' names may mean, of payments whose references name nobody we know."""
    if _BY_NAME not in {*rule.post, *rule.suggest}:
        return pa.array([], pa.string())
    known = pc.is_in(payments["national_id"], value_set=persons["national_id"].combine_chunks())
    unusable = payments.filter(pc.invert(pc.and_(payments["reference_valid"], known)))
    whole = name_keys(unusable["payer_name"].combine_chunks())
    keys = pc.unique(pa.chunked_array([whole, without_title(whole)])).drop_null()
    return persons_named(site, in_hand, keys)


def _paid(
    site: Site, standing: FileStanding, people: pa.Table, payments: pa.Table, sent: pa.Table
) -> pa.Table:
    """Months of these people known as paid, by the mainframe's history and by the ledger.

    Only months that the return can be about: offered, or named by a payment.
    """
    day = standing.file.business_date
    offered = _periods(sent["period"])
    asked = _periods(payments["period"], sent["period"])
    posted = paid_before(site.ledger, asked, up_to=day, excluding_file=standing.file.file_id)
    is_theirs = pc.is_in(posted["national_id"], value_set=people["national_id"].combine_chunks())
    tables = [posted.filter(is_theirs)]
    known = latest(site, HISTORY_EXTRACT, day)
    if known is not None:
        paid = months_paid(scan(site, *known).files, people, payments, offered)
        paid = paid.append_column("source", pa.repeat(HISTORY, paid.num_rows))
        tables.append(paid.cast(PAID_SCHEMA))
    return pa.concat_tables(tables)


def _periods(*columns: pa.ChunkedArray) -> list[int]:
    every = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.int32())
    return list(pc.unique(every).drop_null().to_pylist())


def _persons(site: Site, day: date, payers: pa.Table) -> pa.Table:
    known = latest(site, PERSONS, day)
    if known is None:
        raise OutsideFailure(
            f"no {PERSONS} up to {day} has been received: payments cannot be told from errors; "
            "receive one and run again"
        )
    rows = rows_of_payers(scan(site, *known).files, payers, PERSONS_SCHEMA.names)
    return rows.cast(PERSONS_SCHEMA)
