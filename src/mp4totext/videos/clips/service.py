"""Clips of a recording: its best passages as drafts, chosen here or by a language model.

Each function works in its caller's transaction.
"""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits import prices as price_list
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from mp4totext.videos import queries, revisions
from mp4totext.videos.clips.operations import (
    FIND_CLIPS,
    ClipsParams,
    clips_order,
    nothing_of_length,
    source_for,
    storyboard_of,
)
from mp4totext.videos.clips.schemas import ClipOut, ClipsAccepted, ClipsOut, ClipsRequest
from mp4totext.videos.sources import Source
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
        title = revisions.board_of(video).look.title or ""
        clips.append(ClipOut(title=title, **clip.model_dump()))
    return ClipsOut(clips=clips)


def _draft(
    session: Session, user_id: str, source: Source, body: ClipsRequest, clip: Clip
) -> _StoredClip:
    board = storyboard_of(source, body, from_ms=clip.start_ms, to_ms=clip.end_ms, title=clip.title)
    video = revisions.first(
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


def make_with_model(
    session: Session, runtime: Runtime, caller: Caller, body: ClipsRequest
) -> ClipsAccepted:
    """Clips that a language model chooses. Raises AppError before anything is held."""

    def order() -> ClipsAccepted:
        prices = price_list.current(session)
        planner, version = clips_order(session, runtime, caller.user_id, body, prices)
        assert planner is not None  # ``make`` is for the others
        video_ids = sorted(new_id("vid") for _ in range(body.n))
        params = ClipsParams(request=body, version=version, planner=planner, video_ids=video_ids)
        job = submit(session, caller, FIND_CLIPS, params, subject_id=body.transcription_id)
        return ClipsAccepted.of(
            job,
            id=body.transcription_id,
            transcription_id=body.transcription_id,
            provider=planner.choice.provider,
            model=planner.choice.model,
            video_ids=video_ids,
        )

    return accept(session, caller, ("clips", body.model_dump(mode="json")), ClipsAccepted, order)
