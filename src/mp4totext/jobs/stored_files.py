"""Objects that operations store: signed links to them, and the removal of orphans.

An orphan is an object without a row, left when the storage did not answer or a process was killed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from mp4totext.jobs.operation import Operations, StoredFiles
from mp4totext.kit.clock import now
from mp4totext.kit.ids import created_at, is_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.signed_links import sign
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.runtime import Runtime

LINK_LIFETIME_S = 3600
# Links of the same half hour are equal, so that a client's cache, and an ETag over one, stay valid.
LINK_STEP_S = 1800
ORPHAN_AGE = timedelta(days=1)  # a new object may have no row yet, but for much less time
IDS_PER_QUERY = 1000  # databases limit the bind parameters of a statement: SQLite to 32,766

log = get_logger()


def remove_folder(runtime: Runtime, folder: str) -> bool:
    """Delete the objects in a folder. False if the storage fails: the sweeper removes orphans."""
    try:
        runtime.storage.delete_prefix(folder)
    except (StorageUnavailable, ObjectMissing) as error:
        log.warning("storage.objects_left", prefix=folder, reason=type(error).__name__)
        return False
    return True


def link_path(key: str) -> str:
    """The path of the route in ``files.py``, without the prefix that a proxy strips."""
    return f"/api/v1/files/{key}"


@dataclass(frozen=True, slots=True)
class FileLinks:
    """Makes links that open objects without a token for 60 to 90 minutes.

    A link ends earlier with the object's row, with the account, and with what ``ends_with`` names.
    """

    runtime: Runtime
    ends_with: Mapping[str, str]  # the id of a ``credential`` or of a ``share``

    def to(self, key: str, *, media_type: str, filename: str) -> str:
        """``key`` has a declared prefix."""
        path = link_path(key)
        query = sign(
            path,
            {"type": media_type, "filename": filename, **self.ends_with},
            secret=self.runtime.settings.secret_key,
            expires_s=LINK_LIFETIME_S,
            step_s=LINK_STEP_S,
        )
        return f"{self.runtime.settings.app.root_path}{path}?{query}"


def may_be_served(session: Session, operations: Operations, *, prefix: str, row_id: str) -> bool:
    """Whether an operation declares the prefix, the row exists and its account is active."""
    files = _declared(operations).get(prefix)
    return files is not None and files.is_open(session, row_id)


def stored_bytes(session: Session, operations: Operations, user_id: str) -> int:
    """The size of all of a user's objects, under every prefix that an operation declares."""
    declared = _declared(operations).values()
    return sum(files.user_bytes(session, user_id) for files in declared if files.counted)


def _declared(operations: Operations) -> dict[str, StoredFiles]:
    return {files.prefix: files for op in operations.values() for files in op.files}


def remove_orphans(
    runtime: Runtime,
    operations: Operations,
    *,
    older_than: timedelta = ORPHAN_AGE,
    ids_per_query: int = IDS_PER_QUERY,
) -> None:
    """A chore of the sweeper: delete orphans under every prefix that an operation declares."""
    before = now() - older_than
    for files in _declared(operations).values():
        stored = sorted({key.split("/")[1] for key in runtime.storage.keys(files.prefix)})
        row_ids = [
            name for name in stored if is_id(name, files.id_prefix) and created_at(name) < before
        ]
        for start in range(0, len(row_ids), ids_per_query):
            ids = row_ids[start : start + ids_per_query]
            with runtime.database.read() as session:
                existing = files.existing(session, ids)
            for row_id in ids:
                if row_id not in existing:
                    runtime.storage.delete_prefix(f"{files.prefix}/{row_id}")
                    log.warning("storage.orphan_removed", prefix=files.prefix, row_id=row_id)
