"""Exports all data of an account as one ZIP file, which is created while it is sent."""

import json
import zipfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, undefer
from starlette.concurrency import iterate_in_threadpool

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, require_scope
from mp4totext.auth.identity import Identity
from mp4totext.auth.models import ApiKey, Login, Preferences, User
from mp4totext.credits.models import CreditEntry
from mp4totext.downloads import documents
from mp4totext.downloads.archive import Sink, free_name
from mp4totext.exports.filenames import filename
from mp4totext.exports.registry import EXPORTS
from mp4totext.exports.rendering import RENDERERS
from mp4totext.images.files import picture_key
from mp4totext.images.models import StoredPicture
from mp4totext.jobs.models import WebhookTarget
from mp4totext.kit.db import Base
from mp4totext.kit.errors import AppError
from mp4totext.kit.fair_slots import FairSlots
from mp4totext.kit.http import problems
from mp4totext.kit.storage import ObjectMissing
from mp4totext.runtime import Runtime
from mp4totext.shares.models import Share, ShareComment
from mp4totext.texts.models import WrittenText
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import (
    Tag,
    Transcription,
    TranscriptionTag,
    TranscriptVersion,
)
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile, SpeakerProfileConsent
from mp4totext.videos.files import video_key
from mp4totext.videos.models import Brand, Video
from mp4totext.voices import files as speech_files
from mp4totext.voices.models import Speech

_Row = TypeVar("_Row", bound=Base)

# Rows of an account, by their names in account.json. What is in ``_SECRET`` is left out of each.
ARCHIVED: dict[str, type[Base]] = {
    "devices": Login,
    "api_keys": ApiKey,
    "webhooks": WebhookTarget,
    "credits": CreditEntry,
    "recordings": Transcription,
    "tags": Tag,
    "texts": WrittenText,
    "shares": Share,
    "comments": ShareComment,
    "speaker_profile_consents": SpeakerProfileConsent,
    "speaker_profiles": SpeakerProfile,
    "pictures": StoredPicture,
    "brands": Brand,
    "videos": Video,
    "speeches": Speech,
}
# Rows with additional data: see ``_account`` and ``zipped``.
ELSEWHERE: dict[str, str] = {
    "users": "as account",
    "preferences": "as preferences",
    "transcription_tags": "as recording_tags",
    "transcript_versions": "each version is a file",
    "transcript_details": "in the file of its version: chapters, highlights, what was left out",
    "transcript_segments": "in the file of its version",
}
NOT_ARCHIVED: dict[str, str] = {
    "transcript_changes": "the files have what the edits made of the text",
    "text_sources": "the citations of an answer name its recordings",
    "search_documents": "an index of what the files say",
    "meaning_documents": "an index of what the files say",
    "speaker_profile_suggestions": "guesses, made again from profiles",
    "renditions": "copies of the recording for players",
    "video_pieces": "parts of the videos, made again",
    "jobs": "what they made, and what it cost, is there",
    "job_steps": "unfinished work of jobs",
    "live_sessions": "until the session is a recording",
    "live_chunks": "until the session is a recording",
    "uploads": "unfinished; they end within days",
    "upload_parts": "unfinished; they end within days",
    "events": "messages about what is there",
    "event_cursors": "a number",
    "credit_accounts": "the sums of credits",
    "credit_holds": "the sums of credits",
    "idempotent_answers": "answers of the last day, in case a request is repeated",
    "password_codes": "a secret",
    "refresh_tokens": "a secret",
    "sign_in_codes": "a secret",
    "ws_tickets": "a secret",
    "audit_log": "what administrators did",
}
_WITH_TEXT = (WrittenText.body, WrittenText.data, WrittenText.citations, Speech.text)

router = APIRouter(prefix="/api/v1", tags=["auth"])

LEFT_OUT = "left-out.txt"
TRANSCRIPT_FORMATS = ("json", "txt")  # JSON also has all findings and texts
_SECRET = {  # or useless elsewhere
    *("password_hash", "token_hash", "secret_hash"),
    *("media_key", "job_id", "user_id", "key", "sha256", "folded"),
}


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
    summary="Download all data of your account as a ZIP file",
)
async def download_my_data(
    user: Annotated[Identity, require_scope("account")], request: Request, runtime: RuntimeDep
) -> StreamingResponse:
    """`account.json` describes it; `left-out.txt` names what could not be read, if anything."""
    headers = {"Content-Disposition": 'attachment; filename="mp4totext-account.zip"'}
    slots: FairSlots = request.app.state.export_slots
    contents = await slots.run(user.user_id, partial(_contents, runtime, user.user_id))
    content = zipped(runtime, slots, user.user_id, contents)
    return StreamingResponse(content, media_type="application/zip", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    account: str  # JSON
    recordings: list[Transcription]
    versions: dict[str, list[int]]  # of the recordings, see ``_versions``
    files: list[tuple[str, str]]  # names in the archive, and keys in storage


def _contents(runtime: Runtime, user_id: str) -> Contents:
    with runtime.database.read() as session:
        recordings = _owned(session, Transcription, user_id)
        media = [
            (f"recordings/{filename(each.title, each.filename.rpartition('.')[2])}", each.media_key)
            for each in recordings
            if each.media_key is not None
        ]
        return Contents(
            account=json.dumps(_account(session, user_id), indent=1, ensure_ascii=False),
            recordings=recordings,
            versions=_versions(session, user_id),
            files=[*_made_files(session, user_id), *media],
        )


async def zipped(
    runtime: Runtime, slots: FairSlots, user_id: str, contents: Contents
) -> AsyncIterator[bytes]:
    """Yield the archive in chunks, with only one text or one chunk of a file in memory.

    Rendering a text takes one of the account's slots.
    """
    sink, taken, left_out = Sink(), dict[str, int](), list[str]()

    def write(name: str, recording_id: str, version: int, extension: str) -> None:
        content = _transcript(runtime, user_id, recording_id, version, extension)
        archive.writestr(name, content)

    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        await slots.run(user_id, partial(archive.writestr, "account.json", contents.account))
        for recording in contents.recordings:
            for title, version, extension in _transcripts(
                recording, contents.versions[recording.id]
            ):
                name = free_name(f"recordings/{filename(title, extension)}", taken)
                try:
                    await slots.run(user_id, partial(write, name, recording.id, version, extension))
                except AppError as error:  # deleted in the meantime, or too large
                    left_out.append(f"{name}: {error.message}")
                yield sink.taken()
        for name, key in contents.files:
            stored = _stored(runtime, archive, sink, free_name(name, taken), key, left_out)
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
    member = zipfile.ZipInfo(name)  # not compressed: media does not shrink
    with archive.open(member, "w", force_zip64=size >= 1 << 31) as file:
        for chunk in runtime.storage.stream(key, start=0, end=size):
            file.write(chunk)
            yield sink.taken()


def _account(session: Session, user_id: str) -> dict[str, Any]:  # JSON values
    preferences = session.get(Preferences, user_id)
    tagged = select(TranscriptionTag).join(Tag, Tag.id == TranscriptionTag.tag_id)
    tags = session.scalars(tagged.where(Tag.user_id == user_id))
    return {
        "account": _plain(session.get_one(User, user_id)),
        "preferences": {} if preferences is None else preferences.body,
        **{
            name: [_plain(row) for row in _owned(session, model, user_id)]
            for name, model in ARCHIVED.items()
        },
        "recording_tags": [_plain(row) for row in tags],
    }


def _plain(row: Base) -> dict[str, Any]:  # JSON values
    """The loaded columns of a row, without secrets and internal ones."""
    columns = [column.key for column in row.__mapper__.column_attrs if column.key in row.__dict__]
    values = {name: getattr(row, name) for name in columns if name not in _SECRET}
    return {name: _json(value) for name, value in values.items()}


def _json(value: Any) -> Any:  # of a column
    return value.isoformat() if hasattr(value, "isoformat") else value


def _owned(session: Session, model: type[_Row], user_id: str) -> list[_Row]:
    """The rows of an account, with deferred columns that are useful to its owner."""
    mapper = inspect(model)
    statement = select(model).where(mapper.columns["user_id"] == user_id)
    large = [undefer(column) for column in _WITH_TEXT if column.class_ is model]
    return list(session.scalars(statement.options(*large).order_by(*mapper.primary_key)))


def _made_files(session: Session, user_id: str) -> list[tuple[str, str]]:
    """The generated files of an account: name in the archive and key in storage."""
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
            for each in _owned(session, Speech, user_id)
            if each.finished_at is not None
        ),
    ]


def _versions(session: Session, user_id: str) -> dict[str, list[int]]:
    """The version numbers of each recording, oldest first."""
    statement = (
        select(TranscriptVersion.transcription_id, TranscriptVersion.number)
        .join(Transcription, Transcription.id == TranscriptVersion.transcription_id)
        .where(Transcription.user_id == user_id)
        .order_by(TranscriptVersion.transcription_id, TranscriptVersion.number)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for transcription_id, number in session.execute(statement):
        found[transcription_id].append(number)
    return found


def _transcripts(
    recording: Transcription, versions: Sequence[int]
) -> Iterator[tuple[str, int, str]]:
    """Title, version and format of each file: the current one, then the others in full."""
    if recording.version is not None:
        for extension in TRANSCRIPT_FORMATS:
            yield recording.title, recording.version, extension
    for version in versions:
        if version != recording.version:
            yield f"{recording.title} (version {version})", version, TRANSCRIPT_FORMATS[0]


def _transcript(
    runtime: Runtime, user_id: str, transcription_id: str, version: int, name: str
) -> bytes:
    export = EXPORTS[name]
    with runtime.database.read() as session:
        transcription = queries.get(session, user_id=user_id, transcription_id=transcription_id)
        document = documents.of_recording(session, transcription, export, {}, version=version)
    return RENDERERS.render(export, document)
