"""Bring a database to the newest schema, without a configuration file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from ledger.errors import LedgerError


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the caller's transaction, which holds the lock.

    Raises LedgerError when the schema is newer than this code.
    """
    known, head = _shipped()
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise LedgerError(
            f"its schema is {current}, newer than this prakan knows ({head}): "
            "install the version of prakan that made it"
        )
    if current != head:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@cache
def _shipped() -> tuple[frozenset[str], str | None]:
    """Every revision that this code knows, and the newest: reading them costs more than opening a
    ledger, and they do not change while a process runs."""
    scripts = ScriptDirectory.from_config(_config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return known, scripts.get_current_head()


def _config() -> Config:
    config = Config()
    # A percent sign in the path would be read as an interpolation.
    location = str(Path(__file__).parent).replace("%", "%%")
    config.set_main_option("script_location", location)
    return config
