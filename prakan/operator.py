"""Who does something by hand, and why: both are recorded in the ledger."""

from __future__ import annotations

import argparse
import getpass

from interfaces.errors import WrongUse


def add_reason(parser: argparse.ArgumentParser) -> None:
    """``--reason`` (required) and ``--who`` (the account's own name by default)."""
    parser.add_argument("--reason", required=True, help="why, for the record")
    parser.add_argument("--who", help="operator's name; default: the account that runs this")


def operator_of(options: argparse.Namespace) -> str:
    """Name of the operator; WrongUse when no reason is given, before anything is done."""
    if not options.reason.strip():
        raise WrongUse('--reason "…": say why, for the record')
    return str(options.who or getpass.getuser())
