"""An elementary item → its field: bytes, digits and sign from PICTURE, USAGE and SIGN."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from interfaces.model import ByteOrder, Dialect, FloatFormat, Truncation
from parsers.copybook.conditions import conditions
from parsers.copybook.entry import Entry, SignClause, UsageClause
from parsers.copybook.picture import Picture
from parsers.copybook.tokens import Token
from parsers.copybook.tree import Item
from parsers.copybook.usages import (
    BINARIES,
    BYTES,
    FLOATS,
    MOST_BINARY_BYTES,
    MOST_BINARY_DIGITS,
    Storage,
    binary_length,
    contradiction,
    exact_length,
    storage_of,
)
from parsers.layout import Field, Usage, column_name

_USAGE: Final[dict[Storage, Usage]] = {
    Storage.DISPLAY: "display",
    Storage.PACKED: "packed",
    Storage.UNSIGNED_PACKED: "packed",
    Storage.SHORT_FLOAT: "float",
    Storage.LONG_FLOAT: "float",
    Storage.NATIONAL: "national",
    Storage.DBCS: "dbcs",
}
_WIDE = (Storage.NATIONAL, Storage.DBCS)  # two bytes a character


@dataclass(frozen=True, slots=True)
class Inherited:
    """Clauses of the groups above, which hold for every item below them."""

    usage: UsageClause | None = None
    sign: SignClause | None = None
    synchronized: Token | None = None


def inherit(above: Inherited, group: Entry) -> Inherited:
    """What holds below ``group``; CopybookError for clauses that a group cannot have, and when
    its USAGE contradicts the one above."""
    for clause in (group.justified, group.blank_when_zero):
        if clause is not None:
            raise clause.error("belongs to an elementary item; move it to the items below")
    return Inherited(
        usage=_usage(above, group),
        sign=group.sign or above.sign,
        synchronized=group.synchronized or above.synchronized,
    )


def elementary_field(item: Item, offset: int, inherited: Inherited, dialect: Dialect) -> Field:
    """The field of an item without subordinate items, at ``offset``, its OCCURS left out."""
    entry = item.entry
    usage = _usage(inherited, entry)
    advice = contradiction(usage.storage if usage else None, entry.picture)
    if advice:
        own = entry.usage or entry.picture_token
        raise (own.token if isinstance(own, UsageClause) else own or entry.token).error(advice)
    storage = storage_of(usage.storage if usage else None, entry.picture)
    if storage in BYTES:
        placed = _without_picture(entry, storage, offset, dialect)
    elif entry.picture is None:
        raise entry.token.error("has neither PICTURE nor items below it; add one of them")
    elif entry.picture.kind in ("number", "edited") or storage is Storage.EXACT:
        placed = _number(entry, entry.picture, storage, inherited, offset, dialect)
    else:
        placed = _text(entry, entry.picture, storage, offset, dialect)
    if placed.kind != "text" and entry.justified is not None:
        raise entry.justified.error("only text can be JUSTIFIED; remove it")
    if entry.blank_when_zero is not None:
        _check_blank_when_zero(entry.blank_when_zero, placed)
    if not (entry.justified or entry.blank_when_zero or item.conditions):
        return placed
    return replace(
        placed,
        justified=entry.justified is not None,
        blank_when_zero=entry.blank_when_zero is not None,
        conditions=conditions(
            item.conditions,
            characters=entry.picture.size if entry.picture else placed.length,
            length=placed.length,
            numeric=placed.kind != "text",
        ),
    )


def _usage(above: Inherited, entry: Entry) -> UsageClause | None:
    if entry.usage and above.usage and entry.usage.storage is not above.usage.storage:
        raise entry.usage.token.error(
            f"contradicts {above.usage.token.text} of its group; remove one of them"
        )
    return entry.usage or above.usage


def _without_picture(entry: Entry, storage: Storage, offset: int, dialect: Dialect) -> Field:
    """Floats, and the indexes and addresses that are plain binary numbers to a reader."""
    if entry.sign is not None:
        raise entry.sign.token.error("SIGN needs a picture with S; remove it")
    length = BYTES[storage]
    is_float = storage in FLOATS
    ieee = is_float and dialect.floats is FloatFormat.IEEE
    return Field(
        name=entry.name,
        column=column_name(entry.name),
        level=entry.level,
        offset=offset,
        length=length,
        picture=None,
        usage="float" if is_float else "binary",
        kind="float" if is_float else "number",
        digits=0 if is_float else len(str(256**length - 1)),
        signed=is_float or storage is Storage.INDEX,
        native=not is_float,
        little_endian=(ieee or not is_float) and dialect.byte_order is ByteOrder.LITTLE,
        ieee=ieee,
    )


def _text(entry: Entry, picture: Picture, storage: Storage, offset: int, dialect: Dialect) -> Field:
    if entry.sign is not None:
        raise entry.sign.token.error("a text has no sign; remove SIGN")
    return Field(
        name=entry.name,
        column=column_name(entry.name),
        level=entry.level,
        offset=offset,
        length=picture.size * (2 if storage in _WIDE else 1),
        picture=picture.text,
        usage=_USAGE[storage],
        kind="text",
        little_endian=storage is Storage.NATIONAL and dialect.byte_order is ByteOrder.LITTLE,
    )


def _number(
    entry: Entry,
    picture: Picture,
    storage: Storage,
    inherited: Inherited,
    offset: int,
    dialect: Dialect,
) -> Field:
    sign = _sign(entry, picture, storage, inherited)
    separate = sign is not None and sign.separate
    length = _length(entry, picture, storage, dialect) + separate * (2 if storage in _WIDE else 1)
    little_endian = dialect.byte_order is ByteOrder.LITTLE
    bounded = storage is Storage.BINARY and dialect.truncation is Truncation.STD
    return Field(
        name=entry.name,
        column=column_name(entry.name),
        level=entry.level,
        offset=offset,
        length=length,
        picture=picture.text,
        usage=_USAGE.get(storage, "binary"),
        kind="number",
        # PIC X(n) COMP-X has no digits of its own: as many as the bytes can hold.
        digits=picture.digits or len(str(256**length - 1)),
        scale=picture.scale,
        signed=picture.signed,
        sign_leading=sign is not None and sign.leading,
        sign_separate=separate,
        native=storage in BINARIES and not bounded,
        little_endian=little_endian
        and storage in (Storage.BINARY, Storage.NATIVE, Storage.NATIONAL),
        sign_nibble=storage is not Storage.UNSIGNED_PACKED,
        edit=picture.edit,
    )


def _length(entry: Entry, picture: Picture, storage: Storage, dialect: Dialect) -> int:
    """Bytes without a separate sign."""
    if storage is Storage.DISPLAY:
        return picture.size
    if storage is Storage.NATIONAL:
        return 2 * picture.size
    if storage is Storage.PACKED:
        return picture.digits // 2 + 1
    if storage is Storage.UNSIGNED_PACKED:
        return (picture.digits + 1) // 2
    if picture.kind == "text":
        if picture.size > MOST_BINARY_BYTES:
            raise entry.token.error(
                f"{picture.size} bytes; a binary item has at most {MOST_BINARY_BYTES}"
            )
        return picture.size
    if picture.positions > MOST_BINARY_DIGITS:
        raise entry.token.error(
            f"{picture.positions} digits; a binary item has at most {MOST_BINARY_DIGITS}"
        )
    if storage is Storage.EXACT:
        return exact_length(picture.digits, signed=False)
    return binary_length(picture.digits, signed=picture.signed, size=dialect.binary_size)


def _sign(
    entry: Entry, picture: Picture, storage: Storage, inherited: Inherited
) -> SignClause | None:
    """SIGN of the item or of a group above; the latter only concerns signed DISPLAY and NATIONAL
    numbers. IBM: the sign of a NATIONAL number is always separate."""
    concerned = (
        picture.signed
        and picture.kind == "number"
        and storage in (Storage.DISPLAY, Storage.NATIONAL)
    )
    if entry.sign is not None and not concerned:
        raise entry.sign.token.error(
            "SIGN needs a DISPLAY picture with S, or a NATIONAL one; remove it or add S"
        )
    sign = (entry.sign or inherited.sign) if concerned else None
    if concerned and storage is Storage.NATIONAL and (sign is None or not sign.separate):
        raise entry.token.error("a signed NATIONAL number needs SIGN … SEPARATE; add it")
    return sign


def _check_blank_when_zero(clause: Token, field: Field) -> None:
    if field.kind != "number" or field.usage not in ("display", "national"):
        raise clause.error("BLANK WHEN ZERO needs a DISPLAY number; remove it")
    starred = field.edit is not None and "*" in field.edit.symbols
    if starred or (field.edit is None and field.signed):
        raise clause.error("BLANK WHEN ZERO excludes S and * in the picture; remove one")
