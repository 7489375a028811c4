"""Sessions, transactions and what is sent after a commit.

Only this file commits. SQLite runs in WAL with explicit BEGIN IMMEDIATE for writers, so two
writers wait for each other instead of failing.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from mp4totext.kit.log import get_logger
from mp4totext.kit.packages import install_command

BUSY_TIMEOUT_MS = 20_000  # to wait for another writer, whose transactions are short
OVERWRITE_TIMEOUT_MS = 2_000  # to wait for a lock, as a request waits for the result
_OUTBOX = "outbox"

log = get_logger()

# The database does not answer, or closed the connection: a retry later may succeed.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class DriverMissing(Exception):
    """The driver of the database is not installed. ``fix`` is the command that installs it."""

    def __init__(self, driver: str) -> None:
        self.driver = driver
        self.fix = install_command("mp4totext[postgres]")
        super().__init__(f"{driver} is not installed: {self.fix}")


# For work whose result must survive a restart of the database.
retry_while_db_down = retry(
    retry=retry_if_exception_type(DATABASE_AWAY),
    stop=stop_after_delay(120),
    wait=wait_fixed(0.5),
    reraise=True,
)

# Notices a vanished host within half a minute instead of 15 minutes.
_LIBPQ = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
    # The same on the server, where a vanished client would keep its locks for two hours; and a
    # transaction that does nothing for a minute is ended.
    "options": "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    " -c idle_in_transaction_session_timeout=60s",
}


class Instant(TypeDecorator[datetime]):
    """Aware UTC; SQLite, which has no time zones, stores naive UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables. Constraints have names, so that migrations can drop them anywhere."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant}  # noqa: RUF012  SQLAlchemy reads a plain dict


class FileReplaced(OSError):
    """The database's file was replaced while this process ran. Restart the process."""


class Database:
    """One engine, used in two ways: ``read()`` and ``write()``."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        info: Mapping[str, Any] | None = None,
        overwrite_timeout_ms: int = OVERWRITE_TIMEOUT_MS,
    ) -> None:
        """``info`` is copied to every session, for the functions that ``after_commit`` calls."""
        self.url = url
        self._info = dict(info or {})
        self._overwrite_timeout_ms = overwrite_timeout_ms
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _server_engine(url, pool_size)
        self._writer = self.engine.execution_options(writes=True)
        self._file: tuple[int, int] | None = None  # device and inode of the SQLite file

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: commits after the block, then runs the ``after_commit`` functions."""
        with Session(self._writer, expire_on_commit=False, info=dict(self._info)) as session:
            # A worker that is asked to stop (SystemExit) must not leave half a transaction, either.
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                session.info.pop(_OUTBOX, None)
                raise
            for send in session.info.pop(_OUTBOX, ()):
                send()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that never commits. Its rows stay readable after the block."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session  # closing rolls back, without expiring the rows as rollback() would

    def ping(self) -> None:
        """Raises SQLAlchemyError when the database does not answer, OSError when its file is gone.

        A SQLite file that is replaced under a running process makes two databases: open
        connections go on writing to the old file, which no longer has a name.
        """
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        path = make_url(self.url).database
        if self.is_sqlite and path and path != ":memory:":
            status = Path(path).stat()
            file = (status.st_dev, status.st_ino)
            self._file = self._file or file
            if file != self._file:
                raise FileReplaced

    def overwrite_deleted(self, table: str) -> None:
        """Overwrite a table's deleted rows in the database's files. Call it after the commit.

        SQLite overwrites deleted rows itself, but its write-ahead log still has them, so that is
        emptied. PostgreSQL keeps them, so the table is rewritten. If the lock is not free within
        ``overwrite_timeout_ms``, that is logged and left to the next deletion.
        """
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            timeout_ms = self._overwrite_timeout_ms
            if self.is_sqlite:
                done = _empty_log(connection, timeout_ms=timeout_ms)
            else:
                done = _rewrite_table(connection, table, timeout_ms=timeout_ms)
        if not done:
            log.warning("database.deleted_rows_left", table=table)

    def copy_to(self, path: Path) -> None:
        """Copy all of SQLite's data at one moment into a new file, while others go on writing.

        Raises FileExistsError, or another OSError.
        """
        path.touch(mode=0o600, exist_ok=False)
        try:
            with closing(self.engine.raw_connection()) as connection:
                # One reading transaction. SQLite's online backup restarts with every commit of
                # another process: 300 MB were not done in a minute beside 15 commits a second.
                connection.cursor().execute("VACUUM INTO ?", (str(path),))
            with path.open("rb") as file:
                os.fsync(file.fileno())
        except BaseException as error:
            path.unlink()
            if isinstance(error, sqlite3.OperationalError):  # such as a full disk
                raise OSError(errno.EIO, str(error)) from error
            raise

    def close(self) -> None:
        self.engine.dispose()


def _empty_log(connection: Connection, *, timeout_ms: int) -> bool:
    connection.exec_driver_sql(f"PRAGMA busy_timeout={timeout_ms}")
    try:
        busy: int = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return not busy


def _rewrite_table(connection: Connection, table: str, *, timeout_ms: int) -> bool:
    connection.exec_driver_sql(f"SET lock_timeout = {timeout_ms}")
    try:
        connection.exec_driver_sql(f'VACUUM FULL "{table}"')
    except DATABASE_AWAY:  # another transaction has locked the table
        return False
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    return True


def lock_name(session: Session, name: str) -> None:
    """Lock ``name`` until the end of the transaction. SQLite has one writer anyway.

    For counts of rows with a limit for each account: of two requests at once each would count the
    same rows, and both add one.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def sums_by_day(
    session: Session,
    at: InstrumentedAttribute[Any],  # of an Instant; rows without one do not count
    value: ColumnElement[Any] | InstrumentedAttribute[int],
    *where: ColumnElement[bool],
) -> dict[date, int]:
    """The sum of ``value`` over the rows of each day of UTC that has any."""
    if session.get_bind().dialect.name == "postgresql":
        day = func.to_char(func.timezone("UTC", at), "YYYY-MM-DD")
    else:
        day = func.strftime("%Y-%m-%d", at)
    statement = select(day.label("day"), func.sum(value)).where(*where).group_by("day")
    return {date.fromisoformat(row[0]): int(row[1] or 0) for row in session.execute(statement)}


def after_commit(session: Session, send: Callable[[], object]) -> None:
    """Call ``send`` after the commit, and never after a rollback."""
    session.info.setdefault(_OUTBOX, []).append(send)


def new(column: Any) -> BindParameter[Any]:  # a column or a mapped attribute
    """A placeholder for a column's value, in a statement that is built once and executed often."""
    return bindparam(f"new_{column.key}", type_=column.type)


def new_values(**values: Any) -> dict[str, Any]:
    """The values for the placeholders of ``new``."""
    return {f"new_{name}": value for name, value in values.items()}


def _server_engine(url: str, pool_size: int) -> Engine:
    address = make_url(url)
    is_postgres = address.get_backend_name() == "postgresql"
    # Options in the address take precedence.
    libpq = {key: value for key, value in _LIBPQ.items() if key not in address.query}
    try:
        return create_engine(
            url,
            connect_args=libpq if is_postgres else {},
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,  # a restarted server costs no request, only a new connection
            hide_parameters=True,  # an error's text goes to the log
        )
    except ModuleNotFoundError as error:
        raise DriverMissing(error.name or address.drivername) from error


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        hide_parameters=True,  # an error's text goes to the log
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: Any) -> None:  # SQLAlchemy's type
    connection.isolation_level = None  # Python's sqlite3 begins no transactions: _begin_sqlite does
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # money is committed here
        "foreign_keys=ON",
        "secure_delete=ON",  # deleted rows are overwritten with zeros
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads first and then writes fails at once when another one wrote
    # in between (SQLITE_BUSY_SNAPSHOT); an immediate one waits for its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
