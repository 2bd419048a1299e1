"""An elementary item → its field: bytes, digits and sign from PICTURE, USAGE and SIGN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from parsers.copybook.conditions import conditions
from parsers.copybook.entry import Entry, SignClause, Storage, UsageClause
from parsers.copybook.picture import Picture
from parsers.copybook.tree import Item
from parsers.layout import Field, Occurs, Usage, column_name

MOST_BINARY_DIGITS: Final = 18

_USAGE: Final[dict[Storage, Usage]] = {
    Storage.DISPLAY: "display",
    Storage.PACKED: "packed",
    Storage.BINARY: "binary",
    Storage.NATIVE: "binary",
}


@dataclass(frozen=True, slots=True)
class Inherited:
    """Clauses of the groups above, which hold for every item below them."""

    usage: UsageClause | None = None
    sign: SignClause | None = None


def inherit(above: Inherited, group: Entry) -> Inherited:
    """What holds below ``group``; CopybookError when its USAGE contradicts the one above."""
    return Inherited(usage=_usage(above, group), sign=group.sign or above.sign)


def elementary_field(item: Item, offset: int, inherited: Inherited, occurs: Occurs | None) -> Field:
    """The field of an item without subordinate items, at ``offset``."""
    entry = item.entry
    if entry.picture is None:
        raise entry.token.error("has neither PICTURE nor items below it; add one of them")
    usage = _usage(inherited, entry)
    storage = usage.storage if usage else Storage.DISPLAY
    if entry.picture.kind == "text":
        return _text_field(item, entry.picture, storage, offset, occurs)
    return _number_field(item, entry.picture, storage, inherited, offset, occurs)


def _usage(above: Inherited, entry: Entry) -> UsageClause | None:
    if entry.usage and above.usage and entry.usage.storage is not above.usage.storage:
        raise entry.usage.token.error(
            f"contradicts {above.usage.token.text} of its group; remove one of them"
        )
    return entry.usage or above.usage


def _text_field(
    item: Item, picture: Picture, storage: Storage, offset: int, occurs: Occurs | None
) -> Field:
    entry = item.entry
    if storage is not Storage.DISPLAY:
        raise entry.token.error("a text picture cannot have a numeric usage; use PIC 9")
    if entry.sign is not None:
        raise entry.sign.token.error("a text has no sign; remove SIGN")
    return Field(
        name=entry.name,
        column=column_name(entry.name),
        level=entry.level,
        offset=offset,
        length=picture.size,
        picture=picture.text,
        usage="display",
        kind="text",
        occurs=occurs,
        conditions=conditions(item.conditions, length=picture.size, numeric=False),
    )


def _number_field(
    item: Item,
    picture: Picture,
    storage: Storage,
    inherited: Inherited,
    offset: int,
    occurs: Occurs | None,
) -> Field:
    entry = item.entry
    sign = _sign(entry, picture, storage, inherited)
    separate = sign is not None and sign.separate
    return Field(
        name=entry.name,
        column=column_name(entry.name),
        level=entry.level,
        offset=offset,
        length=_length(entry, picture, storage) + separate,
        picture=picture.text,
        usage=_USAGE[storage],
        kind="number",
        digits=picture.size,
        scale=picture.scale,
        signed=picture.signed,
        sign_leading=sign is not None and sign.leading,
        sign_separate=separate,
        occurs=occurs,
        conditions=conditions(item.conditions, length=picture.size, numeric=True),
        native=storage is Storage.NATIVE,
    )


def _length(entry: Entry, picture: Picture, storage: Storage) -> int:
    """Bytes without a separate sign."""
    if storage is Storage.DISPLAY:
        return picture.size
    if storage is Storage.PACKED:
        return picture.size // 2 + 1
    if picture.positions > MOST_BINARY_DIGITS:
        raise entry.token.error(
            f"{picture.positions} digits; a binary item has at most {MOST_BINARY_DIGITS}"
        )
    if picture.size <= 4:
        return 2
    return 4 if picture.size <= 9 else 8


def _sign(
    entry: Entry, picture: Picture, storage: Storage, inherited: Inherited
) -> SignClause | None:
    """SIGN of the item or of a group above; the latter only concerns signed DISPLAY numbers."""
    concerned = picture.signed and storage is Storage.DISPLAY
    if entry.sign is not None and not concerned:
        raise entry.sign.token.error("SIGN needs a DISPLAY picture with S; remove it or add S")
    return (entry.sign or inherited.sign) if concerned else None
