"""Alembic, shipped in the wheel: upgrade, check, and what a database is at."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from mp4totext import tables
from mp4totext.kit.db import Base, Database

__all__ = ["at_head", "current", "differences", "downgrade", "older", "upgrade"]

assert tables.MODULES  # Base.metadata is whole once they are imported

_UPGRADE_LOCK = 7_041_999  # any number, the same in every process


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database"] = database
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Safe to call from several processes at once: the first one does it."""
    if database.is_sqlite:
        command.upgrade(_config(database), revision)
        return
    with database.engine.connect() as lock:
        lock.execute(text("SELECT pg_advisory_lock(:n)"), {"n": _UPGRADE_LOCK})
        try:
            command.upgrade(_config(database), revision)
        finally:
            lock.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _UPGRADE_LOCK})


def downgrade(database: Database, revision: str) -> None:
    """Raises WrongState, before it changes anything, where edits of transcripts would be lost."""
    command.downgrade(_config(database), revision)


def older(database: Database) -> list[str]:
    """The revisions before the database's, latest first; none when ours do not include it."""
    scripts = ScriptDirectory.from_config(_config(database)).walk_revisions()
    revisions = [script.revision for script in scripts]
    at = current(database)
    return revisions[revisions.index(at) + 1 :] if at in revisions else []


def at_head(database: Database) -> bool:
    head = ScriptDirectory.from_config(_config(database)).get_current_head()
    return current(database) == head


def current(database: Database) -> str | None:
    """The revision a database is at; None when it has no tables of ours."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """SQLite's full-text tables are made and kept by the code that searches them."""
    return not (kind == "table" and (name or "").startswith("search_index"))


def differences(database: Database) -> list[str]:
    """What the migrations would still have to change to match the code; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _ours}
        )
        return [str(difference) for difference in compare_metadata(context, Base.metadata)]
