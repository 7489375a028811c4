"""Make and read renditions. Each function works in its caller's transaction."""

from sqlalchemy.orm import Session

from mp4totext.jobs import acceptance
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.storage import ObjectMissing
from mp4totext.media.peaks import PEAKS_PER_S, in_buckets
from mp4totext.media.playable import SOUND_TYPE
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions import views
from mp4totext.transcriptions.errors import NotReady
from mp4totext.transcriptions.files import peaks_key, playback_key, poster_key
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.renditions import queries
from mp4totext.transcriptions.renditions.errors import NoPicture, NotMade
from mp4totext.transcriptions.renditions.models import Playback, Rendition
from mp4totext.transcriptions.renditions.operations import MAKE_RENDITIONS, RenditionsParams
from mp4totext.transcriptions.renditions.schemas import RenditionsOut

POSTER_TYPE = "image/jpeg"


def make(
    session: Session, links: FileLinks, caller: Caller, transcription_id: str
) -> RenditionsOut:
    """The existing renditions, or the job that makes them; one at a time. Raises NotReady."""
    transcription = transcriptions.get(
        session, user_id=caller.user_id, transcription_id=transcription_id, lock=True
    )
    state = state_of(session, links, transcription)
    if state.ready or state.job_id is not None:
        return state
    if transcription.media_key is None or transcription.duration_ms is None:
        raise NotReady("The recording has not been downloaded yet. Wait for its job.")
    recording = RecordingRef(
        transcription_id=transcription.id,
        media_key=transcription.media_key,
        duration_ms=transcription.duration_ms,
    )
    options = TranscriptionOptions.model_validate(transcription.options)
    params = RenditionsParams(
        recording=recording,
        has_video=transcription.has_video,
        sources=options.source_options,
    )
    job = acceptance.submit(session, caller, MAKE_RENDITIONS, params, subject_id=transcription.id)
    return state.model_copy(update={"job_id": job.id})


def state_of(session: Session, links: FileLinks, transcription: Transcription) -> RenditionsOut:
    row = session.get(Rendition, transcription.id)
    if row is None:
        job = queries.active_job(session, transcription.id, operation=MAKE_RENDITIONS.name)
        return RenditionsOut(ready=False, job_id=None if job is None else job.id)
    key, media_type, _ = playback_of(transcription, row)
    return RenditionsOut(
        ready=True,
        original_plays=row.playback == Playback.ORIGINAL,
        playback_url=links.to(key, media_type=media_type, filename=transcription.filename),
        playback_type=media_type,
        poster_url=None
        if row.poster_bytes is None
        else links.to(poster_key(transcription.id), media_type=POSTER_TYPE, filename="poster.jpg"),
    )


def playback_of(transcription: Transcription, row: Rendition | None) -> tuple[str, str, int]:
    """The key, type and size of the playable file; the original until renditions exist.

    Raises NotReady until the recording has arrived.
    """
    if row is not None and row.playback_bytes is not None:
        return playback_key(transcription.id), SOUND_TYPE, row.playback_bytes
    if transcription.media_key is None or transcription.size_bytes is None:
        raise NotReady("The recording has not been downloaded yet. Wait for its job.")
    return transcription.media_key, views.browser_type(transcription), transcription.size_bytes


def poster_of(session: Session, transcription: Transcription) -> tuple[str, int]:
    """The key and size of the picture. Raises NotMade or NoPicture."""
    row = queries.made(session, transcription.id)
    if row.poster_bytes is None:
        raise NoPicture
    return poster_key(transcription.id), row.poster_bytes


def peaks_between(
    runtime: Runtime, row: Rendition, *, from_ms: int, to_ms: int | None, buckets: int
) -> bytes:
    """At most ``buckets`` peaks, one byte each. Raises NotMade if their file is missing."""
    start = min(from_ms * PEAKS_PER_S // 1000, row.peaks)
    end = row.peaks if to_ms is None else min(-(-to_ms * PEAKS_PER_S // 1000), row.peaks)
    try:
        stored = runtime.storage.stream(peaks_key(row.transcription_id), start=start, end=end)
        return in_buckets(b"".join(stored), buckets)
    except ObjectMissing as error:
        raise NotMade from error
