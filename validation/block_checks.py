"""What is asked of the records of a block: of each field, of headers, of details under them.

The same for one file alone and for many files in one stream; what concerns a file as a whole
(structure, control totals, the verdict) is asked by those who know the files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from interfaces.model import Role
from validation.bitmask import Bits, ReasonMask
from validation.block import BlockView, Numbers, record_numbers
from validation.declared import DeclaredChecks
from validation.details import DetailChecks
from validation.rules import named_rule
from validation.spans import HeaderSpans
from validation.telling import Teller

FileOf = Callable[[Numbers], Numbers]
"""Ordinal of the file of each record number."""


@dataclass(frozen=True, slots=True)
class Checked:
    """``accepted``: accepted detail rows by 01 name. ``findings`` beyond those of decoding, in
    the order in which they were made. ``masks``: the reasons of all rows, by 01 name."""

    accepted: dict[str, pa.RecordBatch]
    findings: list[pa.Table]
    masks: dict[str, ReasonMask]


class BlockChecks:
    """Field rules, named rules, keys and postconditions, over the blocks of a stream."""

    def __init__(
        self, declared: DeclaredChecks, *, file_id: str, expected_records: int = 0
    ) -> None:
        """KeyError for a rule that does not exist."""
        interface, references = declared.interface, declared.references
        self._catalogue = declared.catalogue
        roles = {rule.record: rule.role for rule in interface.records}
        self._teller = Teller(interface, file_id=file_id)
        self.places = declared.places
        self._fields = declared.fields
        self._rules = [named_rule(n)(interface, self.places, references) for n in interface.rules]
        self.unchecked = tuple(
            name
            for name, rule in zip(interface.rules, self._rules, strict=True)
            if any(getattr(references, need) is None for need in rule.needs)
        )
        self._details = {
            rule.record: DetailChecks(
                interface,
                rule,
                self.places,
                self._catalogue,
                self._rules,
                declared.postcondition(rule.record),
                self._teller,
                expected_records,
            )
            for rule in interface.records
            if rule.role is Role.DETAIL
        }
        self._headers = [name for name, role in roles.items() if role is Role.HEADER]
        header_schema = declared.schemas[self._headers[0]] if self._headers else pa.schema([])
        self.spans = HeaderSpans(header_schema, repeats=interface.block_controls)
        self._blocking = declared.blocking

    @property
    def detail_names(self) -> list[str]:
        """01 names of the details."""
        return list(self._details)

    def check(self, view: BlockView, file_of: FileOf | None = None) -> Checked:
        """Check the next block. ``file_of`` is None where all records are of one file."""
        findings = []
        masks = {}
        for name, batch in view.batches.items():
            mask = masks[name] = ReasonMask(batch.num_rows, self._catalogue)
            view.found[name].mark(mask)
            faults = self._fields[name].faults(batch, view.found[name].unreadable(batch.num_rows))
            findings.append(self._teller.tell(faults, batch, name, mask))
        for rule in self._rules:
            for name, fault in rule.file_faults(view):
                findings.append(self._teller.tell([fault], view.batches[name], name, masks[name]))
        findings += self._check_headers(view, masks)
        accepted = {}
        for name, checks in self._details.items():
            if name in view.batches:
                batch = view.batches[name]
                files = None if file_of is None else file_of(record_numbers(batch))
                accepted[name], found = checks.accept(batch, masks[name], self.spans, files)
                findings += found
        return Checked(accepted, findings, masks)

    def close(self) -> None:
        """Re-validate what waits for it; PostconditionError is a defect."""
        for checks in self._details.values():
            checks.close()

    def _check_headers(self, view: BlockView, masks: Mapping[str, ReasonMask]) -> list[pa.Table]:
        """Rules on the headers that begin here; afterwards they govern the details."""
        findings = []
        own: pa.RecordBatch | None = None
        bits: Bits = np.zeros(0, np.uint64)
        for name in self._headers[:1]:
            own, mask = view.batches.get(name), masks.get(name)
            if own is None or mask is None or not own.num_rows:
                continue
            for rule in self._rules:
                sound = (mask.bits & self._blocking) == 0
                faults = rule.header_faults(own, sound)
                findings.append(self._teller.tell(faults, own, name, mask))
            bits = mask.bits
        self.spans.advance(own, bits)
        return findings
