"""The job that makes renditions: it decodes the whole sound once, and is free."""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Operation
from mp4totext.kit.clock import now
from mp4totext.media.choice import ANYTHING, SourceOptions
from mp4totext.media.decode import AudioReader
from mp4totext.media.peaks import PEAKS_PER_S, peaks_of
from mp4totext.media.playable import SoundWriter, is_playable
from mp4totext.media.poster import poster
from mp4totext.media.sources import Mix
from mp4totext.media.stereo import stereo_mix
from mp4totext.media.structure import Structure
from mp4totext.transcript import Source
from mp4totext.transcriptions.files import peaks_key, playback_key, poster_key
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.renditions.models import Playback, Rendition
from mp4totext.transcriptions.steps import prepare

WINDOW_MS = 10_000  # decoded at once, so that memory does not depend on the length


class RenditionsParams(BaseModel):
    recording: RecordingRef
    has_video: bool
    sources: SourceOptions = ANYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    playback: Playback
    playback_bytes: int | None
    peaks: int
    poster_bytes: int | None


class MakeRenditions(Operation[RenditionsParams, Rendered]):
    name = "renditions"
    params = RenditionsParams

    def queue(self, params: RenditionsParams) -> str | None:
        return "high"  # a user has opened the recording and waits

    def time_limit_s(self, params: RenditionsParams) -> int:
        # Slower than real time counts as stuck: it takes a hundredth of it.
        return 300 + params.recording.duration_ms // 1000

    def quote(self, params: RenditionsParams, prices: PriceList) -> Quote:
        return Quote(lines=())

    def run(self, params: RenditionsParams, ctx: Context) -> Rendered:
        storage, recording = ctx.runtime.storage, params.recording
        subject = recording.transcription_id
        path = prepare.fetch(storage, recording.media_key, ctx.workdir)
        structure, mix = _playback_mix(path, params.sources, ctx)
        tracks = {each.track for feed in mix.feeds for each in feed.inputs}
        playback = Playback.SOUND
        if is_playable(path, structure, tracks):
            playback = Playback.ORIGINAL
        copy = None if playback is Playback.ORIGINAL else ctx.workdir / "playback"
        with AudioReader(path, mix=mix, structure=structure) as reader:
            peaks = _decoded(reader, copy, duration_ms=recording.duration_ms, ctx=ctx)
        picture = None
        if params.has_video:
            picture = poster(path, structure, duration_ms=recording.duration_ms)
        storage.put(peaks_key(subject), peaks)
        if picture is not None:
            storage.put(poster_key(subject), picture)
        copy_bytes = None
        if copy is not None:
            copy_bytes = copy.stat().st_size
            storage.adopt(copy, playback_key(subject))
        return Rendered(
            playback=playback,
            playback_bytes=copy_bytes,
            peaks=len(peaks),
            poster_bytes=None if picture is None else len(picture),
        )

    def save(self, session: Session, job: JobView, result: Rendered) -> tuple[Line, ...]:
        assert job.subject_id is not None
        session.merge(
            Rendition(
                transcription_id=job.subject_id,
                playback=result.playback,
                playback_bytes=result.playback_bytes,
                peaks=result.peaks,
                poster_bytes=result.poster_bytes,
                created_at=now(),
            )
        )
        return ()


def _playback_mix(path: Path, options: SourceOptions, ctx: Context) -> tuple[Structure, Mix]:
    """The structure of the file, and what of it is played: the tracks that are transcribed."""
    with AudioReader(path) as reader:
        structure = reader.structure
    sources: tuple[Source, ...] = ()
    if sum(track.readable for track in structure.tracks) > 1:
        sources = prepare.prepare(path, options, lambda _done_ms: ctx.check()).sources
    mix = stereo_mix(structure, sources)
    left, right = mix.feeds
    return structure, Mix((left,)) if left == right else mix


def _decoded(reader: AudioReader, copy: Path | None, *, duration_ms: int, ctx: Context) -> bytes:
    """The peaks; the sound is also written to ``copy``."""
    peaks = bytearray()
    with ExitStack() as stack:
        writer = None if copy is None else SoundWriter(copy, channels=len(reader.mix.feeds))
        if writer is not None:
            stack.enter_context(closing(writer))
        for start_ms in range(0, duration_ms, WINDOW_MS):
            ctx.check()
            channels = reader.read_feeds(start_ms, min(start_ms + WINDOW_MS, duration_ms))
            if not channels.shape[1]:
                break
            peaks += peaks_of(channels)
            if writer is not None:
                writer.write(channels)
    # The video may be longer than its sound.
    return bytes(peaks).ljust(-(-duration_ms * PEAKS_PER_S // 1000), b"\0")


MAKE_RENDITIONS = MakeRenditions()
