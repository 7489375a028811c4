"""Holds jobs at chosen points with database triggers that wait for a lock.

The request id of a job names the point: ``settling.4f1c`` at the commit that settles it.
"""

import time
from collections.abc import Iterable
from contextlib import suppress

import psycopg
from sqlalchemy.engine import make_url

# Held in the database. Two more stages, "upload" and "parts", are held by the client.
HELD = ("accepting", "queued", "claiming", "decoding", "transcribing", "finishing", "settling")
_WAIT = """
CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked text := coalesce(
        to_jsonb(NEW)->>'request_id',
        (SELECT request_id FROM jobs WHERE id = to_jsonb(NEW)->>'job_id'));
BEGIN
    IF split_part(asked, '.', 1) = TG_ARGV[0] THEN
        PERFORM pg_advisory_xact_lock_shared(TG_ARGV[1]::bigint);
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.request_id LIKE 'queued.%' THEN
        NEW.not_before := now() + interval '1 hour';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_queued BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION put_off();
"""
_AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
)
_WHERE = {
    # Recording, job and hold are written; their commit waits.
    "accepting": (_AT_COMMIT, "credit_holds", "true"),
    "claiming": ("UPDATE", "jobs", "OLD.state = 'queued' AND NEW.state = 'running'"),
    # The first progress is reported after the first window is decoded.
    "decoding": ("UPDATE", "jobs", "NEW.stage = 'prepare' AND OLD.stage IS NULL"),
    # A window is being transcribed, at least to its first pause.
    "transcribing": ("UPDATE", "job_steps", "NEW.state = 'running' AND NEW.done > 0"),
    # The state is written, the transcript is about to be.
    "finishing": ("INSERT", "transcript_versions", "true"),
    # All is written; the commit waits.
    "settling": (_AT_COMMIT, "credit_entries", "NEW.kind = 'settle'"),
}


def _triggers() -> Iterable[str]:
    for stage, (when, table, condition) in _WHERE.items():
        name = f"hold_{stage}"
        begin = f"CREATE TRIGGER {{name}} BEFORE {when} ON {{table}}" if " " not in when else when
        yield (
            f"{begin.format(name=name, table=table)} FOR EACH ROW WHEN ({condition}) "
            f"EXECUTE FUNCTION held('{stage}', '{HELD.index(stage)}')"
        )


class Breakpoints:
    """Controls the triggers of one PostgreSQL database."""

    def __init__(self, url: str) -> None:
        """``url``: an SQLAlchemy URL."""
        address = make_url(url).set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        with self._connect() as connection:
            connection.execute(_WAIT.encode())
            for statement in _triggers():
                connection.execute(statement.encode())
        self._holder: psycopg.Connection | None = None

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._address, autocommit=True, connect_timeout=5)

    def arm(self) -> None:
        """Make jobs stop at the point that their request id names."""
        self._holder = self._connect()
        for number in range(len(HELD)):
            self._holder.execute("SELECT pg_advisory_lock(%s)", (number,))

    def held(self) -> set[str]:
        """The stages in which a job is currently held."""
        with self._connect() as connection:
            rows = connection.execute(
                # The service waits for locks of its own, with keys of 64 bits.
                "SELECT DISTINCT objid::bigint FROM pg_locks WHERE locktype = 'advisory' "
                "AND NOT granted AND classid = 0 AND objid::bigint < %s AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())",
                (len(HELD),),
            ).fetchall()
            queued = connection.execute(
                "SELECT 1 FROM jobs WHERE request_id LIKE 'queued.%' AND state = 'queued'"
            ).fetchone()
        return {HELD[number] for (number,) in rows} | ({"queued"} if queued else set())

    def release(self) -> None:
        """Release all jobs. May be called again, and while the database is down."""
        if self._holder is not None:
            with suppress(psycopg.OperationalError):
                self._holder.close()
            self._holder = None
        with suppress(psycopg.OperationalError), self._connect() as connection:
            connection.execute("UPDATE jobs SET not_before = NULL WHERE request_id LIKE 'queued.%'")

    def release_when_back(self, *, timeout_s: float = 60) -> None:
        """Release all jobs as soon as the database is available again after a fault."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                with self._connect():
                    return self.release()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
