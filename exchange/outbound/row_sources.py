"""Row sources by the name that ``[publish] dataset`` of an interface gives.

A further dataset is a function ``(site, interface, business_date) -> FileRows`` (see
:mod:`exchange.outbound.rows`) and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from exchange.books import posting_rows, refund_rows, statement_rows, summary_rows
from exchange.employers import contribution_rows, registration_rows
from exchange.outbound import standing
from exchange.outbound.rows import RowSource

#: Dataset → how its rows are made.
ROW_SOURCES: Mapping[str, RowSource] = MappingProxyType(
    {
        standing.DATASET: standing.standing_rows,
        posting_rows.DATASET: posting_rows.posting_rows,
        summary_rows.DATASET: summary_rows.summary_rows,
        refund_rows.DATASET: refund_rows.refund_rows,
        statement_rows.DATASET: statement_rows.statement_rows,
        contribution_rows.DATASET: contribution_rows.contribution_rows,
        registration_rows.DATASET: registration_rows.registration_rows,
    }
)
