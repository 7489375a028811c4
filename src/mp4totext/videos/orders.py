"""Plans a video from a request, and refuses what cannot be made before anything is held."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Quote, per_item
from mp4totext.exports.filenames import without_media_extension
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.videos.errors import NoRecording
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.storyboard import Preset, Storyboard

SHORT_MS = 90_000  # a clip up to this length has a price of its own


class RenderParams(BaseModel):
    """Fixed when the job is accepted."""

    video_id: str
    revision: int = 1  # of the storyboard
    preset: Preset
    recording: RecordingRef
    version: int
    title: str
    storyboard: Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVideo:
    """A video that can be made, and from what."""

    preset: Preset
    recording: RecordingRef
    version: int
    title: str
    storyboard: Storyboard

    def params(self, *, video_id: str, revision: int = 1) -> RenderParams:
        return RenderParams(
            video_id=video_id,
            revision=revision,
            preset=self.preset,
            recording=self.recording,
            version=self.version,
            title=self.title,
            storyboard=self.storyboard,
        )


def plan_request(
    session: Session, user_id: str, transcription_id: str, options: VideoOptions
) -> PlannedVideo:
    """Raises AppError: no such recording, no transcript yet, or a video that cannot be made."""
    source = source_of(session, user_id, transcription_id, options.version)
    return source.planned(options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What videos are made of: a recording and a version of its transcript."""

    recording: RecordingRef
    version: int
    title: str
    has_video: bool
    transcript: Transcript

    def planned(self, options: VideoOptions) -> PlannedVideo:
        """Raises AppError for a video that cannot be made."""
        return PlannedVideo(
            preset=options.preset,
            recording=self.recording,
            version=self.version,
            title=self.title,
            storyboard=storyboard(
                options.wish(),
                self.transcript,
                recording_id=self.recording.transcription_id,
                title=self.title,
                has_video=self.has_video,
            ),
        )


def source_of(session: Session, user_id: str, transcription_id: str, version: int | None) -> Source:
    """Raises AppError: no such recording, or no transcript yet."""
    row = transcriptions.get(session, user_id=user_id, transcription_id=transcription_id)
    stored = transcriptions.version(session, row, version)
    if row.media_key is None:
        raise NoRecording("The recording itself is not stored, so no video can be made of it.")
    return Source(
        recording=RecordingRef(
            transcription_id=row.id, media_key=row.media_key, duration_ms=stored.duration_ms
        ),
        version=stored.number,
        title=without_media_extension(row.title),
        has_video=row.has_video,
        transcript=transcript_of(session, stored),
    )


def render_quote(preset: Preset, board: Storyboard, prices: PriceList) -> Quote:
    """Pictures of the account cost nothing here: they were paid when they were made."""
    short = preset == "clip" and board.length_ms <= SHORT_MS
    lines = [per_item(prices, "video.clip" if short else "video")]
    kinds = [scene.picture.kind for scene in board.scenes]
    cards, frames = kinds.count("card"), kinds.count("frame")
    if cards:
        lines.append(per_item(prices, "picture.local", cards))
    if frames:
        lines.append(per_item(prices, "picture.frame", frames))
    return Quote(lines=tuple(lines))


def dumped(board: Storyboard) -> dict[str, Any]:
    """As it is stored and sent."""
    values: dict[str, Any] = board.model_dump(mode="json", by_alias=True)
    return values
