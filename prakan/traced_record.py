"""The trace of one record: what the ledger made of it, its fields, its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from interfaces.model import Framing
from parsers.codepages import code_page
from parsers.describe import describe
from prakan.answer import baht, columns
from prakan.sampled import SampledField, sampled_fields
from prakan.tables import as_text
from prakan.traced_person import break_lines, moment, period, what_of

if TYPE_CHECKING:
    from exchange.account.entries import Movement
    from exchange.account.original import OriginalRecord
    from exchange.account.record import RecordTrace

_ACROSS = 16
_MOST_BYTES = 16
_MOVED = ["leg", "month", "baht", "from → to", "effective", "booked", "recorded (Bangkok)"]
_FIELDS = ["Offset", "Length", "Field", "Type", "Bytes", "Value"]


def record_facts(trace: RecordTrace) -> dict[str, Any]:
    """For JSON."""
    original, file = trace.original, trace.standing.file
    types = _types(original)
    return {
        "file": {
            "file_id": file.file_id,
            "name": file.name,
            "interface": original.interface.id,
            "partner": file.partner,
            "business_date": file.business_date,
            "copy": original.copy,
        },
        "record_number": trace.record_number,
        "record": original.record.name,
        "byte_offset": original.byte_offset,
        "length": len(original.raw),
        "bytes": original.raw.hex(),
        "text": _text(original),
        "fields": [
            {
                "name": field.path,
                "offset": field.offset,
                "length": field.length,
                "type": types.get(_bare(field.path)),
                "bytes": field.raw.hex(),
                "value": field.value,
            }
            for field in _fields(original)
        ],
        "movements": [asdict(moved) for moved in trace.movements],
        "break": asdict(trace.broken) if trace.broken else None,
        "settlement": asdict(trace.settled) if trace.settled else None,
    }


def record_text(trace: RecordTrace) -> str:
    """For a terminal."""
    return "\n".join(_lines(trace))


def _lines(trace: RecordTrace) -> Iterator[str]:
    file, original = trace.standing.file, trace.original
    yield f"Record {trace.record_number:,} of {file.name}"
    facts = (
        ("SHA-256", file.file_id),
        ("interface", original.interface.id),
        ("partner", file.partner),
        ("business date", str(file.business_date)),
        ("our copy", original.copy),
        ("bytes", f"{len(original.raw):,} at byte {original.byte_offset:,}"),
    )
    yield from (f"  {name:<14} {value}" for name, value in facts if value)
    if trace.movements:
        yield "\n" + columns(_MOVED, [_movement(moved) for moved in trace.movements])
    elif trace.broken is None:
        yield "\nno posting and no break was made of it"
    if trace.settled is not None:
        line = trace.settled
        yield (
            f"\nsettles {line.payment_count:,} payments taken by {line.collector} on "
            f"{line.collection_date}: {baht(line.gross_satang)} less {baht(line.fee_satang)} fee, "
            f"credited for {line.value_date}"
        )
    if trace.broken is not None:
        yield from break_lines(trace.broken)
    types = _types(original)
    rows = [
        [
            field.offset,
            field.length,
            field.path,
            types.get(_bare(field.path)),
            _short(field.raw),
            None if field.value is None else str(field.value),
        ]
        for field in _fields(original)
    ]
    yield f"\n{original.record.name}\n" + columns(_FIELDS, rows)
    yield f"\n{original.interface.file.encoding}"
    yield from _dump(original)


def _movement(moved: Movement) -> list[Any]:
    return [
        what_of(moved),
        period(moved.period),
        baht(moved.amount_satang),
        f"{moved.debit_account} → {moved.credit_account}",
        moved.effective_date,
        moved.book_date,
        moment(moved.recorded_at),
    ]


def _fields(original: OriginalRecord) -> Iterator[SampledField]:
    row = as_text(original.batch).to_pylist()[0]
    in_places = original.interface.file.framing is not Framing.XLSX  # cells have none
    yield from sampled_fields(original.record, row, original.raw if in_places else b"")


def _types(original: OriginalRecord) -> dict[str, str]:
    """Type by path, as `prakan describe` says it."""
    told = describe([original.record], original.interface.fields)
    return {field["path"]: field["type"] for field in told["records"][0]["fields"]}


def _short(raw: bytes) -> str:
    """The first bytes; all of them stand below the fields."""
    shown = raw[:_MOST_BYTES].hex(" ").upper()
    return shown if len(raw) <= _MOST_BYTES else f"{shown} …"


def _bare(path: str) -> str:
    """The path without the numbers of occurrences."""
    return ".".join(part.partition("(")[0] for part in path.split("."))


def _text(original: OriginalRecord) -> str:
    return _printable(code_page(original.interface.file.encoding).decode(original.raw))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in text)


def _dump(original: OriginalRecord) -> Iterator[str]:
    """Bytes and characters, sixteen a line, with the offset in the record."""
    page = code_page(original.interface.file.encoding)
    for at in range(0, len(original.raw), _ACROSS):
        piece = original.raw[at : at + _ACROSS]
        shown = _printable(page.decode(piece))
        yield f"  {at:>6}  {piece.hex(' ').upper():<{3 * _ACROSS - 1}}  {shown}"
