"""The sums of a night that must agree, each worked out from two sides.

Left is what somebody declared or what was counted on the way, right is what now stands in the
datasets, the outbox or the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exchange.report.feeds import control_figures, manifest_of
from exchange.report.payments import ReturnRow
from exchange.report.receipts import acknowledged_by_both
from exchange.site import Site
from exchange.status.advice import Said
from exchange.status.filings import DayFiles
from exchange.status.lines import FileLine
from exchange.status.masking import hide_ids
from exchange.status.wording import baht
from interfaces.model import Kind
from ledger.delivery import Delivery
from ledger.landing import Direction, FileState

LEDGER = "ledger"
RECEIPTS = "receipts"
_LONG = 10**12
_HELD = pa.schema([pa.field("file_id", pa.string()), pa.field("part_uri", pa.string())])
_STORED_ROWS = pa.schema([pa.field("file_id", pa.string()), pa.field("rows", pa.int64())])
_STORED = """
SELECT held.file_id, count(*) AS rows FROM rows JOIN held
ON rows._file_id = held.file_id AND rows.filename = held.part GROUP BY held.file_id
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One sum: ``subject`` is a file, a delivery or the ledger, ``statement`` says both sides."""

    subject: str
    statement: Said
    agrees: bool


def file_checks(site: Site, day: DayFiles) -> Iterator[Check]:
    """Read = accepted + rejected, and accepted = rows stored; filings together in one line."""
    inbound = [s for s in day.standings if s.file.direction is Direction.INBOUND]
    results = [s.result for s in inbound if s.result is not None]
    held = [[r.file_id for r in results], [r.part_uri for r in results]]
    counted = _stored_rows(site, pa.table(held, schema=_HELD))
    stored = dict(zip(*(column.to_pylist() for column in counted.columns), strict=True))
    filings = []
    for line in day.lines:
        if line.direction != Direction.INBOUND or line.state == FileState.LANDED:
            continue
        if line.kind == Kind.FILING:
            filings.append(line)
        else:
            yield _records(line.name, line, stored)
    if filings or day.taken.num_rows:
        yield _filings(site, filings, day.taken)


def _filings(site: Site, refused: Sequence[FileLine], taken: pa.Table) -> Check:
    """All filings in one line, each compared by itself."""
    stored = _stored_rows(site, taken.select(_HELD.names).cast(_HELD))
    joined = taken.join(stored, "file_id")
    found = pc.fill_null(joined["rows"], 0)
    parts = pc.add(joined["records_accepted"], joined["records_rejected"])
    as_told = pc.and_(
        pc.equal(found, joined["records_accepted"]), pc.equal(parts, joined["records_read"])
    )
    figures = _Records(
        read=_total(taken["records_read"]) + sum(line.read for line in refused),
        accepted=_total(taken["records_accepted"]) + sum(line.accepted for line in refused),
        rejected=_total(taken["records_rejected"]) + sum(line.rejected for line in refused),
        stored=_total(found),
        agrees=bool(pc.all(as_told, min_count=0).as_py())
        and all(line.read == line.rejected and not line.accepted for line in refused),
    )
    return _told(f"{taken.num_rows + len(refused):,} filings", figures)


def _total(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)


def feed_checks(site: Site, deliveries: Sequence[Delivery]) -> Iterator[Check]:
    """The manifest is the recorded one; what the trailer declares is what the rows give."""
    for delivery in deliveries:
        if delivery.content is None:
            continue
        manifest = manifest_of(site, delivery)
        if manifest is None:
            said = Said(
                "its manifest in the outbox is not the one recorded in the ledger",
                "แฟ้มกำกับ (manifest) ในกล่องส่งไม่ตรงกับที่บันทึกไว้",
            )
            yield Check(delivery.delivery_id, said, agrees=False)
            continue
        for figure in control_figures(site, delivery, manifest):
            agrees = figure.declared == figure.found
            declared = f"{figure.field} {_plain(figure.declared, figure.scale)}"
            found = _plain(figure.found, figure.scale)
            said = _both(declared, f"rows {found}", declared, f"รายการ {found}", agrees=agrees)
            yield Check(delivery.delivery_id, said, agrees)


def return_checks(
    site: Site, returns: Sequence[ReturnRow], deliveries: Sequence[Delivery]
) -> Iterator[Check]:
    """Paid = posted + broken, bank debits = debit breaks, every record answered."""
    answers = {d.answers: manifest_of(site, d) for d in deliveries if d.answers is not None}
    for row in returns:
        right = row.posted + row.broken
        agrees = row.paid == right
        yield Check(
            row.name,
            _both(
                f"paid {row.paid.count:,} of {baht(row.paid.satang)}",
                f"posted {row.posted.count:,} of {baht(row.posted.satang)} "
                f"+ broken {row.broken.count:,} of {baht(row.broken.satang)}",
                f"รับชำระ {row.paid.count:,} รายการ {baht(row.paid.satang)}",
                f"บันทึก {row.posted.count:,} รายการ {baht(row.posted.satang)} "
                f"+ ไม่บันทึก {row.broken.count:,} รายการ {baht(row.broken.satang)}",
                agrees=agrees,
            ),
            agrees,
        )
        agrees = row.taken_back == row.debits
        yield Check(
            row.name,
            _both(
                f"bank debits {row.taken_back.count:,} of {baht(row.taken_back.satang)}",
                f"debit breaks {row.debits.count:,} of {baht(row.debits.satang)}",
                f"รายการหักบัญชี {row.taken_back.count:,} รายการ {baht(row.taken_back.satang)}",
                f"ที่พบ {row.debits.count:,} รายการ {baht(row.debits.satang)}",
                agrees=agrees,
            ),
            agrees,
        )
        manifest = answers.get(row.file_id)
        if manifest is not None:
            agrees = manifest.details == row.outcomes
            yield Check(
                row.name,
                _both(
                    f"records {row.outcomes:,}",
                    f"answered {manifest.details:,}",
                    f"ระเบียน {row.outcomes:,}",
                    f"ตอบรับ {manifest.details:,}",
                    agrees=agrees,
                ),
                agrees,
            )


def receipt_checks(site: Site, deliveries: Sequence[Delivery]) -> Iterator[Check]:
    """Feeds that count as acknowledged are those of which a receipt says so."""
    told = acknowledged_by_both(site, deliveries)
    if told is None:
        return
    held, said = told
    agrees = held == said
    yield Check(
        RECEIPTS,
        _both(
            f"feeds acknowledged {held:,}",
            f"accepted by their receipts {said:,}",
            f"แฟ้มที่ถือว่าตอบรับแล้ว {held:,}",
            f"ที่แฟ้มตอบรับแจ้งรับ {said:,}",
            agrees=agrees,
        ),
        agrees,
    )


def ledger_check(balances: pa.Table) -> Check:
    """All accounts together are zero."""
    debit = int(pc.sum(balances["debit_satang"]).as_py() or 0)
    credit = int(pc.sum(balances["credit_satang"]).as_py() or 0)
    agrees = debit == credit and not pc.sum(balances["balance_satang"]).as_py()
    return Check(
        LEDGER,
        _both(
            f"debits {baht(debit)}",
            f"credits {baht(credit)}",
            f"เดบิต {baht(debit)}",
            f"เครดิต {baht(credit)}",
            agrees=agrees,
        ),
        agrees,
    )


@dataclass(frozen=True, slots=True)
class _Records:
    """Numbers of detail records; ``stored`` are rows in the datasets."""

    read: int
    accepted: int
    rejected: int
    stored: int
    agrees: bool


def _records(subject: str, line: FileLine, stored: Mapping[str, int]) -> Check:
    rows = stored.get(line.file_id or "", 0)
    agrees = line.read == line.accepted + line.rejected and line.accepted == rows
    return _told(subject, _Records(line.read, line.accepted, line.rejected, rows, agrees))


def _told(subject: str, found: _Records) -> Check:
    return Check(
        subject,
        _both(
            f"read {found.read:,}",
            f"accepted {found.accepted:,} + rejected {found.rejected:,}; stored {found.stored:,}",
            f"อ่าน {found.read:,}",
            f"รับ {found.accepted:,} + ไม่รับ {found.rejected:,} จัดเก็บ {found.stored:,}",
            agrees=found.agrees,
        ),
        found.agrees,
    )


def _stored_rows(site: Site, held: pa.Table) -> pa.Table:
    """Rows that the datasets really hold of each accepted file (_HELD), counted there:
    _STORED_ROWS, without those of no rows."""
    held = held.filter(pc.is_valid(held["part_uri"]))
    paths = pc.binary_join_element_wise(str(site.home.root), held["part_uri"], "/")
    existing = sorted(path for path in pc.unique(paths).to_pylist() if Path(path).is_file())
    if not existing:
        return _STORED_ROWS.empty_table()
    with duckdb.connect() as engine:
        engine.read_parquet(existing, filename=True, union_by_name=True).create_view("rows")
        engine.register("held", pa.table({"file_id": held["file_id"], "part": paths}))
        found: pa.Table = engine.sql(_STORED).to_arrow_table()
    return found.cast(_STORED_ROWS)


def _both(left: str, right: str, left_th: str, right_th: str, *, agrees: bool) -> Said:
    sign = "=" if agrees else "≠"
    return Said(f"{left} {sign} {right}", f"{left_th} {sign} {right_th}")


def _plain(value: Fraction, scale: int) -> str:
    """With thousands separators, and as many decimals as the field has; long hashes masked."""
    if value.denominator == 1 and abs(value) >= _LONG:
        return hide_ids(str(value.numerator))
    return f"{Decimal(value.numerator) / value.denominator:,.{scale}f}"
