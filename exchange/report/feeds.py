"""What was sent, or should have been: every delivery of the night with what its file holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from exchange.outbound.outbox import FACTS_FILE, MANIFEST_FILE, outbox_folder
from exchange.report.receipts import receipt_of
from exchange.returns.receipts import ReceiptState
from exchange.site import Site
from exchange.status.lines import DeliveryLine
from exporters.manifest import Manifest, ManifestError, parse_manifest
from interfaces.model import ControlKind, ControlRule, Interface, Kind, Role
from ledger.delivery import Delivery
from parsers.copybook import load_layout
from validation.exact import digit_numbers, group_sums
from validation.places import Places, where
from validation.tally import COUNTED, EVERY_RECORD

_OFFERED = """
SELECT count(*), coalesce(sum(month.amount), 0)
FROM (SELECT unnest(payable_month) AS month FROM rows)
"""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A delivery and its file. ``rows`` are its details; ``months`` and ``satang`` what a feed
    offers for payment, None for other files and while the file is not built; ``receipt`` what the
    partner said of it, None where it says nothing of such files."""

    delivery: DeliveryLine
    kind: str
    title: str
    title_th: str
    rows: int | None
    months: int | None
    satang: int | None
    receipt: ReceiptState | None


@dataclass(frozen=True, slots=True)
class ControlFigure:
    """One control of a delivered file: as declared in it, and as its rows give it; ``scale`` is
    the number of its decimal places."""

    field: str
    scale: int
    declared: Fraction
    found: Fraction


def feed_row(site: Site, delivery: Delivery, line: DeliveryLine) -> FeedRow:
    """The delivery with the figures of its file, as far as the outbox holds it."""
    interface = _interface(site, delivery)
    manifest = manifest_of(site, delivery)
    rows = _rows_file(site, delivery)
    is_feed = interface.kind is Kind.FEED
    months, satang = _offered(rows) if is_feed and rows is not None else (None, None)
    return FeedRow(
        delivery=line,
        kind=interface.kind.value,
        title=interface.title,
        title_th=interface.title_th,
        rows=None if manifest is None else manifest.details,
        months=months,
        satang=satang,
        receipt=receipt_of(site, delivery),
    )


def manifest_of(site: Site, delivery: Delivery) -> Manifest | None:
    """The manifest in the outbox, or what it is made from while the file is not sealed; None
    when it is not the one that the ledger knows."""
    if delivery.content is None:
        return None
    name = FACTS_FILE if delivery.sealed is None else MANIFEST_FILE
    path = outbox_folder(site, delivery) / name
    if not path.is_file():
        return None
    data = path.read_bytes()
    sealed = delivery.sealed
    if sealed is not None and hashlib.sha256(data).hexdigest() != sealed.manifest_sha256:
        return None
    try:
        manifest = parse_manifest(data)
    except ManifestError:
        return None
    return manifest if manifest.sha256 == delivery.content.file_id else None


def control_figures(site: Site, delivery: Delivery, manifest: Manifest) -> list[ControlFigure]:
    """Count, sum and hash controls of a feed, worked out again from the rows that were kept.

    Empty for a delivery without kept rows. The rows are streamed.
    """
    path = _rows_file(site, delivery)
    if path is None:
        return []
    interface = _interface(site, delivery)
    places = Places(interface, load_layout(interface))
    rules = [
        rule
        for rule in interface.controls
        if rule.kind in COUNTED and rule.field in manifest.controls
    ]
    totals = [Fraction(0)] * len(rules)
    for batch in ds.dataset(str(path), format="parquet").to_batches():
        parts = [_part(batch, rule, interface, places) for rule in rules]
        totals = [total + part for total, part in zip(totals, parts, strict=True)]
    others = manifest.records - manifest.details
    return [
        ControlFigure(
            field=rule.field,
            scale=places.of(rule.record)[rule.field].field.scale,
            declared=Fraction(manifest.controls[rule.field]),
            found=_finished(total, rule, places, others),
        )
        for rule, total in zip(rules, totals, strict=True)
    ]


def _part(
    batch: pa.RecordBatch, rule: ControlRule, interface: Interface, places: Places
) -> Fraction:
    """What one batch of details adds to a control."""
    of_detail = places.of(interface.record(Role.DETAIL).record)
    met = where(of_detail, rule.where, batch)
    if rule.kind is ControlKind.COUNT:
        return Fraction(int(met.sum()))
    values, parents = of_detail[rule.of].values(batch)
    counted = met if parents is None else met[parents]
    values = values.filter(pa.array(counted))
    if rule.kind is ControlKind.HASH:
        values, _ = digit_numbers(values)
    return group_sums(values, np.zeros(len(values), np.int64), 1)[0]


def _finished(total: Fraction, rule: ControlRule, places: Places, others: int) -> Fraction:
    if rule.kind is ControlKind.COUNT:
        return total + others if rule.of == EVERY_RECORD else total
    total *= rule.times
    if rule.kind is ControlKind.HASH:
        field = places.of(rule.record)[rule.field].field
        total %= 10 ** (field.digits or field.length)
    return total


def _offered(rows: Path) -> tuple[int, int]:
    """Payable months and their satang in the kept rows of a feed."""
    with duckdb.connect() as engine:
        engine.read_parquet(str(rows)).create_view("rows")
        months, amount = engine.sql(_OFFERED).fetchall()[0]
    return int(months), int(amount * 100)


def _rows_file(site: Site, delivery: Delivery) -> Path | None:
    if delivery.content is None or delivery.content.rows_uri is None:
        return None
    path = site.home.root / delivery.content.rows_uri
    return path if path.is_file() else None


def _interface(site: Site, delivery: Delivery) -> Interface:
    return site.registry.get(f"{delivery.interface}.{delivery.version}")
