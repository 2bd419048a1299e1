"""person_name.1: the payer's name is that of somebody who was offered the amount that day.

For payments without a usable ID only, and never posted: people share names. One person with
such a name is suggested, of several only their number is told. Everybody who was offered that
amount counts, also who has paid meanwhile.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from insurance.names import name_keys, person_keys_of_names, without_title

NAME = "person_name.1"

FITTING = """
WITH possible AS (
    SELECT pending.position, offer.* FROM pending JOIN named USING (position)
    JOIN offer ON offer.day = pending.payment_date
        AND offer.national_id = named.national_id
        AND offer.amount_satang = pending.amount_satang
), counted AS (
    SELECT position, count(DISTINCT national_id) AS candidates FROM possible GROUP BY position
)
SELECT counted.position, counted.position AS bundle, 1 AS leg, free.period AS choice,
       free.* EXCLUDE (day, position), free.amount_satang AS moved_satang,
       0 AS tolerance_satang, counted.candidates
FROM counted LEFT JOIN (
    SELECT possible.* FROM possible WHERE NOT EXISTS (
        SELECT 1 FROM taken WHERE taken.national_id = possible.national_id
        AND taken.section_code = possible.section_code AND taken.period = possible.period)
) AS free ON free.position = counted.position AND counted.candidates = 1
"""

_PAYERS = """
SELECT position, payer_name FROM open_payment
WHERE payer_name IS NOT NULL AND (NOT is_readable OR is_unknown)
"""
_NAMES = """
SELECT DISTINCT national_id, given_name, family_name FROM sent
WHERE given_name IS NOT NULL AND family_name IS NOT NULL
"""


def find_named(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    """Persons in the feeds with the name of a payer without a usable ID: position, national_id."""
    payers = engine.sql(_PAYERS).to_arrow_table()
    whole = name_keys(payers["payer_name"])
    payers = payers.append_column("whole", whole).append_column("plain", without_title(whole))
    known = _persons_with(engine, pc.unique(_both(payers)))
    engine.register("payer_key", payers.select(["position", "whole", "plain"]))
    engine.register("person_key", known)
    found: pa.Table = engine.sql(
        "SELECT DISTINCT position, national_id FROM payer_key "
        "JOIN person_key ON key = whole OR key = plain"
    ).to_arrow_table()
    engine.unregister("payer_key")
    engine.unregister("person_key")
    return found


def _both(payers: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([*payers["whole"].chunks, *payers["plain"].chunks], pa.string())


def _persons_with(engine: duckdb.DuckDBPyConnection, wanted: pa.Array) -> pa.Table:
    found = [pa.schema([("national_id", pa.string()), ("key", pa.string())]).empty_table()]
    if len(wanted):
        for batch in engine.sql(_NAMES).to_arrow_reader():
            keys = person_keys_of_names(batch["given_name"], batch["family_name"])
            table = pa.table({"national_id": batch["national_id"], "key": keys})
            found.append(table.filter(pc.is_in(table["key"], value_set=wanted)))
    return pa.concat_tables(found)
