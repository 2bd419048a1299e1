"""Bring a database to the newest schema, without a configuration file."""

from __future__ import annotations

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
    config = Config()
    # A percent sign in the path would be read as an interpolation.
    location = str(Path(__file__).parent).replace("%", "%%")
    config.set_main_option("script_location", location)
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    head = scripts.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise LedgerError(
            f"its schema is {current}, newer than this prakan knows ({head}): "
            "install the version of prakan that made it"
        )
    if current != head:
        command.upgrade(config, "head")
