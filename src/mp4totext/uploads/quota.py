"""The storage quota of an account: its recordings, other stored files, and open uploads."""

from collections.abc import Callable

from pydantic import BaseModel, Field
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mp4totext.jobs import stored_files
from mp4totext.jobs.operation import Operations
from mp4totext.kit.db import lock_name
from mp4totext.kit.errors import AppError
from mp4totext.runtime import Runtime
from mp4totext.uploads.models import Upload


class StorageQuotaExceeded(AppError):
    """The limit of the account; StorageFull is that of the whole installation."""

    status, code = 507, "storage_quota_exceeded"


class StorageUsage(BaseModel):
    """In bytes. An open upload counts with its announced length."""

    files: int = Field(description="Bytes used by recordings and everything made from them.")
    uploads: int = Field(description="Bytes used by unfinished uploads.")
    quota: int | None = Field(
        description="Maximum number of bytes for files and uploads together. null if unlimited."
    )


def usage(
    session: Session, operations: Operations, *, user_id: str, quota_bytes: int | None
) -> StorageUsage:
    # A file may still arrive by the link of an ended direct upload, so it still counts.
    counts = or_(Upload.gone.is_(False), Upload.direct_key.is_not(None))
    total = select(func.sum(Upload.length_bytes)).where(Upload.user_id == user_id, counts)
    return StorageUsage(
        files=stored_files.stored_bytes(session, operations, user_id),
        uploads=int(session.scalar(total) or 0),
        quota=quota_bytes,
    )


def space_check(
    runtime: Runtime, operations: Operations, *, user_id: str, metered: bool
) -> Callable[[Session, int], None]:
    """A function of a session and a number of bytes, which raises StorageQuotaExceeded.

    It locks the quota until the transaction ends. Accounts that are not metered have no quota.
    """

    def require_space(session: Session, more_bytes: int) -> None:
        if not metered:
            return
        lock_name(session, f"storage of {user_id}")
        quota_bytes = runtime.settings.ingest.storage_bytes_per_user
        used = usage(session, operations, user_id=user_id, quota_bytes=quota_bytes)
        if used.files + used.uploads + more_bytes > quota_bytes:
            raise StorageQuotaExceeded(
                f"Your account stores {_size(used.files)} and has uploads of "
                f"{_size(used.uploads)} open, of {_size(quota_bytes)} it may use; "
                f"{_size(more_bytes)} more is too much. Delete recordings or unfinished uploads "
                "first.",
                quota_bytes=quota_bytes,
                files_bytes=used.files,
                uploads_bytes=used.uploads,
            )

    return require_space


def _size(size_bytes: int) -> str:
    if size_bytes < 10**6:
        return f"{size_bytes / 10**3:.1f} kB"
    return f"{size_bytes / 10**6:.1f} MB" if size_bytes < 10**9 else f"{size_bytes / 10**9:.1f} GB"
