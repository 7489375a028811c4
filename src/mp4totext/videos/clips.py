"""Clips of a recording: its best passages as drafts, chosen here or by a language model.

Each function works in its caller's transaction.
"""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.jobs.acceptance import accept
from mp4totext.jobs.caller import Caller
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.videos import queries
from mp4totext.videos.clip_schemas import ClipOut, ClipsOut, ClipsRequest
from mp4totext.videos.errors import BadStretch, NothingSpoken
from mp4totext.videos.models import Video
from mp4totext.videos.orders import Source, source_of
from mp4totext.videos.presets import Preset
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.storyboard import Storyboard
from mp4totext.writing.clips import Clip, Reason, find_clips


class _StoredClip(BaseModel):
    """What is kept for a repeated request: no words, which must not outlive their recording."""

    video_id: str
    from_ms: int
    to_ms: int
    score: float
    reasons: list[Reason]


class _StoredClips(BaseModel):
    clips: list[_StoredClip]


def make(session: Session, caller: Caller, body: ClipsRequest) -> ClipsOut:
    """Drafts of the best passages, chosen here. Raises AppError if none is long enough."""

    def drafts() -> _StoredClips:
        source = source_for(session, caller.user_id, body)
        found = find_clips(
            source.transcript, limit=body.n, least_ms=body.least_ms, most_ms=body.most_ms
        )
        if not found:
            raise nothing_of_length(body)
        return _StoredClips(clips=[_draft(session, caller.user_id, source, body, c) for c in found])

    request = ("clips", body.model_dump(mode="json"))
    made = accept(session, caller, request, _StoredClips, drafts)
    clips = []
    for clip in made.clips:
        video = queries.by_id(session, user_id=caller.user_id, video_id=clip.video_id)
        title = Storyboard.model_validate(video.storyboard).look.title or ""
        clips.append(ClipOut(title=title, **clip.model_dump()))
    return ClipsOut(clips=clips)


def _draft(
    session: Session, user_id: str, source: Source, body: ClipsRequest, clip: Clip
) -> _StoredClip:
    board = board_of(source, body, from_ms=clip.start_ms, to_ms=clip.end_ms, title=clip.title)
    video = draft(
        session,
        user_id,
        body.transcription_id,
        version=source.stored.number,
        preset="clip",
        board=board,
    )
    return _StoredClip(
        video_id=video.id,
        from_ms=clip.start_ms,
        to_ms=clip.end_ms,
        score=clip.score,
        reasons=list(clip.reasons),
    )


def source_for(session: Session, user_id: str, body: ClipsRequest) -> Source:
    """Raises AppError for a missing recording or transcript, or impossible lengths."""
    source = source_of(session, user_id, body.transcription_id, body.version)
    if body.least_ms > body.most_ms:
        raise BadStretch("least_ms is more than most_ms.")
    return source


def nothing_of_length(body: ClipsRequest) -> NothingSpoken:
    return NothingSpoken(
        f"No passage of {body.least_ms // 1000} to {body.most_ms // 1000} seconds begins and "
        "ends with a sentence. Ask for other lengths, or choose the range of the clip yourself."
    )


def board_of(
    source: Source, body: ClipsRequest, *, from_ms: int, to_ms: int, title: str
) -> Storyboard:
    """Raises AppError for a clip that cannot be made."""
    chosen = body.model_dump(include={"aspect", "fit", "captions", "palette"})
    return source.board(
        VideoOptions(preset="clip", from_ms=from_ms, to_ms=to_ms, title=title, **chosen)
    )


def draft(
    session: Session,
    user_id: str,
    transcription_id: str,
    *,
    version: int,
    preset: Preset,
    board: Storyboard,
    video_id: str | None = None,
) -> Video:
    video = Video(
        id=video_id or new_id("vid"),
        user_id=user_id,
        transcription_id=transcription_id,
        job_id=None,
        version=version,
        preset=preset,
        storyboard=board.as_json(),
        revision=1,
        warnings=[],
        has_parts=False,
        created_at=now(),
    )
    session.add(video)
    session.flush()
    return video
