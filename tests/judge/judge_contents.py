"""Draws what an elementary item is: its clauses and the values that fit them."""

from __future__ import annotations

from judge_choices import Choices
from judge_items import Content, Float, Number, Text

from interfaces.model import BinarySize, ByteOrder, Dialect, Truncation

SIGNS = ("", "SIGN LEADING", "SIGN IS TRAILING SEPARATE", "LEADING SEPARATE CHARACTER", "TRAILING")
GROUP_SIGNS = ("", "", "SIGN IS LEADING SEPARATE CHARACTER", "SIGN TRAILING")
BINARIES = ("COMP", "USAGE IS BINARY", "USAGE COMP-4", "COMPUTATIONAL")
PACKED = ("COMP-3", "USAGE PACKED-DECIMAL", "USAGE IS COMPUTATIONAL-3")
MOST_DIGITS = 31
MOST_BINARY = 18
Drawn = tuple[tuple[str, ...], Content]


class ContentWriter:
    """Draws elementary items that GnuCOBOL stores as ``dialect`` says.

    Where it is not IBM: COMP-5, INDEX and floating point are little-endian, so that they belong to
    a dialect of that byte order; COMP-X belongs to the other one, as it would follow the option.
    An unsigned COMP-5 of one or two digits takes one byte whatever the size. A MOVE to or from
    COMP-3 or COMP-6 with P in the picture loses digits. BLANK WHEN ZERO counts the V of its picture
    as a byte, and SIGN SEPARATE of a group makes an edited item longer.
    """

    def __init__(self, choices: Choices, dialect: Dialect) -> None:
        self._one_of = choices.one_of
        self._integer = choices.integer
        self._chance = choices.chance
        self._dialect = dialect

    def elementary(self, usage: str, *, signed: bool) -> Drawn:
        """Clauses and content; under a group's ``usage`` or sign none that contradicts it."""
        if usage:
            return self.number("packed" if usage in PACKED else "binary", "")
        kinds = ["text", "text", "display", "display", "packed", "binary", "unsigned"]
        kinds += [] if signed else ["edited", "edited"]
        if self._dialect.byte_order is ByteOrder.LITTLE:
            kinds += ["native", "native", "float", "index"]
        else:
            kinds += ["exact"]
        kind = self._one_of(*kinds)
        if kind == "text":
            return self._text()
        if kind == "edited":
            return self._edited()
        if kind == "float":
            return self._float()
        if kind == "index":
            return ("USAGE INDEX",), Number(-(2**31), 2**31 - 1, 10, form="index")
        if kind == "display":
            return self.number(kind, "" if signed else self._one_of(*SIGNS))
        clauses = {
            "packed": PACKED,
            "binary": BINARIES,
            "native": ("COMP-5", "USAGE COMPUTATIONAL-5"),
            "unsigned": ("COMP-6",),
            "exact": ("COMP-X", "USAGE IS COMPUTATIONAL-X"),
        }
        return self.number(kind, self._one_of(*clauses[kind]))

    def number(self, kind: str, clause: str) -> Drawn:
        """A number of that kind with its usage or sign ``clause``."""
        most = MOST_BINARY if kind in ("binary", "native", "exact") else MOST_DIGITS
        digits = self._integer(3 if kind == "native" else 1, most)
        fraction = self._integer(0, digits)
        whole = digits - fraction
        body = self.repeated("9", whole) + ("V" + self.repeated("9", fraction) if fraction else "")
        scale = fraction
        if digits <= most - 3 and kind not in ("packed", "unsigned") and self._chance(3):
            body, scale = self._one_of(
                ("VPP" + self.repeated("9", digits), digits + 2),
                ("P" + self.repeated("9", digits), digits + 1),
                (self.repeated("9", digits) + "PPP", -3),
            )
        must = clause in SIGNS[1:]
        sign = "" if kind in ("unsigned", "exact") else "S" if must else self._one_of("", "S")
        clauses = [f"{self._one_of('PIC', 'PICTURE', 'PICTURE IS')} {sign}{body}", clause]
        if kind == "display" and not sign and scale == 0 and self._chance(6):
            clauses.append(self._one_of("BLANK WHEN ZERO", "BLANK ZERO"))
        return self._clauses(*clauses), self._content(kind, digits, scale, bool(sign))

    def _content(self, kind: str, digits: int, scale: int, signed: bool) -> Number:
        top = 10**digits - 1
        low, high = (-top if signed else 0), top
        free = kind == "binary" and self._dialect.truncation is not Truncation.STD
        if kind == "native" or free:
            bits = 8 * self._binary_bytes(digits, signed)
            low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            return Number(low, high, len(str(high)), scale, "native")
        return Number(low, high, digits, scale, is_display=kind == "display")

    def _binary_bytes(self, digits: int, signed: bool) -> int:
        """Bytes of a binary number; the sizes of GnuCOBOL's manual, "binary-size"."""
        if self._dialect.binary_size is BinarySize.EXACT:
            largest: int = 10**digits - 1
            bits = largest.bit_length() + signed
            return (bits + 7) // 8
        if digits <= 2 and self._dialect.binary_size is BinarySize.BYTE:
            return 1
        return 2 if digits <= 4 else 4 if digits <= 9 else 8

    def _text(self) -> Drawn:
        picture, width = self._one_of(
            ("PIC X(7)", 7), ("PIC XX", 2), ("PICTURE IS A(3)X9(2)", 6), ("PIC X(012)", 12),
            ("PIC X", 1), ("PIC A(5)", 5), ("PIC X(3)XX", 5),
        )  # fmt: skip
        justified = self._chance(6)
        clause = self._one_of("JUST", "JUSTIFIED RIGHT") if justified else ""
        return self._clauses(picture, clause), Text(width, justified)

    def _float(self) -> Drawn:
        if self._chance(2):
            clause = self._one_of("COMP-1", "USAGE IS COMPUTATIONAL-1")
            return (clause,), Float(999_999, 64)
        return (self._one_of("COMP-2", "USAGE COMPUTATIONAL-2"),), Float(99_999_999, 256)

    def _edited(self) -> Drawn:
        """Edited pictures without what GnuCOBOL does otherwise than IBM: no insertion of ``/`` and
        ``0`` among suppressed digits, no fixed sign beside a floating currency symbol."""
        style = self._one_of("Z", "*", "-", "+", "$", "9")
        hidden, shown, places = (
            self._integer(1, 9),
            self._integer(0, 4),
            self._integer(0, 3),
        )
        leading = style * (hidden + (style in "-+$"))
        if style != "9" and self._chance(2):
            leading = grouped(leading)
        whole = leading + "9" * shown
        symbols = whole + ("." + "9" * places if places else "")
        signed = style in "-+"
        if style in "Z*9":
            before, after = self._one_of(
                ("", ""), ("", "-"), ("", "+"), ("", "CR"), ("", "DB"), ("$", ""), ("$", "CR"),
                ("+", ""), ("-", ""),
            )  # fmt: skip
            symbols = before + symbols + after
            signed = bool(after) or before in ("+", "-")
        if style == "9" and self._chance(2):
            symbols = symbols.replace("99", self._one_of("9B9", "9/9", "909"), 1)
        digits = hidden + shown + places
        top = 10**digits - 1
        low = -top if signed else 0
        content = Number(low, top, digits, places, "edited", is_display=True, symbols=symbols)
        blank = "BLANK WHEN ZERO" if "*" not in symbols and self._chance(6) else ""
        picture = symbols.translate(str.maketrans(".,", ",.")) if self._comma else symbols
        return self._clauses(f"PIC {picture}", blank), content

    @property
    def _comma(self) -> bool:
        return self._dialect.decimal_comma

    def _clauses(self, *clauses: str) -> tuple[str, ...]:
        return tuple(clause for clause in clauses if clause)

    def repeated(self, symbol: str, count: int) -> str:
        """``999`` or ``9(3)``, nothing for none."""
        written = symbol * count
        return written if count < 3 or (self._chance(4) and count < 9) else f"{symbol}({count})"


def grouped(symbols: str) -> str:
    """A comma before every third symbol from the right, none in front."""
    first = len(symbols) % 3 or 3
    return ",".join([symbols[:first], *(symbols[n : n + 3] for n in range(first, len(symbols), 3))])
