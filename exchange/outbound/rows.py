"""What an outbound file is made of: its detail rows, and what its header and trailer may hold.

A row source makes them for one interface and business date. It is named by ``dataset`` of the
interface's ``[publish]``; all sources stand in :mod:`exchange.outbound.row_sources`. This module
imports none of them, so that they can import it.

For one interface and business date a source gives the same rows in the same order whenever it is
asked: a file that was planned and not built before a crash is built after it, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from exchange.site import Site
from interfaces.model import Interface


@dataclass(frozen=True, slots=True)
class FileRows:
    """Rows of an outbound file.

    ``table`` has all columns of the dataset, by the column names of the copybook's detail record
    (amounts as decimal128 with the picture's scale, dates as date32, periods as Gregorian yyyymm);
    further columns are kept with the delivery's rows and not written. ``where`` and ``order`` of
    ``[publish]`` are applied afterwards, and ``line_number`` is added from 1 where the record has
    such a field: a source does neither.

    ``context`` holds the values of ``[controls.….context]`` that only the source knows (a balance,
    a period of books, a day of effect), by their names there; ``interface``, ``version``,
    ``partner``, ``business_date`` and ``sequence`` are added for every file.
    """

    table: pa.Table
    context: Mapping[str, object] = field(default_factory=dict)


#: (site, interface, business date) → rows. NotArrivedError, or another PrakanError of one line,
#: when they cannot be made; nothing is then issued.
RowSource = Callable[[Site, Interface, date], FileRows]
