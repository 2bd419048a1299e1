"""Values that an outbound file's declaration fixes: a field with one allowed value has it always.

The agency's account at a bank or the code of a channel is so in every record of a file; it stands
in the interface and not in the program.
"""

from __future__ import annotations

import pyarrow as pa

from interfaces.model import Interface, Role
from parsers.copybook import load_layout


def with_declared_values(table: pa.Table, interface: Interface) -> pa.Table:
    """The table with a column for each text field of the detail record that has one allowed value
    and is not in it."""
    name = interface.record(Role.DETAIL).record
    detail = next(record for record in load_layout(interface) if record.name == name)
    told_by = interface.record(Role.DETAIL).when
    for item in detail.fields:
        rule = interface.fields.get(item.name)
        if rule is None or len(rule.values) != 1 or item.kind != "text":
            continue
        if item.column not in table.column_names and item.name not in told_by:
            values = pa.repeat(pa.scalar(rule.values[0], pa.string()), table.num_rows)
            table = table.append_column(item.column, values)
    return table
