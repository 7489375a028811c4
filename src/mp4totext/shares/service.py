"""Create and open shares, and build the responses for visitors."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from urllib.parse import unquote

from sqlalchemy import update
from sqlalchemy.orm import Session

from mp4totext.auth.passwords import hash_password, verify_password
from mp4totext.auth.tokens import derived_secret, hashed
from mp4totext.downloads.documents import chapters_in
from mp4totext.editing.assign_speakers import without_speakers
from mp4totext.exports.documents import Document
from mp4totext.exports.findings import Findings
from mp4totext.exports.options import parse_options
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from mp4totext.shares import queries
from mp4totext.shares.comments import shared_comment
from mp4totext.shares.errors import NotShared, PasswordNeeded, TooManyShares
from mp4totext.shares.models import Share
from mp4totext.shares.schemas import (
    SharedOut,
    SharedSegment,
    ShareOut,
    ShareRequest,
)
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.edits.packed_words import LAST_MS, packed
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.renditions.models import Rendition
from mp4totext.transcriptions.renditions.service import playback_of
from mp4totext.transcriptions.segments import speakers_from_json
from mp4totext.transcriptions.versions import transcript_of

PREFIX = "mp4h_"  # of the tokens in links
MAX_SHARES = 50  # for each recording


def make(runtime: Runtime, user_id: str, transcription_id: str, body: ShareRequest) -> ShareOut:
    """Create a share. Opens the transaction itself, as hashing a password takes 0.3 s.

    Raises TranscriptionNotFound, TooManyShares, and Invalid for an end in the past.
    """
    at = now()
    if body.expires_at is not None and body.expires_at <= at:
        raise Invalid("The link would have expired already: choose a later end.", code="in_past")
    rounds = runtime.settings.auth.bcrypt_rounds
    password_hash = None if body.password is None else hash_password(body.password, rounds=rounds)
    with runtime.database.write() as session:
        transcription = transcriptions.get(
            session, user_id=user_id, transcription_id=transcription_id, lock=True
        )
        if queries.count(session, transcription.id) >= MAX_SHARES:
            raise TooManyShares(
                f"A recording has at most {MAX_SHARES} links: revoke one of them first."
            )
        share_id = new_id("shr")
        share = Share(
            id=share_id,
            user_id=user_id,
            transcription_id=transcription.id,
            token_hash=hashed(token_of(runtime, share_id)),
            password_hash=password_hash,
            with_media=body.with_media,
            with_speakers=body.with_speakers,
            may_export=body.may_export,
            may_comment=body.may_comment,
            expires_at=body.expires_at,
            opened=0,
            created_at=at,
        )
        session.add(share)
        return share_out(runtime, share, title=transcription.title)


def token_of(runtime: Runtime, share_id: str) -> str:
    """Derive the token, so that its owner can see it again although only its hash is stored."""
    return derived_secret(
        PREFIX, server_secret=runtime.settings.secret_key, salt=f"share:{share_id}"
    )


def share_out(runtime: Runtime, share: Share, *, title: str) -> ShareOut:
    return ShareOut(
        id=share.id,
        transcription_id=share.transcription_id,
        title=title,
        token=token_of(runtime, share.id),
        with_media=share.with_media,
        with_speakers=share.with_speakers,
        may_export=share.may_export,
        may_comment=share.may_comment,
        has_password=share.password_hash is not None,
        expires_at=share.expires_at,
        expired=share.expires_at is not None and share.expires_at <= now(),
        opened=share.opened,
        last_opened_at=share.last_opened_at,
        created_at=share.created_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The visitor of a link, who has no account."""

    password: str | None
    address: str


@contextmanager
def opened(
    runtime: Runtime, token: str, visitor: Visitor
) -> Iterator[tuple[Session, Share, Transcription]]:
    """A read session for a visitor. Raises ShareNotFound or PasswordNeeded."""
    with runtime.database.read() as session:
        share, _ = queries.opened_by(session, hashed(token), now())
    _check_password(runtime, share, visitor)
    with runtime.database.read() as session:
        share, transcription = queries.opened_by(session, hashed(token), now())
        yield session, share, transcription


def _check_password(runtime: Runtime, share: Share, visitor: Visitor) -> None:
    """Raises PasswordNeeded. Works outside of any session, as hashing takes 0.3 s.

    Attempts are limited by address, so that guessing does not lock out other visitors. The link's
    higher limit is for guesses from many addresses.
    """
    if share.password_hash is None:
        return
    if visitor.password is None:
        raise PasswordNeeded
    runtime.limiter.check("login", "share", share.id, visitor.address)
    runtime.limiter.check("shared", "passwords of", share.id)
    rounds = runtime.settings.auth.bcrypt_rounds
    if not any(
        verify_password(each, share.password_hash, rounds=rounds)
        for each in _written(visitor.password)
    ):
        raise PasswordNeeded


def _written(header: str) -> list[str]:
    """The possible values of a header.

    HTTP reads headers as Latin-1: browsers percent-encode other letters, and tools send UTF-8.
    """
    with suppress(UnicodeError):  # it is Latin-1
        header = header.encode("latin-1").decode()
    return list(dict.fromkeys((header, unquote(header))))


@contextmanager
def opened_to_write(
    runtime: Runtime, token: str, visitor: Visitor
) -> Iterator[tuple[Session, Share, Transcription]]:
    """Like ``opened``, in a transaction that locks the recording, so that counts are right."""
    with opened(runtime, token, visitor) as (_, share, _):
        transcription_id = share.transcription_id
    with runtime.database.write() as session:
        session.get(Transcription, transcription_id, with_for_update=True)
        share, transcription = queries.opened_by(session, hashed(token), now())
        yield session, share, transcription


def note_opening(runtime: Runtime, share_id: str) -> None:
    with runtime.database.write() as session:
        session.execute(
            update(Share)
            .where(Share.id == share_id)
            .values(opened=Share.opened + 1, last_opened_at=now())
        )


def shared_out(
    session: Session, runtime: Runtime, share: Share, transcription: Transcription
) -> SharedOut:
    """The response for visitors. Raises NotReady if there is no transcript."""
    version = transcriptions.version(session, transcription)
    names = {}
    if share.with_speakers:
        names = {each.id: each.label for each in speakers_from_json(version.speakers)}
    rows = transcriptions.segments(session, version)
    chapters = chapters_in(session, version, {row["id"]: row["start_ms"] for row in rows})
    media_url, media_type = _media(session, runtime, share, transcription)
    comments = queries.comments_of(session, share)
    return SharedOut(
        title=transcription.title,
        language=version.language,
        duration_ms=transcription.duration_ms,
        has_video=transcription.has_video and share.with_media,
        version=version.number,
        revision=version.revision,
        segments=[
            SharedSegment(
                id=row["id"],
                start_ms=row["start_ms"],
                end_ms=row["end_ms"],
                text=row["text"],
                speaker=names.get(row["speaker"] or ""),
            )
            for row in rows
        ],
        chapters=[
            {
                "start": chapter.start_ms,
                "end": chapter.end_ms,
                "headline": chapter.headline,
                "gist": chapter.gist,
                "summary": chapter.summary,
                "segment_ids": list(chapter.segment_ids),
            }
            for chapter in chapters
        ],
        media_url=media_url,
        media_type=media_type,
        may_export=share.may_export,
        may_comment=share.may_comment,
        comments=[shared_comment(row) for row in comments] if share.may_comment else [],
        expires_at=share.expires_at,
    )


def _media(
    session: Session, runtime: Runtime, share: Share, transcription: Transcription
) -> tuple[str | None, str | None]:
    if not share.with_media or transcription.media_key is None:
        return None, None
    row = session.get(Rendition, transcription.id)
    key, media_type, _ = playback_of(transcription, row)
    links = FileLinks(runtime, {"share": share.id})
    return links.to(key, media_type=media_type, filename=transcription.filename), media_type


def packed_words(session: Session, share: Share, version: TranscriptVersion) -> bytes:
    """``PackedWords`` as JSON."""
    words = packed(session, version, from_ms=0, to_ms=LAST_MS)
    if share.with_speakers:
        return words
    document = json.loads(words)
    for segment in document["segments"]:
        segment.pop("speakers", None)
    return json.dumps(document, ensure_ascii=False).encode()


def exported(session: Session, share: Share, transcription: Transcription) -> Document:
    """What an export contains: the content that the link's page shows.

    Raises NotShared.
    """
    if not share.may_export:
        raise NotShared
    version = transcriptions.version(session, transcription)
    transcript = transcript_of(session, version)
    starts_ms = {segment.id: segment.start_ms for segment in transcript.segments}
    options = replace(
        parse_options({"title": transcription.title}),
        made_at=version.created_at,
        findings=Findings(chapters=chapters_in(session, version, starts_ms)),
    )
    if share.with_speakers:
        return Document(transcript=transcript, options=options)
    return Document(transcript=without_speakers(transcript), options=options)
