"""Validates one file, block by block: accepted rows, findings, and in the end a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from interfaces.catalogue import Catalogue
from interfaces.model import Interface, Role, Severity
from parsers.arrow_types import decoded_schema, record_named
from parsers.findings import concat_findings, findings_table
from parsers.layout import Record
from validation.bitmask import Bits, ReasonMask, bits_of
from validation.block import BlockView, DecodedRecords, view_block
from validation.control_spans import ControlSpans
from validation.counts import RecordCounts
from validation.details import DetailChecks
from validation.fields import FieldRules
from validation.places import Places
from validation.references import References
from validation.rules import named_rule
from validation.schema import Postcondition
from validation.spans import HeaderSpans
from validation.structure import Structure
from validation.telling import Teller


@dataclass(frozen=True, slots=True)
class ValidatedBlock:
    """``accepted``: accepted detail rows by 01 name, with ``_record_number`` and
    ``_byte_offset``. ``findings``: all of the block in record order, those of decoding too."""

    accepted: dict[str, pa.RecordBatch]
    findings: pa.Table


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """Outcome of a whole file.

    ``read``, ``accepted``, ``rejected`` count detail records, read = accepted + rejected;
    records of unknown type count as details. ``refused``: the file goes to quarantine whole,
    whatever was accepted. ``findings`` are those that only the end of the file tells (the
    others came with their blocks). ``controls``: declared value of each control field that was
    checked; ``FIELD#2`` is that of the second header. ``unchecked``: rules for which a
    reference was not known, so that (part of) them was not checked.
    """

    read: int
    accepted: int
    rejected: int
    refused: bool
    findings: pa.Table
    controls: dict[str, str]
    unchecked: tuple[str, ...]


class FileValidator:
    """Validates the blocks of one file in file order; memory does not grow with the file,
    except by the keys seen (some 5 bytes each, see :mod:`validation.keys`) where the interface
    declares a key.

    ``context`` holds what is known of the file from outside (business_date, sequence, …); a
    context control whose key is absent is not checked.
    """

    def __init__(
        self,
        interface: Interface,
        layout: tuple[Record, ...],
        catalogue: Catalogue,
        references: References,
        context: Mapping[str, object],
        *,
        file_id: str,
        expected_records: int = 0,
    ) -> None:
        """``expected_records`` is how many the file may hold, where that can be told beforehand:
        it saves memory, and decides nothing. KeyError for a check, rule or record that does not
        exist; MissingReferenceError for a code list that was not provided."""
        self._interface = interface
        self._catalogue = catalogue
        self._file_id = file_id
        self._roles = {rule.record: rule.role for rule in interface.records}
        self._teller = Teller(interface, file_id=file_id)
        places = Places(interface, layout)
        self._fields = {
            name: FieldRules(interface, name, places, references) for name in self._roles
        }
        self._rules = [named_rule(n)(interface, places, references) for n in interface.rules]
        self._unchecked = tuple(
            name
            for name, rule in zip(interface.rules, self._rules, strict=True)
            if any(getattr(references, need) is None for need in rule.needs)
        )
        schemas = {n: decoded_schema(record_named(layout, n), interface) for n in self._roles}
        self._details = {}
        for rule in interface.records:
            if rule.role is Role.DETAIL:
                name = rule.record
                postcondition = Postcondition(
                    interface, name, schemas[name], places, references, catalogue
                )
                self._details[name] = DetailChecks(
                    interface,
                    rule,
                    places,
                    catalogue,
                    self._rules,
                    postcondition,
                    self._teller,
                    expected_records,
                )
        self._headers = [name for name, role in self._roles.items() if role is Role.HEADER]
        header_schema = schemas[self._headers[0]] if self._headers else pa.schema([])
        self._spans = HeaderSpans(header_schema, repeats=interface.block_controls)
        self._structure = Structure(interface, file_id=file_id)
        self._controls = ControlSpans(interface, places, context, file_id=file_id)
        self._blocking = bits_of(catalogue, Severity.REJECT) | bits_of(catalogue, Severity.REFUSE)
        self._counts = RecordCounts(list(self._details), catalogue, file_id=file_id)
        self._refused = False

    def block(self, block: DecodedRecords) -> ValidatedBlock:
        """Validate the next block of the file. ValidationDefectError, PostconditionError and
        KeyError are defects; bad data never raises."""
        view = view_block(block, self._catalogue)
        findings = [block.findings]
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
                accepted[name], found = checks.accept(view.batches[name], masks[name], self._spans)
                findings += found
        findings += [self._structure.block(view.batches), self._controls.block(view, self._spans)]
        told = concat_findings(findings)
        self._counts.add(view, accepted, masks, told)
        self._refused |= self._has(told, Severity.REFUSE) or self._frame_rejected(masks)
        return ValidatedBlock(accepted, told)

    def close(self) -> FileVerdict:
        """Verdict of the file; no block may follow. PostconditionError is a defect."""
        for checks in self._details.values():
            checks.close()
        findings = [self._structure.close(), self._controls.close()]
        counts = self._counts
        if counts.rejected > counts.read * self._interface.accept.max_rejected_ratio:
            findings.append(
                findings_table(
                    file_id=self._file_id,
                    code="FILE_REJECTED_RATIO",
                    record_number=[0],
                    byte_offset=[0],
                    raw=[f"rejected={counts.rejected} read={counts.read}".encode()],
                )
            )
        told = concat_findings(findings)
        return FileVerdict(
            read=counts.read,
            accepted=counts.accepted,
            rejected=counts.rejected,
            refused=self._refused or self._has(told, Severity.REFUSE),
            findings=told,
            controls=self._controls.verified,
            unchecked=self._unchecked,
        )

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
        self._spans.advance(own, bits)
        return findings

    def _frame_rejected(self, masks: Mapping[str, ReasonMask]) -> bool:
        """Whether a trailer, or a header of the whole file, is itself not acceptable: what it
        says of the file cannot be relied on. (A block's header takes only its details along.)"""
        return any(
            mask.rejected.any()
            for name, mask in masks.items()
            if self._roles[name] is Role.TRAILER
            or (self._roles[name] is Role.HEADER and not self._interface.block_controls)
        )

    def _has(self, findings: pa.Table, severity: Severity) -> bool:
        codes = findings["code"].unique().to_pylist()
        return any(self._catalogue.severity(code) is severity for code in codes)
