"""Random copybooks from a grammar of what COBOL can say: most are valid, some are nearly so.

Everything comes from one :class:`random.Random`, so that a seed is a copybook.
"""

from __future__ import annotations

from random import Random

SLIDING = True
"""Whether items may stand behind a table with DEPENDING ON, and such tables inside others."""

TEXTS = ("X", "X(2)", "X(5)", "A(3)", "X(17)", "XX/XXB", "9X(2)", "N(2)", "G(2)", "X(0004)")
NUMBERS = (
    *("9", "9(4)", "S9(7)", "S9(18)", "9(19)", "S9(31)", "S9(5)V99", "9(3)PP", "VPP9(3)"),
    *("SV9(4)", "9(9)V9(9)", "S999V9(2)", "S9P(6)", "9(2)V"),
)
EDITED = (
    *("ZZ9", "Z(5)9.99-", "$$,$$9.99CR", "****.**", "+++9", "--,--9.9", "9(3)/99", "ZZZ.ZZDB"),
    *("B99B9", "0009", "$ZZ9", "-9(5)", "9(3)V99-", "Z(4)", "+Z9.9"),
)
USAGES = (
    *("", "", "", "COMP", "COMP-3", "COMP-3", "COMP-5", "COMP-6", "BINARY", "PACKED-DECIMAL"),
    *("COMP-X", "NATIONAL", "DISPLAY", "COMP-4"),
)
PICTURELESS = ("COMP-1", "COMP-2", "INDEX", "POINTER", "PROCEDURE-POINTER")
SIGNS = (
    *("", "", "", "SIGN LEADING", "SIGN TRAILING SEPARATE", "LEADING SEPARATE CHARACTER"),
    "TRAILING",
)
NAMES = ("DATE", "COUNT", "INDEX", "A", "2ND", "X-1", "NAME-", "VALUE-1", "TYPE", "STATUS", "SIGN")
COUNTER_PICTURES = ("9(2)", "S9(3) COMP-3", "9(4) COMP", "S9(2)", "9(2) COMP-6", "S9(4) COMP-5")


class CopybookMaker:
    """Writes one copybook of ``size`` items at the most."""

    def __init__(self, dice: Random, size: int, *, sliding: bool) -> None:
        self._dice = dice
        self._left = size
        self._sliding = sliding
        self._made = 0
        self._counters: list[str] = []
        self._is_variable = False
        self._lines: list[str] = []

    def text(self) -> str:
        """In free format, one entry a line or several."""
        for number in range(self._dice.choice((1, 1, 1, 2))):
            self._counters, self._is_variable = [], False
            self._lines.append(f"01 REC-{number}{self._rarely(' GLOBAL')}.")
            self._items(5, 0, "")
            self._renames()
        return "\n".join(self._lines) + "\n"

    def _rarely(self, text: str, share: float = 0.08) -> str:
        return text if self._dice.random() < share else ""

    def _name(self) -> str:
        self._made += 1
        if self._dice.random() < 0.05:
            return self._dice.choice(NAMES)
        if self._dice.random() < 0.1:
            return self._dice.choice(("FILLER", ""))
        return f"F{self._made}"

    def _items(self, level: int, depth: int, around: str) -> None:
        """Items of a group; ``around`` is "table" in one, "view" in a redefinition."""
        original: str | None = None
        for _ in range(self._dice.randint(1, 5)):
            if self._is_variable and not self._sliding:
                return
            self._left -= 1
            kind = self._dice.random()
            if self._left < 0 or kind < 0.5 or depth > 4:
                original = self._elementary(level, around)
            elif kind < 0.62 and original not in (None, "", "FILLER"):
                self._redefinition(level, depth, original)
            elif kind < 0.72:
                original = self._group(level, depth, around)
            elif kind < 0.8:
                self._table(level, depth, around)
                original = None
            elif kind < 0.9 and around != "view":
                self._variable_table(level, depth, around)
                original = None
            elif kind < 0.93:
                original = self._varchar(level)
            else:
                original = self._elementary(level, around)
        if not self._lines[-1].strip().startswith(("88", "66")) and self._lines[-1].endswith("G."):
            self._elementary(level, around)

    def _elementary(self, level: int, around: str, name: str | None = None) -> str:
        name = self._name() if name is None else name
        clauses = self._clauses()
        self._lines.append(f"{level:02} {name} {clauses}.")
        if self._dice.random() < 0.1 and name:
            self._conditions(clauses)
        if around != "table" and name not in ("", "FILLER") and self._dice.random() < 0.25:
            counter = self._counter_name()
            self._lines.append(f"{level:02} {counter} PIC {self._dice.choice(COUNTER_PICTURES)}.")
            self._counters.append(counter)
            return counter
        return name

    def _clauses(self) -> str:
        dice = self._dice
        kind = dice.random()
        if kind < 0.3:
            clauses = f"PIC {dice.choice(TEXTS)}{self._rarely(' JUST RIGHT', 0.1)}"
        elif kind < 0.75:
            picture, usage = dice.choice(NUMBERS), dice.choice(USAGES)
            if usage in ("COMP-6", "COMP-X", "NATIONAL") and dice.random() < 0.8:
                picture = picture.lstrip("S")
            if usage not in ("", "COMP-3") and dice.random() < 0.8:
                picture = picture.replace("19", "9").replace("31", "4")
            sign = dice.choice(SIGNS) if picture.startswith("S") and not usage else ""
            clauses = f"PIC {picture} {usage} {sign}"
            if not sign and not picture.startswith("S") and not usage:
                clauses += self._rarely(" BLANK WHEN ZERO")
        elif kind < 0.88:
            clauses = f"PICTURE IS {dice.choice(EDITED)}{self._rarely(' BLANK WHEN ZERO', 0.2)}"
        else:
            clauses = f"USAGE {dice.choice(PICTURELESS)}"
        return f"{clauses}{self._rarely(' SYNC', 0.06)}{self._rarely(' VALUE ZERO', 0.1)}"

    def _conditions(self, clauses: str) -> None:
        values = ("'A'", "'A' THRU 'Z'", "SPACES", "LOW-VALUES", "X'C1'", "ALL '*'")
        if "9" in clauses or "Z" in clauses:
            values = ("1", "1 2 3", "0 THRU 9", "ZERO", "-1")
        self._lines.append(f"88 C{self._made} VALUE {self._dice.choice(values)}.")

    def _counter_name(self) -> str:
        self._made += 1
        return f"N{self._made}"

    def _group(self, level: int, depth: int, around: str, extra: str = "") -> str:
        name = self._name()
        if not extra:
            extra = self._rarely(" COMP-3") + self._rarely(" SIGN LEADING SEPARATE")
        self._lines.append(f"{level:02} {name}{extra}.")
        before = len(self._lines)
        self._items(self._below(level), depth + 1, around)
        if len(self._lines) == before:
            self._elementary(self._below(level), around)
        return name

    def _below(self, level: int) -> int:
        return min(level + self._dice.choice((1, 2, 5)), 48)

    def _redefinition(self, level: int, depth: int, original: str) -> None:
        name = f"V{self._made}"
        self._made += 1
        if self._dice.random() < 0.5:
            self._lines.append(f"{level:02} {name} REDEFINES {original} {self._clauses()}.")
            return
        self._lines.append(f"{level:02} {name} REDEFINES {original}.")
        before = len(self._lines)
        variable, self._is_variable = self._is_variable, False
        self._items(self._below(level), depth + 1, "view")
        self._is_variable = variable
        if len(self._lines) == before:
            self._elementary(self._below(level), "view")

    def _table(self, level: int, depth: int, around: str) -> None:
        times = self._dice.choice((1, 2, 3))
        more = self._rarely(f" INDEXED BY I{self._made}")
        inside = "view" if around == "view" else "table"
        if self._dice.random() < 0.5:
            clauses = self._clauses()
            self._lines.append(f"{level:02} {self._name()} {clauses} OCCURS {times} TIMES{more}.")
        elif self._sliding or around == "view":
            self._group(level, depth, inside, f" OCCURS {times}{more}")
        else:
            variable, self._is_variable = self._is_variable, True  # no further table inside
            self._lines.append(f"{level:02} T{self._made} OCCURS {times}{more}.")
            for _ in range(self._dice.randint(1, 2)):
                self._elementary(self._below(level), "table", f"E{self._made}")
                self._made += 1
            self._is_variable = variable

    def _variable_table(self, level: int, depth: int, around: str) -> None:
        if not self._counters:
            counter = self._counter_name()
            self._lines.append(f"{level:02} {counter} PIC {self._dice.choice(COUNTER_PICTURES)}.")
            if around != "table":
                self._counters.append(counter)
        else:
            counter = self._dice.choice(self._counters)
        bounds = self._dice.choice(("0 TO 3", "1 TO 2", "0 TO 9"))
        name = f"T{self._made}"
        self._made += 1
        self._is_variable = True
        if self._dice.random() < 0.5:
            clauses = self._clauses()
            more = f"OCCURS {bounds} TIMES DEPENDING ON {counter}"
            self._lines.append(f"{level:02} {name} {clauses} {more}.")
            return
        self._lines.append(f"{level:02} {name} OCCURS {bounds} DEPENDING ON {counter}.")
        if self._sliding and depth < 4:
            self._items(self._below(level), depth + 1, "table")
        else:
            for place in range(self._dice.randint(1, 3)):
                self._elementary(self._below(level), "table", f"{name}-{place}")

    def _varchar(self, level: int) -> str:
        if level >= 49:
            return self._elementary(level, "")
        name = self._name()
        self._lines += [
            f"{level:02} {name}.",
            f"49 L{self._made} PIC S9(4) {self._dice.choice(('COMP', 'COMP-5'))}.",
            f"49 D{self._made} PIC X({self._dice.randint(1, 9)}).",
        ]
        return name

    def _renames(self) -> None:
        named = [line.split()[1] for line in self._lines if line[:2] == "05" and " F" in line]
        if named and self._dice.random() < 0.1:
            first = self._dice.choice(named)
            self._lines.append(f"66 R{self._made} RENAMES {first}.")


def random_copybook(dice: Random, size: int = 12, *, sliding: bool = SLIDING) -> str:
    """A copybook that is usually valid."""
    return CopybookMaker(dice, size, sliding=sliding).text()
