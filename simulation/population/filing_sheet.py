"""Many filings as arrays: one value a detail row, or one a block (header)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass
class Sheet:
    """Filings file after file, in each block after block, in each row after row.

    ``national_id`` … ``paid`` and ``block_of_row`` have one value a row (money in satang,
    ``prefix`` U3); ``account`` … ``file_of_block`` one a block (``paid_day`` in days since
    1970-01-01, ``period`` yyyymm, ``rate`` hundredths of a percent). ``ceiling`` is the greatest
    wage, in satang, that contributions are taken from. Values may be changed in place; which row
    and block belong where may not.
    """

    national_id: Ints
    prefix: NDArray[np.str_]
    given: pa.StringArray
    family: pa.StringArray
    wage: Ints
    paid: Ints
    block_of_row: Ints
    account: Ints
    branch: Ints
    company: pa.StringArray
    paid_day: Ints
    period: NDArray[np.int32]
    rate: Ints
    file_of_block: Ints
    ceiling: int

    @cached_property
    def files(self) -> int:
        """Number of files."""
        return int(self.file_of_block[-1]) + 1 if len(self.file_of_block) else 0

    @cached_property
    def lines(self) -> int:
        """Lines of all files: one a block and one a row."""
        return len(self.file_of_block) + len(self.block_of_row)

    @cached_property
    def file_of_row(self) -> Ints:
        """File of each row."""
        return self.file_of_block[self.block_of_row]

    @cached_property
    def first_row_of_block(self) -> Ints:
        """First row of each block; every block has one."""
        return np.searchsorted(self.block_of_row, np.arange(len(self.file_of_block)))

    @cached_property
    def first_block_of_file(self) -> Ints:
        """First block of each file."""
        return np.searchsorted(self.file_of_block, np.arange(self.files))

    @cached_property
    def header_lines(self) -> Ints:
        """Line (from 0 over all files) of each block's header."""
        return self.first_row_of_block + np.arange(len(self.file_of_block))

    @cached_property
    def detail_lines(self) -> Ints:
        """Line of each row: after the headers of its own and of all earlier blocks."""
        return np.arange(len(self.block_of_row)) + self.block_of_row + 1

    @cached_property
    def first_line_of_file(self) -> Ints:
        """First line of each file, and the end of the last."""
        return np.append(self.header_lines[self.first_block_of_file], self.lines)

    def per_block(self, values: Ints) -> Ints:
        """Sums over the rows of each block."""
        return np.add.reduceat(values, self.first_row_of_block)

    def per_file(self, values: Ints) -> Ints:
        """Sums over the rows of each file."""
        return np.add.reduceat(self.per_block(values), self.first_block_of_file)

    def of_rows(self, kept: NDArray[np.bool_]) -> Sheet:
        """The filings of some of the rows, without blocks and files of none; a copy."""
        blocks, block_of_row = np.unique(self.block_of_row[kept], return_inverse=True)
        _, file_of_block = np.unique(self.file_of_block[blocks], return_inverse=True)
        rows = pa.array(kept)
        return Sheet(
            national_id=self.national_id[kept],
            prefix=self.prefix[kept],
            given=self.given.filter(rows),
            family=self.family.filter(rows),
            wage=self.wage[kept],
            paid=self.paid[kept],
            block_of_row=block_of_row,
            account=self.account[blocks],
            branch=self.branch[blocks],
            company=self.company.take(pa.array(blocks)),
            paid_day=self.paid_day[blocks],
            period=self.period[blocks],
            rate=self.rate[blocks],
            file_of_block=file_of_block,
            ceiling=self.ceiling,
        )
