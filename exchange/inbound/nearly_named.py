"""Which filing a file was meant as whose name is not quite that of one.

An employer who writes ``sps110-…``, an unknown mark or another ending is told so under the filing
that was meant. A name that begins otherwise stays unknown: nobody could be told.
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from exchange.site import Site
from interfaces.model import Framing, Interface, Kind

_SHEETS = ".xls"
"""How the endings of workbooks begin, those of older forms and with macros too."""


def nearly_named(site: Site, name: str, business_date: date) -> Interface | None:
    """The filing in force whose names begin like this one, letters and digits compared without
    case; of several the workbook for a workbook's ending, else the text. None where there is none.
    """
    plain = _plain(name)
    found = [
        interface
        for interface in site.registry.of_kind(Kind.FILING, on=business_date)
        if interface.partner is None and _begins(plain, interface)
    ]
    is_sheet = PurePosixPath(name).suffix.casefold().startswith(_SHEETS)
    of_kind = [one for one in found if (one.file.framing is Framing.XLSX) == is_sheet]
    return next(iter([*of_kind, *found]), None)


def _begins(plain: str, interface: Interface) -> bool:
    begin = _plain(interface.file.name.partition("{")[0])
    return bool(begin) and plain.startswith(begin)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
