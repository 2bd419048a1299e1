"""Under which name a file was judged, where that is not the one under which it came first.

A refused file of an employer may come again under a better name. Its mark says what the file does
to what was filed before, so that the name which counts is the one under which it was accepted.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.among import is_among
from ledger.database import reading
from ledger.detail import from_text, to_text
from ledger.landing import FileState

_NAME = "name"
_VERDICTS = (FileState.ACCEPTED.value, FileState.QUARANTINED.value)


def judged_as(name: str | None) -> dict[str, object]:
    """Detail of the event of a verdict; ``name``: None for the file's first name."""
    return {} if name is None else {_NAME: name}


def judged_names(engine: Engine, file_ids: Collection[str]) -> dict[str, str]:
    """Those of these files of which the latest verdict was under a further name, with that name."""
    event, later = schema.file_event, schema.file_event.alias("later")
    names: dict[str, str] = {}
    with reading(engine) as connection:
        query = (
            sa.select(event.c.file_id, event.c.detail)
            .where(
                is_among(connection, event.c.file_id, file_ids),
                event.c.state.in_(_VERDICTS),
                event.c.detail != to_text({}),
                ~sa.exists().where(
                    later.c.file_id == event.c.file_id,
                    later.c.state.in_(_VERDICTS),
                    later.c.event_id > event.c.event_id,
                ),
            )
            .order_by(event.c.event_id)
        )
        for row in connection.execute(query):
            name = from_text(row.detail).get(_NAME)
            if isinstance(name, str):
                names[row.file_id] = name
    return names


def under_judged_names(engine: Engine, files: pa.Table, among: pa.ChunkedArray) -> pa.Table:
    """Files (columns ``file_id`` and ``name``) with the names under which they were judged;
    ``among``: the ids of those that came under further names, which are few."""
    few = files["file_id"].filter(pc.is_in(files["file_id"], value_set=among.combine_chunks()))
    names = judged_names(engine, few.to_pylist()) if len(few) else {}
    if not names:
        return files
    place = pc.index_in(files["file_id"], value_set=pa.array(list(names), pa.string()))
    given = pa.array(list(names.values()), pa.string()).take(place.combine_chunks())
    column = files.schema.get_field_index("name")
    field = files.schema.field(column)
    return files.set_column(column, field, pc.coalesce(given, files["name"].combine_chunks()))
