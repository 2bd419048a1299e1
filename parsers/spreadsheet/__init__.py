"""Spreadsheets (Office Open XML, ``.xlsx``) → the records of an interface's copybook.

What comes is made by strangers, so an archive is opened in steps, none of which trusts the one
before:

``archive`` looks at the bytes and at the sizes that the archive declares, unpacks what is needed
within bounds, and packs it anew; ``worksheets`` looks at the extent of each sheet, the volume of
its texts and formulas without results. Only then calamine reads the cells. ``headings`` finds
columns, ``rows`` tells persons from sums and notes, ``cells`` makes values, columnwise; ``header``
and ``sheet`` put a block of records together, ``workbook`` all of them.

A sheet is a header record, numbered as the row of its headings, and a detail record for each row.
Rows are counted from 1 through the sheets in their order, rows that are no records too.
"""

from parsers.spreadsheet.workbook import decode_workbook, first_rows

__all__ = ["decode_workbook", "first_rows"]
