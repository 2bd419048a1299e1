"""Errors that a person is meant to read: one line that says what, where and what to do.

Everything else that is raised is a defect of prakan and keeps its traceback.
"""

from __future__ import annotations


class PrakanError(Exception):
    """Base of all errors with a message for the operator; ``status`` is the exit status."""

    status = 2


class WrongUse(PrakanError):
    """The call, a declaration or a setting is wrong; nothing was touched."""

    status = 2


class OutsideFailure(PrakanError):
    """The outside world failed (network, partner, database, disk); trying again may help."""

    status = 3
