"""Bytes of records that a layout could have: one item behind the other, counters obeyed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from parsers.codepages import CodePage
from parsers.layout import Field, Record

_FILLINGS = (0x00, 0xFF, 0x40, 0x20)


class RecordMaker:
    """Random records of one layout. ``nonsense`` is the share of fields with any bytes at all."""

    def __init__(self, dice: Random, page: CodePage, nonsense: float) -> None:
        self._dice = dice
        self._page = page
        self._nonsense = nonsense
        self._counts: dict[int, tuple[int, int]] = {}
        self._known: dict[int, int] = {}

    def record(self, record: Record) -> bytes:
        """One record, as long as its counters say."""
        self._counts = {}
        _note_counters(record.fields, self._counts)
        self._known = {}
        return bytes(self._level(record.fields, 0))

    def _level(self, items: Sequence[Field], start: int) -> bytearray:
        """``start`` is the offset of the level with every table at its maximum."""
        data = bytearray()
        places: dict[str, int] = {}
        end = start
        for item in items:
            if item.redefines is not None:
                place = places[item.redefines]
                over = self._item(item)
                if self._dice.random() < 0.5 or place + len(over) > len(data):
                    data[place : place + len(over)] = over
                end = max(end, item.offset + item.total_length)
                continue
            data += bytes(max(item.offset - end, 0))  # slack
            places[item.name] = len(data)
            data += self._item(item)
            end = item.offset + item.total_length
        return data

    def _item(self, item: Field) -> bytearray:
        times = 1
        if item.occurs is not None:
            times = item.occurs.maximum
            if item.occurs.is_variable and item.occurs.counter_offset is not None:
                times = self._known.get(item.occurs.counter_offset, item.occurs.minimum)
        data = bytearray()
        for _ in range(times):
            one = self._level(item.children, item.offset) if item.is_group else self._value(item)
            last = max((c.offset + c.total_length for c in item.children), default=0)
            if item.is_group and item.offset + item.length > last:
                one += bytes(item.offset + item.length - last)
            data += one
        return data

    def _value(self, item: Field) -> bytearray:
        dice = self._dice
        bounds = self._counts.get(item.offset)
        if bounds is not None and dice.random() < 0.97:
            number = dice.randint(*bounds)
            self._known[item.offset] = number
            return self._number(item, number, "")
        if dice.random() < self._nonsense:
            return bytearray(dice.randbytes(item.length))
        if dice.random() < self._nonsense / 2:
            return bytearray(bytes([dice.choice((*_FILLINGS, self._page.space))]) * item.length)
        if item.kind == "number" and item.edit is None:
            limit = 10 ** min(item.digits, 37) - 1
            number = dice.choice((0, 1, limit, dice.randint(0, limit)))
            return self._number(item, number, "-" if item.signed and dice.random() < 0.3 else "")
        if item.kind == "float":
            return bytearray(dice.choice((bytes(item.length), dice.randbytes(item.length))))
        return self._text(item)

    def _number(self, item: Field, number: int, minus: str) -> bytearray:
        digits = f"{number:0{item.digits}d}"[-item.digits :]
        width = item.length
        if item.usage == "packed":
            sign = ("D" if minus else "C" if item.signed else "F") if item.sign_nibble else ""
            nibbles = f"{digits}{sign}".rjust(2 * width, "0")[-2 * width :]
            return bytearray.fromhex(nibbles)
        if item.usage == "binary":
            value = (-number if minus else number) % 256**width
            return bytearray(value.to_bytes(width, "little" if item.little_endian else "big"))
        if item.usage == "national":
            text = digits.rjust(width // 2, "0")[-(width // 2) :]
            order = "utf-16-le" if item.little_endian else "utf-16-be"
            return bytearray(text.encode(order))
        if item.sign_separate:
            text = f"{minus or '+'}{digits}" if item.sign_leading else f"{digits}{minus or '+'}"
            return bytearray(self._page.encode(text).rjust(width)[-width:])
        plain = bytearray(self._page.encode(digits).rjust(width)[-width:])
        if item.signed and self._page.digit_zero == 0xF0:
            place = 0 if item.sign_leading else width - 1
            plain[place] = plain[place] & 0x0F | (0xD0 if minus else 0xC0)
        return plain

    def _text(self, item: Field) -> bytearray:
        dice, width = self._dice, item.length
        if item.usage == "varchar":
            used = dice.randint(0, width - 2)
            order = "little" if item.little_endian else "big"
            return bytearray(used.to_bytes(2, order) + self._letters(width - 2))
        if item.usage == "national":
            order = "utf-16-le" if item.little_endian else "utf-16-be"
            return bytearray("".join(dice.choice("Aก 0é") for _ in range(width // 2)).encode(order))
        return bytearray(self._letters(width))

    def _letters(self, width: int) -> bytes:
        text = "".join(self._dice.choice("ABC 019/-,.Zกร") for _ in range(width))
        data = b"".join(_encoded(letter, self._page) for letter in text)
        return data[:width].ljust(width, bytes([self._page.space]))


def _encoded(letter: str, page: CodePage) -> bytes:
    try:
        return page.encode(letter)
    except UnicodeEncodeError:
        return page.encode("A")


def _note_counters(items: Sequence[Field], found: dict[int, tuple[int, int]]) -> None:
    """Bounds of the counters of all tables, by the counters' offsets."""
    for item in items:
        occurs = item.occurs
        if occurs is not None and occurs.counter_offset is not None:
            low, high = found.get(occurs.counter_offset, (0, 9))
            low, high = max(low, occurs.minimum), min(high, occurs.maximum)
            found[occurs.counter_offset] = (low, max(low, high))
        _note_counters(item.children, found)
