"""Defects that are found and not yet mended; what the fuzzers leave out on account of them.

Whoever mends one sets its name to False, sees the tests, and takes it and its uses out. Crashers
of :data:`CRASHERS` are expected to fail; one that no longer does fails the test, as a reminder.
"""

from __future__ import annotations

MINUS_ONE_DATES = True
"""The compiled decoder takes a date or period of -1 for null without a finding."""

SHORT_REDEFINITIONS = True
"""Where a redefinition shorter than its original is written because the original is null, the
compiled encoder leaves the null original's bytes behind it, numpy spaces."""

TABLES_WITHOUT_LISTS = True
"""A column of a table with DEPENDING ON that is no list raises ArrowNotImplementedError instead
of ColumnTypeError."""

TABLES_OF_FILLER = True
"""A table with DEPENDING ON that is FILLER throughout has no column, and its records cannot be
encoded: MissingColumnError."""

UNPRINTABLE_ADVICE = True
"""The advice of a CopybookError names the symbol of a picture as it is, controls too."""

CRASHERS = {"minus_one_as_a_date", "unprintable_symbol"}
