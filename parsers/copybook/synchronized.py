"""SYNCHRONIZED: boundaries of binary items and the slack bytes in front of them.

IBM Enterprise COBOL for z/OS, Language Reference, SYNCHRONIZED clause: binary items of up to
four digits lie on a multiple of 2 from the start of the record; longer ones, COMP-1, indexes and
pointers on a multiple of 4; COMP-2 on a multiple of 8. All other usages ignore the clause. Slack
bytes follow the elementary item in front and belong to its group ("Slack bytes within records");
each occurrence of a table is as long as a multiple of the greatest boundary in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from interfaces.model import BinarySize, Dialect
from parsers.copybook.elementary import Inherited, elementary_field, inherit
from parsers.copybook.tokens import Token
from parsers.copybook.tree import Item
from parsers.layout import Field

_BOUNDARIES: Final = {2: 2, 4: 4, 8: 4}  # bytes of a binary item → boundary


def alignment(field: Field, clause: Token | None, dialect: Dialect) -> int:
    """Boundary of an elementary field, 1 without ``clause`` (SYNCHRONIZED, also of a group above).

    Raises CopybookError for binary sizes other than IBM's, whose boundaries are no standard.
    """
    if clause is None:
        return 1
    if field.usage == "float":
        return field.length
    if field.usage != "binary":
        return 1
    sizes_are_ibm = dialect.binary_size is BinarySize.IBM or field.picture is None
    if not sizes_are_ibm or field.length not in _BOUNDARIES:
        raise clause.error(
            "boundaries are known for IBM's binary sizes of 2, 4 and 8 bytes only; "
            "write the slack bytes as FILLER"
        )
    return _BOUNDARIES[field.length]


def leading_alignment(item: Item, above: Inherited, dialect: Dialect) -> int:
    """Boundary on which an item must begin: that of the first elementary item in it."""
    while item.children:
        above = inherit(above, item.entry)
        item = item.children[0]
    clause = item.entry.synchronized or above.synchronized
    if clause is None:
        return 1
    return alignment(elementary_field(item, 0, above, dialect), clause, dialect)


def with_slack(field: Field, end: int, slack: int) -> Field:
    """A field with the slack bytes that stand at offset ``end``: when it ends there they are part
    of the innermost group that does.

    They cannot be part of a table, whose occurrences would grow, nor of an elementary item.
    """
    ends_elsewhere = field.offset + field.length != end
    if slack == 0 or not field.is_group or field.occurs is not None or ends_elsewhere:
        return field
    *others, last = field.children
    children = (*others, with_slack(last, end, slack))
    return replace(field, length=field.length + slack, children=children)
