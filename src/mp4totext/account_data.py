"""All that the service keeps of an account, as one ZIP file that is made while it is sent."""

import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer
from starlette.concurrency import iterate_in_threadpool

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, require_scope
from mp4totext.auth.identity import Identity
from mp4totext.auth.models import Preferences, User
from mp4totext.credits.models import CreditEntry
from mp4totext.downloads import documents
from mp4totext.downloads.archive import Sink, free_name
from mp4totext.exports.filenames import filename
from mp4totext.exports.registry import EXPORTS
from mp4totext.exports.rendering import RENDERERS
from mp4totext.images.files import picture_key
from mp4totext.images.models import StoredPicture
from mp4totext.kit.db import Base
from mp4totext.kit.errors import AppError
from mp4totext.kit.fair_slots import FairSlots
from mp4totext.kit.http import problems
from mp4totext.kit.storage import ObjectMissing
from mp4totext.runtime import Runtime
from mp4totext.texts.models import WrittenText
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos.files import video_key
from mp4totext.videos.models import Brand, Video
from mp4totext.voices import files as speech_files
from mp4totext.voices.models import Speech

_Owned = TypeVar("_Owned", Transcription, StoredPicture, Video, Brand)

router = APIRouter(prefix="/api/v1", tags=["auth"])

LEFT_OUT = "left-out.txt"
TRANSCRIPT_FORMATS = ("json", "txt")  # JSON has all that was found and written, too
_SECRET = {"password_hash", "media_key", "job_id", "user_id", "key", "sha256"}  # of no use outside


@router.get(
    "/auth/me/data",
    response_class=StreamingResponse,
    responses=problems(401, 403)
    | {
        200: {
            "description": "A ZIP file",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    dependencies=[rate_limit("expensive")],
    summary="All your data: the account, recordings, transcripts, texts, pictures and videos",
)
async def download_my_data(
    user: Annotated[Identity, require_scope("account")], request: Request, runtime: RuntimeDep
) -> StreamingResponse:
    """`account.json` describes it; `left-out.txt` names what could not be read, if anything."""
    headers = {"Content-Disposition": 'attachment; filename="mp4totext-account.zip"'}
    slots: FairSlots = request.app.state.rendering
    kept = await slots.run(user.user_id, partial(_kept, runtime, user.user_id))
    content = zipped(runtime, slots, user.user_id, kept)
    return StreamingResponse(content, media_type="application/zip", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    account: str  # JSON
    recordings: list[Transcription]
    files: list[tuple[str, str]]  # names in the archive, and keys in storage


def _kept(runtime: Runtime, user_id: str) -> Kept:
    with runtime.database.read() as session:
        recordings = _owned(session, Transcription, user_id)
        return Kept(
            account=json.dumps(_account(session, user_id), indent=1, ensure_ascii=False),
            recordings=recordings,
            files=[*_made_files(session, user_id), *_media_files(recordings)],
        )


async def zipped(
    runtime: Runtime, slots: FairSlots, user_id: str, kept: Kept
) -> AsyncIterator[bytes]:
    """One text or a chunk of one file is in memory. A text takes one of the account's places."""
    sink, taken, left_out = Sink(), dict[str, int](), list[str]()

    def write(name: str, recording_id: str, extension: str) -> None:
        archive.writestr(name, _transcript(runtime, user_id, recording_id, extension))

    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        await slots.run(user_id, partial(archive.writestr, "account.json", kept.account))
        for recording in kept.recordings:
            for extension in TRANSCRIPT_FORMATS if recording.version is not None else ():
                name = free_name(f"recordings/{filename(recording.title, extension)}", taken)
                try:
                    await slots.run(user_id, partial(write, name, recording.id, extension))
                except AppError as error:  # gone meanwhile, or too large to be written
                    left_out.append(f"{name}: {error.message}")
                yield sink.taken()
        for wanted, key in kept.files:
            stored = _stored(runtime, archive, sink, free_name(wanted, taken), key, left_out)
            async for chunk in iterate_in_threadpool(stored):
                yield chunk
        if left_out:
            archive.writestr(LEFT_OUT, "\n".join(left_out) + "\n")
    yield sink.taken()


def _stored(
    runtime: Runtime,
    archive: zipfile.ZipFile,
    sink: Sink,
    name: str,
    key: str,
    left_out: list[str],
) -> Iterator[bytes]:
    try:
        size = runtime.storage.size(key)
    except ObjectMissing:
        left_out.append(f"{name}: its file is not here.")
        return
    member = zipfile.ZipInfo(name)  # stored as it is: media does not shrink
    with archive.open(member, "w", force_zip64=size >= 1 << 31) as file:
        for chunk in runtime.storage.stream(key, start=0, end=size):
            file.write(chunk)
            yield sink.taken()


def _account(session: Session, user_id: str) -> dict[str, Any]:  # JSON values
    preferences = session.get(Preferences, user_id)
    texts = select(WrittenText).where(WrittenText.user_id == user_id)
    speeches = select(Speech).where(Speech.user_id == user_id)
    entries = select(CreditEntry).where(CreditEntry.user_id == user_id).order_by(CreditEntry.id)
    return {
        "account": _plain(session.get_one(User, user_id)),
        "preferences": {} if preferences is None else preferences.body,
        "credits": [_plain(row) for row in session.scalars(entries)],
        "recordings": [_plain(row) for row in _owned(session, Transcription, user_id)],
        "texts": [_plain(row) for row in session.scalars(texts.options(undefer(WrittenText.body)))],
        "pictures": [_plain(row) for row in _owned(session, StoredPicture, user_id)],
        "brands": [_plain(row) for row in _owned(session, Brand, user_id)],
        "videos": [_plain(row) for row in _owned(session, Video, user_id)],
        "speeches": [
            _plain(row) for row in session.scalars(speeches.options(undefer(Speech.text)))
        ],
    }


def _plain(row: Base) -> dict[str, Any]:  # JSON values
    """The columns that are loaded and say something to the account's owner."""
    columns = [column.key for column in row.__mapper__.column_attrs if column.key in row.__dict__]
    values = {name: getattr(row, name) for name in columns if name not in _SECRET}
    return {name: _json(value) for name, value in values.items()}


def _json(value: Any) -> Any:  # of a column
    return value.isoformat() if hasattr(value, "isoformat") else value


def _owned(session: Session, model: type[_Owned], user_id: str) -> list[_Owned]:
    return list(session.scalars(select(model).where(model.user_id == user_id).order_by(model.id)))


def _media_files(recordings: Iterable[Transcription]) -> Iterator[tuple[str, str]]:
    for recording in recordings:
        if recording.media_key is not None:
            _, _, extension = recording.filename.rpartition(".")
            yield f"recordings/{filename(recording.title, extension)}", recording.media_key


def _made_files(session: Session, user_id: str) -> list[tuple[str, str]]:
    """Their names in the archive, and their keys in storage."""
    speeches = select(Speech).where(Speech.user_id == user_id, Speech.finished_at.is_not(None))
    return [
        *(
            (f"pictures/{each.id}.jpg", picture_key(each.id))
            for each in _owned(session, StoredPicture, user_id)
        ),
        *(
            (f"videos/{each.id}.mp4", video_key(each.id, each.rendered_revision))
            for each in _owned(session, Video, user_id)
            if each.rendered_revision is not None
        ),
        *(
            (f"brands/{brand.id}-{name}{Path(file['key']).suffix}", file["key"])
            for brand in _owned(session, Brand, user_id)
            for name in ("font", "intro", "outro")
            if (file := getattr(brand, name)) is not None
        ),
        *(
            (f"speeches/{each.id}.mp3", speech_files.key(each.id, speech_files.MP3))
            for each in session.scalars(speeches)
        ),
    ]


def _transcript(runtime: Runtime, user_id: str, transcription_id: str, name: str) -> bytes:
    export = EXPORTS[name]
    with runtime.database.read() as session:
        transcription = queries.get(session, user_id=user_id, transcription_id=transcription_id)
        document = documents.of_recording(session, transcription, export, {})
    return RENDERERS.render(export, document.transcript, document.options)
