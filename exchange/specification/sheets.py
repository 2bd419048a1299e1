"""What a partner page says of a spreadsheet: its sheets, columns and cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exchange.specification.markdown import code, sentence_list, table
from interfaces.model import Interface, SheetRule
from parsers.spreadsheet import first_rows

_SHOWN = 4
_OF_THE_FILE = (
    "FILE_EMPTY",
    "FILE_TOO_LARGE",
    "SHEET_FORMAT",
    "SHEET_ENCRYPTED",
    "SHEET_MACROS",
    "SHEET_DAMAGED",
    "SHEET_FILE_NAME",
)
_OF_A_SHEET = (
    "SHEET_NAME",
    "SHEET_NAME_PADDED",
    "SHEET_HIDDEN",
    "SHEET_SKIPPED",
    "SHEET_HEADING_MISSING",
    "SHEET_COLUMN_MISSING",
    "SHEET_COLUMN_TWICE",
    "SHEET_COLUMN_UNKNOWN",
)
_OF_ROWS = ("RECORD_BLANK", "SHEET_ROW_SKIPPED", "SHEET_TOTALS_ROW", "SHEET_TOTALS_DIFFER")
_OF_CELLS = (
    "SHEET_NUMBER",
    "SHEET_AMOUNT_ROUNDED",
    "SHEET_FORMULA",
    "SHEET_ID_PADDED",
    "SHEET_ID_ROUNDED",
    "SHEET_TEXT_CUT",
)
_OF_WORDS = ("SHEET_TITLE", "SHEET_TITLE_CODE")


def sheet_codes(interface: Interface) -> Iterator[str]:
    """Finding codes of reading a workbook."""
    yield from (*_OF_THE_FILE, *_OF_A_SHEET, *_OF_ROWS, *_OF_CELLS)
    if interface.sheet is not None and interface.sheet.words:
        yield from _OF_WORDS


def sheet_conventions(rule: SheetRule) -> str:
    """How a workbook is filled in, as a list."""
    return sentence_list(
        [
            "The file is an Excel workbook (`.xlsx`), without macros and without a password.",
            f"A sheet is a {rule.sheet_name}: its name is that number, all digits of it. Sheets "
            "with nothing in them are left alone.",
            "The headings stand in one row among the first 30 of a sheet; the order of the columns "
            "does not matter, titles and addresses may stand above. Below them a row is a person. "
            "There is no row of sums; one that is there must be right.",
            "Identifiers are text: set the cells to text before typing, or the spreadsheet takes "
            "them for numbers and loses zeros at their beginning.",
            "Amounts are plain numbers with at most two decimals. Formulas count with the result "
            "that was saved.",
            "Rows are numbered from 1 through all sheets in their order: row 3 of the second sheet "
            "is record 13 when the first one has 10 rows. Offsets in bytes are 0.",
        ]
    )


def columns_section(interface: Interface) -> str:
    """A table of the columns: the field, and the headings by which it is known."""
    rule = interface.sheet
    if rule is None:
        return ""
    fields = dict.fromkeys(rule.headings.values())
    rows = [
        (
            name,
            ", ".join(heading for heading, field in rule.headings.items() if field == name),
            f"a word of the list {code(rule.words[name])}" if name in rule.words else "",
        )
        for name in fields
    ]
    told = table(["Field", "Headings", "Cells"], rows)
    places = [f"{field} is the {place} of the file name" for place, field in rule.from_name.items()]
    from_names = "; ".join([*places, f"{rule.sheet_name} is the name of the sheet"])
    return (
        "Every column is needed; blanks, brackets and what stands in them make no difference in a "
        f"heading. {from_names}; totals of a header are worked out. A sheet is read into the "
        "records below, whose positions are those of the same form as lines of text."
        f"\n\n{told}"
    )


def sheet_sample(path: Path) -> str:
    """The first rows of the first sheet of a sample."""
    name, rows = first_rows(path.read_bytes(), _SHOWN)
    shown = table(rows[0], rows[1:])
    return f"From {path.name}, a synthetic file, sheet {code(name)}:\n\n{shown}"
