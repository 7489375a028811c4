"""Resumable uploads: create, append parts, assemble, end, sweep.

An upload has one writer at a time. Each request that appends gets a higher number (a fencing
token), so an older request whose connection hangs can no longer change the upload.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.kit.db import Database, after_commit, lock_name
from mp4totext.kit.errors import AppError, Invalid, NotFound, TooManyRequests, WrongState
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.received_files import ReceivedUpload, disk_errors, display_name, too_large
from mp4totext.kit.storage import ObjectMissing, Storage, StorageUnavailable
from mp4totext.uploads.models import METADATA_CHARS_MAX, Upload, UploadPart

LIFETIME = timedelta(hours=24)  # after the last part
OPEN_PER_USER_MAX = 50  # each may fill the storage up to the size limit
DIRECT_URL_S = 3_600
DIRECT_KEPT = timedelta(hours=6)  # a PUT that began before its link expired may take this long
_ROOT = "uploads"
_NAME_KEYS = ("filename", "name")

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The right of one request to append at ``offset``, until a later request gets it."""

    upload_id: str
    number: int
    offset: int  # in bytes, as is ``length``
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteUpload:
    """An upload whose bytes have all arrived."""

    upload_id: str
    filename: str
    size_bytes: int
    fields: dict[str, str]  # the other metadata that the client sent
    part_keys: tuple[tuple[str, int], ...]  # (object key, size in bytes), in order
    is_direct: bool  # sent to the storage by the client: only the storage knows if it arrived


def create(
    session: Session,
    *,
    user_id: str,
    length: int,
    metadata_header: str,
    max_bytes: int,
    require_space: Callable[[Session, int], None],
    direct: bool = False,
) -> Upload:
    """Open an upload of ``length`` bytes; ``direct``: the client will PUT it to the storage.

    Raises AppError 400, 413, 422 or 429, and what ``require_space`` raises for as many bytes.
    """
    if length > max_bytes:
        raise too_large(max_bytes)
    if length == 0:
        raise Invalid("The file is empty. Choose another.", code="empty_file")
    parse_metadata(metadata_header)
    lock_name(session, f"uploads of {user_id}")
    open_now = session.scalar(
        select(func.count()).where(Upload.user_id == user_id, Upload.gone.is_(False))
    )
    if (open_now or 0) >= OPEN_PER_USER_MAX:
        raise TooManyRequests(
            f"{OPEN_PER_USER_MAX} uploads are already open. Finish or delete some of them.",
            code="too_many_uploads",
        )
    require_space(session, length)
    upload_id = new_id("upl")
    upload = Upload(
        id=upload_id,
        user_id=user_id,
        direct_key=f"{_ROOT}/{upload_id}/whole" if direct else None,
        length_bytes=length,
        metadata_header=metadata_header,
        created_at=now(),
        expires_at=now() + LIFETIME,
    )
    session.add(upload)
    session.flush()
    return upload


def owned(session: Session, *, user_id: str, upload_id: str) -> Upload:
    """The user's open upload. Raises NotFound if it has ended or expired, or is another user's."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.user_id != user_id or upload.gone or upload.expires_at <= now():
        raise NotFound("There is no such upload, or it has expired. Start the upload again.")
    return upload


def begin_write(session: Session, *, user_id: str, upload_id: str, offset: int) -> Writer:
    """Become the writer at ``offset``, and fence out the request that was.

    Raises NotFound, or WrongState if the upload is at another offset.
    """
    upload = owned(session, user_id=user_id, upload_id=upload_id)
    if upload.direct_key is not None:
        raise WrongState(
            "This upload does not accept parts. Send the file to its link with one PUT.",
            code="direct_upload",
        )
    number = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.offset_bytes == offset, Upload.gone.is_(False))
        .values(writer=Upload.writer + 1)
        .returning(Upload.writer)
    ).scalar_one_or_none()
    if number is None:
        raise WrongState(
            f"The upload is at byte {upload.offset_bytes}, not {offset}. Ask for the offset "
            "with HEAD and continue there.",
            code="offset_mismatch",
            offset=upload.offset_bytes,
        )
    return Writer(upload_id=upload_id, number=number, offset=offset, length=upload.length_bytes)


def is_current_writer(session: Session, writer: Writer) -> bool:
    """Whether ``writer`` may still append.

    Checked before a part is stored, so that a fenced-out request does not fill the storage.
    """
    current = select(Upload.id).where(
        Upload.id == writer.upload_id, Upload.writer == writer.number, Upload.gone.is_(False)
    )
    return session.scalar(current) is not None


def new_part_key(writer: Writer) -> str:
    return f"{_ROOT}/{writer.upload_id}/{new_id('part')}"


def add_part(session: Session, writer: Writer, *, key: str, size: int) -> Writer:
    """Record a stored part and return the writer at the new offset.

    Raises WrongState if another request has taken over; the object is then deleted with the upload.
    """
    result = session.execute(
        update(Upload)
        .where(
            Upload.id == writer.upload_id,
            Upload.writer == writer.number,
            Upload.offset_bytes == writer.offset,
            Upload.gone.is_(False),
        )
        .values(offset_bytes=writer.offset + size, expires_at=now() + LIFETIME)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise taken_over()
    session.add(
        UploadPart(
            upload_id=writer.upload_id, start_byte=writer.offset, size_bytes=size, object_key=key
        )
    )
    return replace(writer, offset=writer.offset + size)


def taken_over() -> WrongState:
    return WrongState(
        "Another request continues this upload, or it was ended. Ask for the offset with HEAD.",
        code="offset_mismatch",
    )


def end(session: Session, storage: Storage, *, user_id: str, upload_id: str) -> None:
    """End the upload: its client deleted it, or a job uses it. It cannot be used again.

    Raises NotFound if another request ended it first.
    """
    owned(session, user_id=user_id, upload_id=upload_id)
    result = session.execute(
        update(Upload).where(Upload.id == upload_id, Upload.gone.is_(False)).values(gone=True)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise NotFound("The upload no longer exists. Start it again.")

    def delete_parts() -> None:
        _delete_parts(storage, upload_id)  # the sweeper deletes what stays

    after_commit(session, delete_parts)


def complete(session: Session, *, user_id: str, upload_id: str) -> CompleteUpload:
    """The complete upload, ready to be assembled. Raises NotFound, or WrongState if incomplete."""
    upload = owned(session, user_id=user_id, upload_id=upload_id)
    parts = _parts(session, upload)
    fields = parse_metadata(upload.metadata_header)
    names = [fields.pop(key) for key in _NAME_KEYS if key in fields]
    return CompleteUpload(
        upload_id=upload_id,
        filename=display_name(names[0] if names else ""),
        size_bytes=upload.length_bytes,
        fields=fields,
        part_keys=parts,
        is_direct=upload.direct_key is not None,
    )


def _parts(session: Session, upload: Upload) -> tuple[tuple[str, int], ...]:
    if upload.direct_key is not None:
        return ((upload.direct_key, upload.length_bytes),)
    if upload.offset_bytes != upload.length_bytes:
        raise _incomplete(upload.offset_bytes, upload.length_bytes)
    rows = session.execute(
        select(UploadPart.object_key, UploadPart.size_bytes)
        .where(UploadPart.upload_id == upload.id)
        .order_by(UploadPart.start_byte)
    )
    parts = tuple((key, size) for key, size in rows)
    assert sum(size for _, size in parts) == upload.length_bytes
    return parts


def _incomplete(received: int, expected: int) -> WrongState:
    return WrongState(
        f"The upload has {received} of {expected} bytes. Send the rest first.",
        code="upload_incomplete",
        offset=received,
    )


@contextmanager
def assembled(
    storage: Storage, upload: CompleteUpload, *, folder: Path
) -> Iterator[ReceivedUpload]:
    """The parts as one temporary file, deleted after the block unless the block moves it away.

    Slow: call it without a transaction. Raises AppError 409 or 507, ObjectMissing or
    StorageUnavailable.
    """
    etag = _etag_of_sent(storage, upload) if upload.is_direct else None
    path = folder / f"{new_id('up')}.upload"
    digest = hashlib.sha256()
    try:
        with disk_errors():
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                for key, size in upload.part_keys:
                    for chunk in storage.stream(key, start=0, end=size, etag=etag):
                        digest.update(chunk)
                        file.write(chunk)
        yield ReceivedUpload(
            path=path,
            filename=upload.filename,
            sha256=digest.hexdigest(),
            size_bytes=upload.size_bytes,
            fields=upload.fields,
        )
    finally:
        path.unlink(missing_ok=True)


def _etag_of_sent(storage: Storage, upload: CompleteUpload) -> str | None:
    key, _ = upload.part_keys[0]
    try:
        sent = storage.sent(key)
    except ObjectMissing as error:
        raise _incomplete(0, upload.size_bytes) from error
    if sent.size_bytes != upload.size_bytes:
        raise _incomplete(sent.size_bytes, upload.size_bytes)
    return sent.etag


def sweep(database: Database, storage: Storage) -> int:
    """Delete ended and expired uploads with their parts; returns how many.

    Objects go first: if the storage does not answer, the row stays and the next sweep tries again.
    """
    with database.write() as session:
        # A link is valid after its upload has ended, so a file may still arrive: delete it later.
        link_is_dead = or_(Upload.direct_key.is_(None), Upload.created_at <= now() - DIRECT_KEPT)
        due = or_(and_(Upload.gone.is_(True), link_is_dead), Upload.expires_at <= now())
        ids = list(session.scalars(select(Upload.id).where(due).limit(1_000)))
        session.execute(update(Upload).where(Upload.id.in_(ids)).values(gone=True))
    swept = [upload_id for upload_id in ids if _delete_parts(storage, upload_id)]
    with database.write() as session:
        session.execute(delete(Upload).where(Upload.id.in_(swept)))
    return len(swept)


def _delete_parts(storage: Storage, upload_id: str) -> bool:
    try:
        storage.delete_prefix(f"{_ROOT}/{upload_id}")
    except (StorageUnavailable, ObjectMissing) as e:  # missing: another process has deleted it
        log.warning("uploads.parts_left", upload_id=upload_id, reason=type(e).__name__)
        return False
    return True


def parse_metadata(header: str) -> dict[str, str]:
    """Parse an Upload-Metadata header: ``key base64value,key2 base64value2``.

    Raises AppError 400.
    """
    if len(header) > METADATA_CHARS_MAX:
        raise _bad_metadata(f"it is longer than {METADATA_CHARS_MAX} characters")
    metadata: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not key or not key.isascii() or key in metadata:
            raise _bad_metadata(f"the key {key!r} is empty, not ASCII or repeated")
        try:
            metadata[key] = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError as e:  # binascii.Error, or letters that are not ASCII or not UTF-8
            raise _bad_metadata(f"the value of {key!r} is not UTF-8 text in base 64") from e
    return metadata


def _bad_metadata(reason: str) -> AppError:
    return AppError(f"Upload-Metadata cannot be read: {reason}.", code="bad_upload_metadata")
