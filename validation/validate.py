"""Validates one file, block by block: accepted rows, findings, and in the end a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from interfaces.catalogue import Catalogue
from interfaces.model import Interface, Role, Severity
from parsers.findings import concat_findings, findings_table
from parsers.layout import Record
from validation.bitmask import ReasonMask
from validation.block import DecodedRecords, view_block
from validation.block_checks import BlockChecks
from validation.control_spans import ControlSpans
from validation.counts import RecordCounts
from validation.declared import DeclaredChecks
from validation.references import References
from validation.structure import Structure


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
        declared: DeclaredChecks | None = None,
    ) -> None:
        """``expected_records`` is how many the file may hold, where that can be told beforehand:
        it saves memory, and decides nothing. ``declared`` are the checks of these very interface,
        layout, catalogue and references, where they were made for other files already. KeyError
        for a check, rule or record that does not exist; MissingReferenceError for a code list
        that was not provided."""
        self._interface = interface
        self._catalogue = catalogue
        self._file_id = file_id
        self._roles = {rule.record: rule.role for rule in interface.records}
        declared = declared or DeclaredChecks(interface, layout, catalogue, references)
        self._checks = BlockChecks(declared, file_id=file_id, expected_records=expected_records)
        places = self._checks.places
        self._structure = Structure(interface, file_id=file_id)
        self._controls = ControlSpans(interface, places, context, file_id=file_id)
        self._counts = RecordCounts(self._checks.detail_names, catalogue, file_id=file_id)
        self._refused = False

    def block(self, block: DecodedRecords) -> ValidatedBlock:
        """Validate the next block of the file. ValidationDefectError, PostconditionError and
        KeyError are defects; bad data never raises."""
        view = view_block(block, self._catalogue)
        checked = self._checks.check(view)
        findings = [
            block.findings,
            *checked.findings,
            self._structure.block(view.batches),
            self._controls.block(view, self._checks.spans),
        ]
        told = concat_findings(findings)
        self._counts.add(view, checked.accepted, checked.masks, told)
        self._refused |= self._has(told, Severity.REFUSE) or self._frame_rejected(checked.masks)
        return ValidatedBlock(checked.accepted, told)

    def close(self) -> FileVerdict:
        """Verdict of the file; no block may follow. PostconditionError is a defect."""
        self._checks.close()
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
            unchecked=self._checks.unchecked,
        )

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
