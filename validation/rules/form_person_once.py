"""form_1_10_person_once: nobody stands twice in one branch of a form 1-10.

The same person in two branches of an employer is possible (who moved within the month) and only
told; with two employers each of them contributes, which is no fault at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.identifiers import EMPLOYER_ACCOUNT_LENGTH, NATIONAL_ID_LENGTH
from interfaces.model import Interface, Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.packing import pack_digits
from validation.places import Places
from validation.references import BRANCH_LENGTH, References
from validation.rules.rule import Details, Rule

Ints = npt.NDArray[np.int64]

_PERSONS = 10**NATIONAL_ID_LENGTH


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines that count, one value each: file, employer account, wage month, branch, person."""

    file: Ints
    account: Ints
    period: Ints
    branch: Ints
    person: Ints

    @classmethod
    def joined(cls, first: _Lines, second: _Lines) -> _Lines:
        return cls(
            *(
                np.concatenate([getattr(first, name), getattr(second, name)])
                for name in cls.__slots__
            )
        )

    def take(self, rows: Ints) -> _Lines:
        return _Lines(*(getattr(self, name)[rows] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.person)


class FormPersonOnce(Rule):
    """A person stands once in each branch of a file and month; of several lines the first that is
    sound counts. Last of the rules: a line that another one rejects is not there."""

    def __init__(self, interface: Interface, places: Places, references: References) -> None:
        super().__init__(interface, places, references)
        nothing: Ints = np.zeros(0, np.int64)
        self._before = _Lines(nothing, nothing, nothing, nothing, nothing)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """FORM_PERSON_TWICE; as a warning FORM_PERSON_TWO_BRANCHES."""
        ids = self.column(details.batch, Role.DETAIL, "SSO-ID")
        person, readable = pack_digits([ids], (NATIONAL_ID_LENGTH,))
        rows = np.flatnonzero(details.sound & readable & (details.header_of >= 0))
        if not len(rows):
            return
        new = self._lines(details, rows, person[rows])
        # A file may go on over the border of a block: what it said before is looked at again.
        before = self._before.take(np.flatnonzero(self._before.file == new.file[0]))
        lines = _Lines.joined(before, new) if len(before) else new
        twice, elsewhere = _repeated(lines)
        self._before = lines.take(np.flatnonzero((lines.file == new.file[-1]) & ~twice))
        field = self.field(Role.DETAIL, "SSO-ID")
        for code, mask in (
            ("FORM_PERSON_TWICE", twice),
            ("FORM_PERSON_TWO_BRANCHES", elsewhere & ~twice),
        ):
            of_row = np.zeros(len(ids), np.bool_)
            of_row[rows] = mask[len(before) :]
            found = fault(code, of_row, field, ids)
            if found is not None:
                yield found

    def _lines(self, details: Details, rows: Ints, person: Ints) -> _Lines:
        header = details.header_of[rows]
        account, _ = pack_digits([self._header(details, "ACC-NO")], (EMPLOYER_ACCOUNT_LENGTH,))
        branch, _ = pack_digits([self._header(details, "BRANCH-NO")], (BRANCH_LENGTH,))
        period = self._header(details, "PAID-PERIOD").fill_null(0).to_numpy().astype(np.int64)
        return _Lines(
            file=details.file_of[rows],
            account=account[header],
            period=period[header],
            branch=branch[header],
            person=person,
        )

    def _header(self, details: Details, name: str) -> pa.Array:
        return self.column(details.headers, Role.HEADER, name)


def _repeated(lines: _Lines) -> tuple[Mask, Mask]:
    """Lines whose person an earlier line of the same file, employer and month has: in the same
    branch, and in another one."""
    twice: Mask = np.zeros(len(lines), np.bool_)
    elsewhere: Mask = np.zeros(len(lines), np.bool_)
    group = _numbered(lines.file, lines.account, lines.period)
    key = group * _PERSONS + lines.person
    ordered = np.sort(key)
    if not np.any(ordered[1:] == ordered[:-1]):  # nearly always: no order of rows is needed
        return twice, elsewhere
    several = np.flatnonzero(np.isin(key, ordered[1:][ordered[1:] == ordered[:-1]]))
    order = several[np.argsort(key[several], kind="stable")]
    again = np.append(False, key[order[1:]] == key[order[:-1]])
    elsewhere[order[again]] = True
    by_branch = several[np.lexsort((several, lines.branch[several], key[several]))]
    same = (key[by_branch[1:]] == key[by_branch[:-1]]) & (
        lines.branch[by_branch[1:]] == lines.branch[by_branch[:-1]]
    )
    twice[by_branch[1:][same]] = True
    return twice, elsewhere


def _numbered(*columns: Ints) -> Ints:
    """A number for each different row of the columns, from 0. Rows that follow each other are
    mostly equal: only where they change are they compared with all others."""
    changes = np.logical_or.reduce([np.append(True, c[1:] != c[:-1]) for c in columns])
    starts = np.flatnonzero(changes)
    distinct = np.stack([column[starts] for column in columns])
    _, number = np.unique(distinct, axis=1, return_inverse=True)
    numbers: Ints = number.reshape(-1)[np.cumsum(changes) - 1].astype(np.int64)
    return numbers
