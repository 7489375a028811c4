"""Run by Alembic; one transaction for the whole upgrade."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal

from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

from mp4totext import tables
from mp4totext.kit.db import Base, Database, Instant

LOCK_TIMEOUT_MS = 5_000  # a blocked ALTER must not queue every other request behind it

assert tables.MODULES


def _rendered(kind: str, item: object, _context: object) -> str | Literal[False]:
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


def _run(database: Database) -> None:
    with (
        database.engine.execution_options(writes=True).connect() as connection,
        _unchecked_keys(connection) if database.is_sqlite else nullcontext(),
    ):
        if not database.is_sqlite:
            connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.is_sqlite,
            compare_type=True,
            transactional_ddl=True,  # SQLite can, too: one of several processes does it all
            render_item=_rendered,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


@contextmanager
def _unchecked_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by recreating the table; dropping the old one must not cascade."""
    sqlite = connection.connection.driver_connection
    assert sqlite is not None
    sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = sqlite.execute("PRAGMA foreign_key_check").fetchall()
        assert not broken, f"rows that point nowhere: {broken[:5]}"
    finally:
        sqlite.execute("PRAGMA foreign_keys=ON")


_run(context.config.attributes["database"])
