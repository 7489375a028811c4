"""The life of a resumable upload: create, take the pen, add parts, assemble, end, sweep."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.kit.db import Database, after_commit
from mp4totext.kit.errors import AppError, Invalid, NotFound, TooManyRequests, WrongState
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing, Storage, StorageUnavailable
from mp4totext.kit.upload import ReceivedUpload, disk_errors, display_name, too_large
from mp4totext.uploads.models import METADATA_CHARS_MAX, Upload, UploadPart

LIFETIME = timedelta(hours=24)  # since the last part
OPEN_PER_USER_MAX = 50
DIRECT_URL_S = 3_600
DIRECT_KEPT = timedelta(hours=6)  # a PUT that began while its link was good may last
_ROOT = "uploads"
_NAME_KEYS = ("filename", "name")

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """The right to write at ``offset``, until another request takes it."""

    upload_id: str
    writer: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteUpload:
    """All bytes are there. ``part_keys`` in order."""

    upload_id: str
    filename: str
    size_bytes: int
    fields: dict[str, str]
    part_keys: tuple[tuple[str, int], ...]  # (object key, bytes)
    is_direct: bool  # sent by the client to the store: whether it is there, only the store knows


def create(
    session: Session,
    *,
    user_id: str,
    length: int,
    metadata_header: str,
    max_bytes: int,
    direct: bool = False,
) -> Upload:
    """With ``direct`` the client PUTs the file to the store. Raises AppError 400, 413, 422, 429."""
    if length > max_bytes:
        raise too_large(max_bytes)
    if length == 0:
        raise Invalid("The file is empty. Choose the recording again.", code="empty_file")
    parse_metadata(metadata_header)
    open_now = session.scalar(
        select(func.count()).where(Upload.user_id == user_id, Upload.gone.is_(False))
    )
    if (open_now or 0) >= OPEN_PER_USER_MAX:
        raise TooManyRequests(
            f"{OPEN_PER_USER_MAX} uploads are already open. Finish or delete some of them.",
            code="too_many_uploads",
        )
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
    """Raises NotFound for another user's, an ended and an expired one."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.user_id != user_id or upload.gone or upload.expires_at <= now():
        raise NotFound("There is no such upload, or it has expired. Start the upload again.")
    return upload


def take_pen(session: Session, *, user_id: str, upload_id: str, offset: int) -> Pen:
    """Fences out a request that still writes. Raises NotFound, or WrongState on a stale offset."""
    upload = owned(session, user_id=user_id, upload_id=upload_id)
    if upload.direct_key is not None:
        raise WrongState("This upload goes to its link with one PUT.", code="direct_upload")
    taken = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.offset_bytes == offset, Upload.gone.is_(False))
        .values(writer=Upload.writer + 1)
        .returning(Upload.writer)
    ).scalar_one_or_none()
    if taken is None:
        raise WrongState(
            f"The upload stands at byte {upload.offset_bytes}, not {offset}. Ask for the offset "
            "with HEAD and go on from there.",
            code="offset_mismatch",
            offset=upload.offset_bytes,
        )
    return Pen(upload_id=upload_id, writer=taken, offset=offset, length=upload.length_bytes)


def pen_holds(session: Session, pen: Pen) -> bool:
    """Looked at before a part is stored, so that a fenced-out request does not fill the storage."""
    found = select(Upload.id).where(
        Upload.id == pen.upload_id, Upload.writer == pen.writer, Upload.gone.is_(False)
    )
    return session.scalar(found) is not None


def new_part_key(pen: Pen) -> str:
    return f"{_ROOT}/{pen.upload_id}/{new_id('part')}"


def add_part(session: Session, pen: Pen, *, key: str, size: int) -> Pen:
    """Raises WrongState when another request has taken over; then the object is nobody's."""
    result = session.execute(
        update(Upload)
        .where(
            Upload.id == pen.upload_id,
            Upload.writer == pen.writer,
            Upload.offset_bytes == pen.offset,
            Upload.gone.is_(False),
        )
        .values(offset_bytes=pen.offset + size, expires_at=now() + LIFETIME)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise fenced_out()
    session.add(
        UploadPart(upload_id=pen.upload_id, start_byte=pen.offset, size_bytes=size, object_key=key)
    )
    return Pen(
        upload_id=pen.upload_id, writer=pen.writer, offset=pen.offset + size, length=pen.length
    )


def fenced_out() -> WrongState:
    return WrongState(
        "Another request goes on with this upload, or it was ended. Ask for the offset with HEAD.",
        code="offset_mismatch",
    )


def end(session: Session, storage: Storage, *, user_id: str, upload_id: str) -> None:
    """The client's DELETE, or the job's transaction: the upload cannot be used again.

    Raises NotFound when somebody else was first.
    """
    owned(session, user_id=user_id, upload_id=upload_id)
    result = session.execute(
        update(Upload).where(Upload.id == upload_id, Upload.gone.is_(False)).values(gone=True)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise NotFound("There is no such upload any more.")

    def purge() -> None:
        _delete_parts(storage, upload_id)  # what it cannot delete, the sweeper will

    after_commit(session, purge)


def complete(session: Session, *, user_id: str, upload_id: str) -> CompleteUpload:
    """Raises NotFound, or WrongState while bytes are missing."""
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


def _incomplete(found: int, wanted: int) -> WrongState:
    return WrongState(
        f"The upload has {found} of {wanted} bytes. Send the rest first.",
        code="upload_incomplete",
        offset=found,
    )


@contextmanager
def assembled(storage: Storage, done: CompleteUpload, *, folder: Path) -> Iterator[ReceivedUpload]:
    """The parts as one temporary file, gone after the block unless the block moved it away.

    Slow and without a transaction. Raises AppError 409 or 507, ObjectMissing or StorageUnavailable.
    """
    if done.is_direct:
        _refuse_other_size(storage, done)
    path = folder / f"{new_id('up')}.upload"
    digest = hashlib.sha256()
    try:
        with disk_errors():
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                for key, size in done.part_keys:
                    for chunk in storage.stream(key, start=0, end=size):
                        digest.update(chunk)
                        file.write(chunk)
        yield ReceivedUpload(
            path=path,
            filename=done.filename,
            sha256=digest.hexdigest(),
            size_bytes=done.size_bytes,
            fields=done.fields,
        )
    finally:
        path.unlink(missing_ok=True)


def _refuse_other_size(storage: Storage, done: CompleteUpload) -> None:
    key, wanted = done.part_keys[0]
    try:
        found = storage.size(key)
    except ObjectMissing:
        found = 0
    if found != wanted:
        raise _incomplete(found, wanted)


def sweep(database: Database, storage: Storage) -> int:
    """Deletes ended and expired uploads with their parts; returns how many.

    Objects go first: should the storage not answer, the row stays and the next sweep tries again.
    """
    with database.write() as session:
        # A link outlives its upload: what is sent to it late is deleted too.
        over = or_(Upload.direct_key.is_(None), Upload.created_at <= now() - DIRECT_KEPT)
        due = or_(and_(Upload.gone.is_(True), over), Upload.expires_at <= now())
        ids = list(session.scalars(select(Upload.id).where(due).limit(1_000)))
        session.execute(update(Upload).where(Upload.id.in_(ids)).values(gone=True))
    swept = [upload_id for upload_id in ids if _delete_parts(storage, upload_id)]
    with database.write() as session:
        session.execute(delete(Upload).where(Upload.id.in_(swept)))
    return len(swept)


def _delete_parts(storage: Storage, upload_id: str) -> bool:
    try:
        storage.delete_prefix(f"{_ROOT}/{upload_id}")
    except (StorageUnavailable, ObjectMissing) as e:  # missing: somebody deletes at the same time
        log.warning("uploads.parts_left", upload_id=upload_id, reason=type(e).__name__)
        return False
    return True


def parse_metadata(header: str) -> dict[str, str]:
    """``key base64value,key2 base64value2``. Raises AppError 400."""
    if len(header) > METADATA_CHARS_MAX:
        raise _bad_metadata(f"it is longer than {METADATA_CHARS_MAX} characters")
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not key or not key.isascii() or key in found:
            raise _bad_metadata(f"the key {key!r} is empty, not ASCII or there twice")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as e:
            raise _bad_metadata(f"the value of {key!r} is not UTF-8 text in base 64") from e
    return found


def _bad_metadata(why: str) -> AppError:
    return AppError(f"Upload-Metadata cannot be read: {why}.", code="bad_upload_metadata")
