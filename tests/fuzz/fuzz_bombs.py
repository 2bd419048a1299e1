"""Small programs that make large or deep copybooks."""

from __future__ import annotations

from collections.abc import Callable


def _nested_groups(depth: int) -> str:
    return "".join(f"{level:02} G{level}.\n" for level in range(1, depth)) + "49 X PIC X.\n"


def _nested_tables() -> str:
    tables = "".join(f"{level:02} G{level} OCCURS 999999999.\n" for level in range(2, 49))
    return f"01 R.\n{tables}49 X PIC X(999999999).\n"


def _nested_counters() -> str:
    tables = "".join(f"{n:02} T{n} OCCURS 0 TO 9 DEPENDING ON N.\n" for n in range(3, 49))
    return f"01 R.\n02 N PIC 9.\n02 G.\n{tables}49 X PIC X(9).\n"


def _many_tables() -> str:
    return "01 R.\n05 N PIC 9.\n" + "".join(
        f"05 T{n} OCCURS 0 TO 9 DEPENDING ON N PIC X.\n" for n in range(5_000)
    )


def _redefinitions() -> str:
    chain = "".join(f"05 V{n} REDEFINES V{n - 1} PIC X({n}).\n" for n in range(1, 5_000))
    return f"01 R.\n05 V0 PIC X.\n{chain}"


def _same_names(count: int) -> str:
    return "01 R.\n" + "".join(f"05 G{n}.\n10 A PIC X.\n" for n in range(count))


def _conditions() -> str:
    values = " ".join(f"'{n}' THRU '{n}9'" for n in range(10_000))
    return f"01 R.\n05 A PIC X(9).\n88 C VALUES {values}.\n"


def _long_conditions() -> str:
    return "01 R.\n05 A PIC X(999999999).\n" + "".join(
        f"88 C{n} VALUE ALL 'AB' THRU HIGH-VALUES.\n" for n in range(5_000)
    )


def _renames() -> str:
    views = "".join(f"66 V{n} RENAMES A0 THRU A{n}.\n" for n in range(1, 1_500))
    return "01 R.\n" + "".join(f"05 A{n} PIC X.\n" for n in range(1_500)) + views


def _qualified() -> str:
    names = "".join(f"{level:02} G.\n" for level in range(2, 48))
    chain = " OF ".join(["N"] + ["G"] * 46)
    return f"01 R.\n{names}49 N PIC 9.\n02 T OCCURS 0 TO 2 DEPENDING ON {chain} PIC X.\n"


BOMBS: dict[str, Callable[[], str]] = {
    "nested groups": lambda: _nested_groups(49),
    "nested tables": _nested_tables,
    "nested counters": _nested_counters,
    "many tables": _many_tables,
    "redefinitions": _redefinitions,
    "same names": lambda: _same_names(5_000),
    "conditions": _conditions,
    "long conditions": _long_conditions,
    "renames": _renames,
    "qualified names": _qualified,
    "many items": lambda: "01 R.\n" + "05 PIC X.\n" * 10_000,
    "many records": lambda: "".join(f"01 R{n} PIC X.\n" for n in range(2_000)),
    "many records without a name": lambda: "01 PIC X.\n" * 2_000,
    "long picture": lambda: "01 R PIC " + "X" * 200_000 + ".\n",
    "long edited picture": lambda: "01 R PIC " + "Z" * 100_000 + ".\n",
    "long insertion": lambda: "01 R PIC 9" + "B(999999999)" * 10 + "9.\n",
    "large counts": lambda: "01 R PIC " + "X(999999999)" * 1_000 + ".\n",
    "large occurs": lambda: "01 R.\n05 A PIC X OCCURS " + "9" * 4_000 + ".\n",
    "digits": lambda: "01 R.\n05 A PIC X OCCURS " + "9" * 200_000 + ".\n",
    "long name": lambda: "01 " + "A" * 500_000 + " PIC X.\n",
    "long literal": lambda: "01 R PIC X VALUE '" + "A" * 500_000 + "'.\n",
    "long line": lambda: " " * 1_000_000 + "01 R PIC X.\n",
    "replace": lambda: "REPLACE ==A== BY ==A A==.\n01 R.\n" + "05 A PIC X.\n" * 5_000,
    "nested replace": lambda: "REPLACE ==X== BY ==REPLACE ==X== BY ==X X==.==.\n01 X PIC X.\n",
    "signs at every level": lambda: (
        "".join(f"{n:02} G{n} SIGN LEADING SEPARATE.\n" for n in range(1, 49)) + "49 X PIC S9.\n"
    ),
    "synchronized tables": lambda: (
        "".join(f"{n:02} G{n} OCCURS 3 SYNC.\n" if n > 1 else "01 R.\n" for n in range(1, 30))
        + "49 C PIC X.\n49 X PIC S9(9) COMP.\n"
    ),
}
