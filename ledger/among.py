"""Rows whose key is one of very many: the keys go to the database as one value.

A parameter for each key costs more than looking the key up, and both databases bound their number.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection


def is_among(
    connection: Connection, column: sa.Column[Any], keys: Collection[str]
) -> sa.ColumnElement[bool]:
    """Condition that a text column holds one of the keys."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.cast(sa.literal(list(keys), ARRAY(sa.Text)), ARRAY(sa.Text)))
    given = sa.func.json_each(json.dumps(list(keys))).table_valued("value")
    return column.in_(sa.select(given.c.value))
