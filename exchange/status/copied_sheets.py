"""Workbooks that were filed for an employer and month with the bytes of another one's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from exchange.inbound.before_reading import is_copied_sheet
from exchange.site import Site
from exchange.status import advice
from exchange.status.advice import Task
from exchange.status.masking import hide_ids
from interfaces.model import Kind
from interfaces.names import read_name
from ledger.landing import duplicates_of


def copied_sheet_tasks(site: Site, business_date: date) -> Iterator[Task]:
    """One task for all of them; they are copies to the ledger, and nothing of them counts."""
    sheets = [
        interface
        for interface in site.registry.of_kind(Kind.FILING, on=business_date)
        if interface.sheet is not None
    ]
    names = [
        hide_ids(copy.name)
        for copy in duplicates_of(site.ledger, business_date)
        for interface in sheets
        if (parts := read_name(interface.file, copy.name)) is not None
        and is_copied_sheet(interface, parts, copy.first_name)
    ]
    if names:
        yield advice.sheets_copied(names, business_date)
