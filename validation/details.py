"""Detail records of one type: which rows are accepted, and why not the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from interfaces.catalogue import Catalogue
from interfaces.model import Interface, RecordRule, Severity
from validation.bitmask import Bits, ReasonMask, bits_of, codes_in, rows_with
from validation.block import Numbers, record_numbers
from validation.faults import Fault
from validation.keys import DuplicateKeys
from validation.places import Places
from validation.rules.rule import Details, Rule
from validation.schema import Postcondition
from validation.spans import HeaderSpans
from validation.telling import Teller


class DetailChecks:
    """Rules, keys and postcondition of one detail record type, over the blocks of a file."""

    def __init__(
        self,
        interface: Interface,
        record: RecordRule,
        places: Places,
        catalogue: Catalogue,
        rules: Sequence[Rule],
        postcondition: Postcondition,
        teller: Teller,
        expected: int,
    ) -> None:
        """``expected`` is how many records there may be, 0 when nobody knows."""
        self._name = record.record
        self._under_header = interface.block_controls
        self._rules = rules
        self._postcondition = postcondition
        self._teller = teller
        self._key = [places.of(record.record)[name] for name in record.key]
        self._seen = DuplicateKeys([place.field.length for place in self._key], expected)
        self._catalogue = catalogue
        self._rejecting = bits_of(catalogue, Severity.REJECT)
        self._blocking = self._rejecting | bits_of(catalogue, Severity.REFUSE)

    def accept(
        self,
        batch: pa.RecordBatch,
        mask: ReasonMask,
        spans: HeaderSpans,
        file_of: Numbers | None = None,
    ) -> tuple[pa.RecordBatch, list[pa.Table]]:
        """Accepted rows, and findings beyond those of the field rules (in ``mask`` already).

        ``file_of``, where the blocks of several files come as one stream, is the ordinal of each
        row's file; see :class:`validation.rules.rule.Details`. The accepted rows are re-validated
        with those of later blocks: see :meth:`close`."""
        header_of = spans.header_of(record_numbers(batch))
        header_bits = np.zeros(batch.num_rows, np.uint64)
        headless = np.zeros(batch.num_rows, np.bool_)
        if self._under_header:
            headless = header_of < 0
            header_bits[~headless] = spans.bits[header_of[~headless]]
        inherited = list(self._inherited(header_bits, mask))
        findings = [self._teller.tell(inherited, batch, self._name, mask)]
        if file_of is None:
            file_of = np.zeros(batch.num_rows, np.int64)
        withheld = headless | ((header_bits & self._blocking) != 0)
        for rule in self._rules:
            sound = ((mask.bits & self._blocking) == 0) & ~withheld
            details = Details(batch, sound, spans.headers, header_of, file_of)
            faults = rule.detail_faults(details)
            findings.append(self._teller.tell(faults, batch, self._name, mask))
        findings.append(self._teller.tell(self._repeated(batch, mask), batch, self._name, mask))
        rejected = mask.rejected
        accepted = batch.filter(pa.array(~rejected)) if rejected.any() else batch
        self._postcondition.add(accepted)
        return accepted, findings

    def close(self) -> None:
        """Re-validate the accepted rows that wait for it; PostconditionError is a defect."""
        self._postcondition.close()

    def _inherited(self, header_bits: Bits, mask: ReasonMask) -> Iterator[Fault]:
        """A rejected header takes its details with it: its rejecting reasons become theirs."""
        reasons = header_bits & self._rejecting
        for code in codes_in(reasons, self._catalogue):
            own = rows_with(mask.bits, code, self._catalogue)
            rows = np.setdiff1d(rows_with(reasons, code, self._catalogue), own)
            if len(rows):
                yield Fault(code, rows)

    def _repeated(self, batch: pa.RecordBatch, mask: ReasonMask) -> Iterator[Fault]:
        if not self._key:
            return
        columns = [place.values(batch)[0] for place in self._key]
        again = np.flatnonzero(self._seen.repeated(columns, ~mask.rejected)).astype(np.int64)
        if len(again):
            values = columns[0].take(pa.array(again))
            yield Fault("KEY_DUPLICATE", again, self._key[0].field, values)
