"""Run by Alembic; one transaction for the whole upgrade."""

from typing import Literal

from alembic import context
from sqlalchemy import text

from mp4totext.kit.db import Base, Database, Instant
from mp4totext.migrations import tables

LOCK_TIMEOUT_MS = 5_000  # a blocked ALTER must not queue every other request behind it

assert tables.MODULES


def _rendered(kind: str, item: object, _context: object) -> str | Literal[False]:
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


def _run(database: Database) -> None:
    with database.engine.execution_options(writes=True).connect() as connection:
        if not database.is_sqlite:
            connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.is_sqlite,
            compare_type=True,
            render_item=_rendered,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


_run(context.config.attributes["database"])
