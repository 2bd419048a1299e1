"""The dataset ``standing``: every person of sections 39 and 40 as of one business date.

Made from the registration master, the contribution history and the months that the ledger
knows as paid; feeds are cuts of it.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from exchange.datasets import accepted_files, scan
from exchange.inbound.references import PERSONS
from exchange.inbound.stored import REJECTED
from exchange.outbound.rows import FileRows
from exchange.parts import new_part
from exchange.site import Site
from insurance.money import baht_of
from insurance.payable import feed_validity
from insurance.standing import work_out
from interfaces.dated import code_list
from interfaces.model import Interface
from ledger.months import paid_months

DATASET = "standing"
HISTORY = "contribution_history"
COUNTER_CHANNEL = "02"
#: Goes into the part's name: a change of the rules below or in `insurance` needs a new number.
RULE_VERSION = 2
#: COBOL keeps RETURN-CODE for itself, so in copybooks and datasets it has a longer name.
RETURN_CODE = "person_return_code"
PERSON_COLUMNS = [
    "national_id",
    "section_code",
    "option_code",
    "title_code",
    "given_name",
    "family_name",
    "status_code",
    "effective_date",
    "ended_date",
    "last_period_paid",
]


def make_standing(site: Site, business_date: date) -> Path:
    """Work out the standing and store it; returns the part.

    The part's name is a hash of everything that went in, so the same inputs find it made.
    NotArrivedError when an extract of the business date is missing.
    """
    persons = site.registry.get(PERSONS, on=business_date)
    history = site.registry.get(HISTORY, on=business_date)
    # What partners reported up to yesterday. Today's returns answer today's feed, so a feed
    # made again in the evening must not know them. What people settled today, it must.
    posted = paid_months(
        site.ledger, up_to=business_date - timedelta(days=1), settled_to=business_date
    )
    titles = code_list("titles", business_date)
    name = _part_name(site, business_date, (persons, history), (posted, titles))
    target = site.home.dataset(DATASET, business_date) / name
    if target.exists():
        return target
    covered = scan(site, history, business_date)
    refused = scan(site, history, business_date, suffix=REJECTED)
    known = _with_history(_persons(scan(site, persons, business_date)), covered, refused)
    paid = pa.concat_tables([_paid_in_history(covered), _paid_in_ledger(posted)])
    table = work_out(
        known,
        paid,
        business_date=business_date,
        calendar=site.calendar,
        rates=site.rates,
    )
    table = _with_titles(table, titles).rename_columns({"return_code": RETURN_CODE})
    with new_part(target, table.schema) as part:
        for batch in table.to_batches(max_chunksize=131_072):
            part.write(batch)
    return target


def standing_rows(site: Site, _interface: Interface, business_date: date) -> FileRows:
    """Row source of ``standing``; ``valid_from`` and ``valid_until`` are the days of the feed."""
    validity = feed_validity(business_date, site.calendar)
    return FileRows(
        pq.read_table(make_standing(site, business_date)),
        {"valid_from": validity.first, "valid_until": validity.last},
    )


def _persons(registered: ds.Dataset) -> pa.Table:
    voluntary = ds.field("section_code").isin(["39", "40"])
    return registered.to_table(columns=PERSON_COLUMNS, filter=voluntary)


def _with_history(persons: pa.Table, covered: ds.Dataset, refused: ds.Dataset) -> pa.Table:
    """The persons with ``history_from`` and ``history_refused``, in order of ID."""
    since = covered.to_table(columns=["national_id", "section_code", "history_from"])
    joined = persons.join(since, keys=["national_id", "section_code"], join_type="left outer")
    joined = joined.rename_columns({"last_period_paid": "last_period_recorded"})
    lost = refused.to_table(columns=["national_id"])["national_id"].combine_chunks().drop_null()
    is_refused = pc.is_in(joined["national_id"], value_set=lost)
    joined = joined.append_column("history_refused", is_refused)
    return joined.sort_by([("national_id", "ascending"), ("section_code", "ascending")])


def _paid_in_history(covered: ds.Dataset) -> pa.Table:
    table = covered.to_table(columns=["national_id", "section_code", "month_paid"])
    months = table.column("month_paid").combine_chunks()
    owners = pc.list_parent_indices(months)
    flat = months.flatten()
    return pa.table(
        {
            "national_id": table.column("national_id").take(owners),
            "section_code": table.column("section_code").take(owners),
            "period": flat.field("paid_period"),
            "amount": flat.field("paid_amount"),
            "channel": flat.field("paid_channel"),
            "paid_date": flat.field("paid_date"),
        }
    )


def _paid_in_ledger(posted: pa.Table) -> pa.Table:
    satang = posted.column("amount_satang").combine_chunks()
    amounts = baht_of(satang.to_numpy(), satang.is_valid().to_numpy(zero_copy_only=False))
    return pa.table(
        {
            "national_id": posted.column("national_id"),
            "section_code": posted.column("section_code"),
            "period": posted.column("period"),
            "amount": amounts,
            "channel": pa.repeat(COUNTER_CHANNEL, posted.num_rows),
            "paid_date": posted.column("paid_date"),
        }
    )


def _with_titles(table: pa.Table, titles: pa.Table) -> pa.Table:
    """The word for each title code; a code without a word cannot occur after validation."""
    place = pc.index_in(table.column("title_code"), titles.column("code").combine_chunks())
    return table.append_column("title_word", titles.column("word").take(place))


def _part_name(
    site: Site,
    business_date: date,
    interfaces: tuple[Interface, ...],
    tables: tuple[pa.Table, ...],
) -> str:
    """A hash of the rules' version, the rates and holidays, the extracts and the tables."""
    digest = hashlib.sha256(f"{RULE_VERSION} {site.rules_digest}\n".encode())
    for interface in interfaces:
        for standing in accepted_files(site, interface, business_date):
            digest.update(f"{interface.id} {standing.file.file_id}\n".encode())
    for table in tables:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        digest.update(sink.getvalue())
    return f"{digest.hexdigest()[:16]}.parquet"
