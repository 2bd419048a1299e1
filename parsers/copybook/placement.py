"""Item trees → records: byte offsets and lengths as an IBM compiler assigns them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from interfaces.model import Dialect
from parsers.copybook.columns import with_columns
from parsers.copybook.conditions import conditions
from parsers.copybook.counters import Counters, Names, Tables, absent_bytes, has_counter
from parsers.copybook.elementary import Inherited, elementary_field, inherit
from parsers.copybook.entry import OccursClause
from parsers.copybook.renames import renamed_fields
from parsers.copybook.synchronized import alignment, leading_alignment, with_slack
from parsers.copybook.tokens import Token
from parsers.copybook.tree import Item
from parsers.copybook.varchar import as_varchar, references
from parsers.layout import Field, Occurs, Record, column_name

LONGEST_RECORD: Final = 999_999_999


def place_record(item: Item, dialect: Dialect | None = None) -> Record:
    """Lay out one 01 level, every table at its maximum; CopybookError for what is no layout."""
    entry = item.entry
    if entry.occurs is not None:
        raise entry.occurs.token.error("a record cannot repeat; put OCCURS on a level below")
    placed = _Placement(item, dialect or Dialect()).place(item, 0, _Within(Inherited(), (), ()))
    if placed.length > LONGEST_RECORD:
        raise entry.token.error(f"the record is longer than {LONGEST_RECORD} bytes; shorten it")
    return Record(
        name=item.record_name or entry.name,
        length=placed.length,
        min_length=placed.length - absent_bytes(placed),
        fields=with_columns(placed.children if placed.is_group else (placed,)),
        renames=renamed_fields(item, placed),
    )


@dataclass(frozen=True, slots=True)
class _Within:
    """What surrounds an item: clauses that it inherits, names of its groups, its tables."""

    inherited: Inherited
    names: Names
    tables: Tables


class _Placement:
    """One record being laid out.

    ``_boundaries`` are those of the synchronized items so far, ``_steps`` the lengths of one
    occurrence of the variable tables so far: by multiples of them everything behind may move.
    """

    def __init__(self, record: Item, dialect: Dialect) -> None:
        self._dialect = dialect
        self._referenced = frozenset(references(record))
        self._counters = Counters()
        self._tables = 0
        self._boundaries: list[int] = []
        self._steps: list[int] = []

    def place(self, item: Item, offset: int, within: _Within) -> Field:
        """The item with everything below it; its bytes start at ``offset``."""
        occurs = self._occurs(item.entry.occurs, within.tables)
        if occurs is not None:
            self._tables += 1
            within = replace(within, tables=(*within.tables, self._tables))
        if item.children:
            placed = self._group(item, offset, within, occurs)
        else:
            placed = self._elementary(item, offset, within, occurs)
        if occurs is not None and occurs.is_variable:
            self._steps.append(placed.length)
        return placed

    def _elementary(self, item: Item, offset: int, within: _Within, occurs: Occurs | None) -> Field:
        placed = elementary_field(item, offset, within.inherited, self._dialect)
        clause = item.entry.synchronized or within.inherited.synchronized
        boundary = alignment(placed, clause, self._dialect)
        if clause is not None and any(step % boundary for step in self._steps):
            raise clause.error(
                "stands behind a table with DEPENDING ON that moves it off its boundary; "
                "move it before the table"
            )
        self._boundaries.append(boundary)
        self._counters.add(placed, within.names, within.tables)
        return placed if occurs is None else replace(placed, occurs=occurs)

    def _group(self, item: Item, offset: int, within: _Within, occurs: Occurs | None) -> Field:
        entry = item.entry
        boundaries, steps = len(self._boundaries), len(self._steps)
        name = item.record_name or entry.name
        below = _Within(inherit(within.inherited, entry), (*within.names, name), within.tables)
        children = self._children(item, offset, below)
        length = max(child.offset + child.total_length for child in children) - offset
        if occurs is not None:
            boundary = max(self._boundaries[boundaries:])
            length += -length % boundary
            if any(step % boundary for step in self._steps[steps:]):
                raise entry.token.error(
                    "its SYNCHRONIZED items are moved off their boundary by DEPENDING ON inside "
                    "it; remove one of the two"
                )
        group = Field(
            name=entry.name,
            column=column_name(entry.name),
            level=entry.level,
            offset=offset,
            length=length,
            picture=None,
            usage="group",
            kind="group",
            occurs=occurs,
            conditions=conditions(item.conditions, characters=length, length=length, numeric=False),
            children=children,
        )
        return as_varchar(group, item, self._referenced)

    def _children(self, group: Item, offset: int, within: _Within) -> tuple[Field, ...]:
        children: list[Field] = []
        end = offset
        original: Field | None = None
        overlaid: set[str] = set()  # names of the original and of its redefinitions
        for item in group.children:
            redefines = item.entry.redefines
            boundary = leading_alignment(item, within.inherited, self._dialect)
            if redefines is None:
                slack = -end % boundary
                children[-1:] = [with_slack(child, end, slack) for child in children[-1:]]
                placed = original = self.place(item, end + slack, within)
                overlaid = set()
            else:
                original = _redefined(redefines, original, overlaid)
                if original.offset % boundary:
                    raise redefines.error(
                        f"does not lie on a multiple of {boundary}, as SYNCHRONIZED of the "
                        "redefinition needs it; add FILLER before it"
                    )
                placed = self.place(item, original.offset, within)
                placed = _redefinition(placed, original, redefines)
            overlaid.add(placed.name)
            children.append(placed)
            end = max(end, placed.offset + placed.total_length)
        return tuple(children)

    def _occurs(self, clause: OccursClause | None, tables: Tables) -> Occurs | None:
        if clause is None:
            return None
        if clause.counter is None:
            return Occurs(clause.minimum, clause.maximum)
        counter = self._counters.find(clause.counter, tables)
        return Occurs(clause.minimum, clause.maximum, counter.name, counter.offset)


def _redefined(redefines: Token, original: Field | None, overlaid: set[str]) -> Field:
    """The item that is redefined. IBM Enterprise COBOL for z/OS, Language Reference, REDEFINES
    clause: it is no table, and neither it nor the redefinition contains DEPENDING ON."""
    if original is None or redefines.text not in overlaid:
        raise redefines.error(
            "not the item just before it at this level; REDEFINES follows the item it overlays"
        )
    if original.occurs is not None:
        raise redefines.error("a table cannot be redefined; redefine the group around it")
    if has_counter(original):
        raise redefines.error("has DEPENDING ON and cannot be redefined; use a second record")
    return original


def _redefinition(placed: Field, original: Field, redefines: Token) -> Field:
    if has_counter(placed):
        raise redefines.error("is redefined with DEPENDING ON, not possible; use a second record")
    return replace(placed, redefines=original.name)
