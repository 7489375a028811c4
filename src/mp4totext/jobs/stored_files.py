"""What operations keep in storage: signed links to it, and the removal of orphans.

An orphan is an object whose row is gone: left by a store that did not answer, or a killed process.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from mp4totext.jobs.operation import Operations, StoredFiles
from mp4totext.kit.clock import now
from mp4totext.kit.ids import born_at, is_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.signed_links import sign
from mp4totext.runtime import Runtime

LINK_LIVES_S = 3600
LINK_STEP_S = 1800  # so long an answer with a link in it stays the same, and need not be sent again
ORPHAN_AGE = timedelta(days=1)  # an upload between its object and its row is younger
IDS_A_QUERY = 1000  # databases limit the parameters of a statement

log = get_logger()


def link_path(key: str) -> str:
    """Of the route in ``files.py``, without the path that a proxy strips."""
    return f"/api/v1/files/{key}"


def link_to(runtime: Runtime, key: str, *, media_type: str, filename: str) -> str:
    """Opens an object for an hour or more without a token; ``key`` is below a declared prefix."""
    path, facts = link_path(key), {"type": media_type, "filename": filename}
    secret = runtime.settings.secret_key
    query = sign(path, facts, secret=secret, expires_s=LINK_LIVES_S, step_s=LINK_STEP_S)
    return f"{runtime.settings.app.root_path}{path}?{query}"


def has_row(session: Session, operations: Operations, *, prefix: str, row_id: str) -> bool:
    files = _declared(operations).get(prefix)
    return files is not None and bool(files.existing(session, [row_id]))


def _declared(operations: Operations) -> dict[str, StoredFiles]:
    return {files.prefix: files for op in operations.values() if (files := op.files)}


def remove_orphans(
    runtime: Runtime,
    operations: Operations,
    *,
    older_than: timedelta = ORPHAN_AGE,
    ids_a_query: int = IDS_A_QUERY,
) -> None:
    """A chore of the sweeper, over every prefix that an operation declares."""
    for files in _declared(operations).values():
        _remove_orphans(runtime, files, older_than, ids_a_query)


def _remove_orphans(
    runtime: Runtime, files: StoredFiles, older_than: timedelta, ids_a_query: int
) -> None:
    stored = sorted({key.split("/")[1] for key in runtime.storage.keys(files.prefix)})
    oldest = now() - older_than
    old = [name for name in stored if is_id(name, files.id_prefix) and born_at(name) < oldest]
    for first in range(0, len(old), ids_a_query):
        ids = old[first : first + ids_a_query]
        with runtime.database.read() as session:
            existing = files.existing(session, ids)
        for row_id in ids:
            if row_id not in existing:
                runtime.storage.delete_prefix(f"{files.prefix}/{row_id}")
                log.warning("storage.orphan_removed", prefix=files.prefix, row_id=row_id)
