"""Validates many small files as one stream; every file gets what it would have got alone.

For files that begin with the header of a block (form 1-10): joined they look like one file of
many blocks. What is asked of a record is asked of all at once; what concerns a file as a whole
(control totals, counts, the share of rejected records, refusal) is told file by file, column-wise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Interface, Role, Severity
from parsers.blocks import DecodedBlock
from parsers.findings import FINDINGS_SCHEMA, concat_findings
from parsers.layout import Record
from validation.bitmask import Mask
from validation.block import BlockView, Numbers, record_numbers, view_block
from validation.block_checks import BlockChecks, Checked
from validation.counts import RecordCounts
from validation.declared import DeclaredChecks
from validation.header_totals import HeaderTotals, Totalled, can_be_totalled
from validation.members import Members
from validation.places import Places, as_mask

REJECTED_RATIO = "FILE_REJECTED_RATIO"


@dataclass(frozen=True, slots=True)
class JoinedBlock:
    """What became of the files of a block.

    ``accepted``: accepted details by 01 name, numbered as in the stream. ``findings``: of the
    files in their order, each file's as :class:`validation.validate.FileValidator` gives them,
    with their own file id, record numbers and offsets. ``read``, ``accepted_counts``,
    ``refused``: as of :class:`validation.validate.FileVerdict`, an entry for each file.
    ``declared``: text of each control field by field; an entry for each header, of the file
    ``header_files``.
    """

    accepted: Mapping[str, pa.RecordBatch]
    findings: pa.Table
    read: Numbers
    accepted_counts: Numbers
    refused: Mask
    header_files: Numbers
    declared: Mapping[str, pa.Array]


def can_be_joined(interface: Interface, layout: tuple[Record, ...]) -> bool:
    """Whether files of the interface are what this way needs: blocks under headers that carry
    their own control totals, no keys over the whole file, nothing around the records."""
    details = [rule for rule in interface.records if rule.role is Role.DETAIL]
    return (
        interface.block_controls
        and all(not rule.key and rule.parent is None for rule in interface.records)
        and len(details) == 1
        and can_be_totalled(interface, Places(interface, layout))
    )


class JoinedValidator:
    """Validates blocks of whole files; every file begins with a decoded header."""

    def __init__(self, declared: DeclaredChecks, layout: tuple[Record, ...]) -> None:
        """ValueError for an interface that cannot be joined; others as FileValidator."""
        interface, catalogue = declared.interface, declared.catalogue
        if not can_be_joined(interface, layout):
            raise ValueError(f"files of {interface.id} cannot be validated as one stream")
        self._interface = interface
        self._catalogue = catalogue
        self._checks = BlockChecks(declared, file_id="")
        self._totals = HeaderTotals(interface, self._checks.places, file_id="")
        self._counts = RecordCounts(self._checks.detail_names, catalogue, file_id=interface.id)
        self._detail = interface.record(Role.DETAIL).record
        self._refusing = pa.array(catalogue.codes(Severity.REFUSE), pa.utf8())
        self._ordinal = 0

    def block(self, block: DecodedBlock, members: Members) -> JoinedBlock:
        """Validate the files of the next block. ValidationDefectError, PostconditionError and
        KeyError are defects; bad data never raises."""
        view = view_block(block, self._catalogue)
        begun = self._ordinal
        checked = self._checks.check(view, lambda numbers: begun + members.of(numbers))
        self._ordinal += len(members)
        totalled = self._totals.block(view, self._checks.spans)
        header_files = members.of(totalled.numbers)
        within, at_end = _in_sections(totalled, header_files)
        told = concat_findings([block.findings, *checked.findings, *within])
        self._counts.add(view, checked.accepted, checked.masks, told)
        read = self._read(view, members)
        accepted = self._accepted(checked, members)
        findings = self._of_files(members, told, at_end, read, accepted)
        return JoinedBlock(
            accepted=checked.accepted,
            findings=findings,
            read=read,
            accepted_counts=accepted,
            refused=self._refused(findings, members),
            header_files=header_files,
            declared=totalled.declared,
        )

    def close(self) -> None:
        """Re-validate what waits for it; PostconditionError is a defect."""
        self._checks.close()

    def _read(self, view: BlockView, members: Members) -> Numbers:
        """Details of each file, records of unknown type among them."""
        may_be_detail = pa.array([self._detail, None], pa.utf8())
        lost = view.lost_numbers[as_mask(pc.is_in(view.lost_types, value_set=may_be_detail))]
        read = np.bincount(members.of(lost), minlength=len(members))
        if self._detail in view.batches:
            numbers = record_numbers(view.batches[self._detail])
            read += np.bincount(members.of(numbers), minlength=len(members))
        return read.astype(np.int64)

    def _accepted(self, checked: Checked, members: Members) -> Numbers:
        count = np.zeros(len(members), np.int64)
        for rows in checked.accepted.values():
            count += np.bincount(members.of(record_numbers(rows)), minlength=len(members))
        return count

    def _of_files(
        self,
        members: Members,
        told: pa.Table,
        at_end: list[pa.Table],
        read: Numbers,
        accepted: Numbers,
    ) -> pa.Table:
        """All findings by file; of each file first those of its records, then those that only
        its end tells."""
        over = np.flatnonzero(read - accepted > read * self._interface.accept.max_rejected_ratio)
        last = concat_findings(at_end)
        if not told.num_rows and not last.num_rows and not len(over):
            return told
        parts = [
            members.own_findings(told),
            _too_many(members, over, read, accepted),
            members.own_findings(last),
        ]
        files = np.concatenate(
            [
                members.of(told["record_number"].to_numpy()),
                over,
                members.of(last["record_number"].to_numpy()),
            ]
        )
        # of one file the parts stay in their order, which is that of FileValidator
        order = np.argsort(files, kind="stable")
        return pa.concat_tables(parts).take(pa.array(order)).combine_chunks()

    def _refused(self, findings: pa.Table, members: Members) -> Mask:
        refusing = findings.filter(pc.is_in(findings["code"], value_set=self._refusing))
        if not refusing.num_rows:
            return np.zeros(len(members), np.bool_)
        return as_mask(pc.is_in(members.file_ids, value_set=refusing["file_id"].unique()))


def _in_sections(totalled: Totalled, files: Numbers) -> tuple[list[pa.Table], list[pa.Table]]:
    """Findings of headers: those that the next header of the same file ends, and those that the
    end of the file does."""
    is_last = np.append(files[1:] != files[:-1], True)
    within = [found for row, found in totalled.findings.items() if not is_last[row]]
    at_end = [found for row, found in totalled.findings.items() if is_last[row]]
    return within, at_end


def _too_many(members: Members, files: Numbers, read: Numbers, accepted: Numbers) -> pa.Table:
    """FILE_REJECTED_RATIO of these files."""
    said = [
        f"rejected={read_ - accepted_} read={read_}".encode()
        for read_, accepted_ in zip(read[files].tolist(), accepted[files].tolist(), strict=True)
    ]
    count = len(files)
    zeros = np.zeros(count, np.int64)
    return pa.Table.from_arrays(
        [
            members.file_ids.take(pa.array(files, pa.int64())),
            pa.array(zeros),
            pa.array(zeros),
            pa.nulls(count, pa.utf8()),
            pa.nulls(count, pa.utf8()),
            pa.array(said, pa.binary()),
            pa.repeat(pa.scalar(REJECTED_RATIO, pa.utf8()), count),
        ],
        schema=FINDINGS_SCHEMA,
    )
