"""The mainframe's side of employers' files: what it is told of filed contributions, and of people
who began work and who left.

The layouts are typed in from the specification pages; nothing here imports prakan's own packages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from simulation.partner.drop import LAYOUT, DropError
from simulation.partner.ebcdic import (
    binary,
    expect_header,
    packed,
    packed_day,
    packed_period,
    text,
    variable,
)

MOST_PERSONS = 500
_PERSON_LENGTH = 28
_HOSPITAL_LENGTH = 7


@dataclass(frozen=True, slots=True)
class FiledPerson:
    """A person of a branch and month: satang, the employee's share."""

    national_id: str
    wage: int
    contribution: int


Month = tuple[str, str, int]
"""Account, branch, wage month yyyymm of the Common Era."""


@dataclass(frozen=True, slots=True)
class BranchRecord:
    """One record of a branch and month, number ``part`` of ``parts``."""

    month: Month
    part: int
    parts: int
    branch_persons: int
    persons: tuple[FiledPerson, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody who began work (``kind`` N) or left (L). Names are Thai and are not read here."""

    kind: str
    account: str
    branch: str
    national_id: str
    title: str
    born: date | None
    on: date
    reason: str
    received: date
    reference: tuple[str, int]
    hospitals: tuple[str, ...]


def read_contributions(data: bytes) -> list[BranchRecord]:
    """The records of a file of filed contributions that agree with their own sums and with its
    trailer, with all parts of each branch and month; DropError otherwise."""
    header, *details, trailer = variable(data)
    expect_header(header, "FCTFILE")
    records = [_branch(record) for record in details]
    persons = [person for record in records for person in record.persons]
    told = [int(text(trailer[a:b])) for a, b in ((1, 10), (10, 19), (19, 34))]
    told += [packed(trailer[34:43]), packed(trailer[43:52])]
    found = [
        len(records),
        len(persons),
        sum(int(person.national_id) for person in persons) % 10**15,
        sum(person.wage for person in persons),
        sum(person.contribution for person in persons),
    ]
    if text(trailer[:1]) != "T" or told != found:
        raise DropError(f"the trailer says {told}, the records are {found}", LAYOUT)
    _whole(records)
    return records


def replaced(
    known: dict[Month, dict[str, FiledPerson]], records: Iterable[BranchRecord]
) -> dict[Month, dict[str, FiledPerson]]:
    """What counts after a file: its branches and months are as it says, the others as before."""
    told: dict[Month, dict[str, FiledPerson]] = {}
    for record in records:
        of_month = told.setdefault(record.month, {})
        of_month.update((person.national_id, person) for person in record.persons)
    counted = {**known, **told}
    return {month: persons for month, persons in counted.items() if persons}


def read_changes(data: bytes) -> list[Change]:
    """The changes of a file whose trailer agrees with them; DropError otherwise."""
    header, *details, trailer = variable(data)
    expect_header(header, "REGCHNG")
    changes = [_change(record) for record in details]
    told = [int(text(trailer[a:b])) for a, b in ((1, 10), (10, 19), (19, 28), (28, 43))]
    found = [
        len(changes),
        sum(change.kind == "N" for change in changes),
        sum(change.kind == "L" for change in changes),
        sum(int(change.national_id) for change in changes) % 10**15,
    ]
    if text(trailer[:1]) != "T" or told != found:
        raise DropError(f"the trailer says {told}, the changes are {found}", LAYOUT)
    if len({change.reference for change in changes}) != len(changes):
        raise DropError("a line stands twice", LAYOUT)
    return changes


def _branch(record: bytes) -> BranchRecord:
    count = binary(record[56:58])
    rest = record[58:]
    if not 0 <= count <= MOST_PERSONS or len(rest) != count * _PERSON_LENGTH:
        raise DropError(f"{len(rest)} bytes are not {count} persons", LAYOUT)
    cut = range(0, len(rest), _PERSON_LENGTH)
    persons = tuple(_person(rest[at : at + _PERSON_LENGTH]) for at in cut)
    sums = (sum(p.wage for p in persons), sum(p.contribution for p in persons))
    if sums != (packed(record[38:47]), packed(record[47:56])):
        raise DropError("a record's sums are not those of its persons", LAYOUT)
    return BranchRecord(
        month=(text(record[10:20]), text(record[20:26]), packed_period(record[26:30])),
        part=binary(record[30:32]),
        parts=binary(record[32:34]),
        branch_persons=binary(record[34:38]),
        persons=persons,
    )


def _person(data: bytes) -> FiledPerson:
    return FiledPerson(text(data[:13]), packed(data[13:21]), packed(data[21:28]))


def _whole(records: list[BranchRecord]) -> None:
    """Every branch and month has all its parts, in order, and nobody twice."""
    months: dict[Month, list[BranchRecord]] = {}
    for record in records:
        months.setdefault(record.month, []).append(record)
    for month, parts in months.items():
        persons = [person.national_id for part in parts for person in part.persons]
        numbers = [(part.part, part.parts) for part in parts]
        expected = [(number, len(parts)) for number in range(1, len(parts) + 1)]
        counts = {part.branch_persons for part in parts}
        if numbers != expected or counts != {len(persons)} or len(set(persons)) != len(persons):
            raise DropError(f"branch {month} is not whole, or has a person twice", LAYOUT)


def _change(record: bytes) -> Change:
    count = binary(record[171:173])
    rest = record[173:]
    if not 0 <= count <= 3 or len(rest) != count * _HOSPITAL_LENGTH:
        raise DropError(f"{len(rest)} bytes are not {count} hospitals", LAYOUT)
    born = record[113:118]
    return Change(
        kind=text(record[10:11]),
        account=text(record[11:21]),
        branch=text(record[21:27]),
        national_id=text(record[27:40]),
        title=text(record[40:43]).strip(),
        born=packed_day(born) if packed(born) else None,
        on=packed_day(record[118:123]),
        reason=text(record[123:124]).strip(),
        received=packed_day(record[146:151]),
        reference=(text(record[151:167]), binary(record[167:171])),
        hospitals=tuple(
            text(rest[at : at + _HOSPITAL_LENGTH]) for at in range(0, len(rest), _HOSPITAL_LENGTH)
        ),
    )
