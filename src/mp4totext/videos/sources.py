"""What a video is made from: a recording, a version of its transcript, a translation, music."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from mp4totext.exports.filenames import given_title, without_media_extension
from mp4totext.exports.findings import Text
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.videos import translations
from mp4totext.videos.errors import NoRecording
from mp4totext.videos.models import Video
from mp4totext.videos.planning import ORIGINAL, cut, storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.sound import line_voices
from mp4totext.videos.storyboard import Sound, Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The source of a video: a recording and a version of its transcript."""

    recording: RecordingRef
    stored: TranscriptVersion
    title: str  # in the file
    given_title: str  # given by a person; "": the name is that of the file
    has_video: bool
    transcript: Transcript

    def board(
        self, options: VideoOptions, *, sound: Sound = ORIGINAL, translation: Text | None = None
    ) -> Storyboard:
        """Raises AppError for a video that cannot be made."""
        return storyboard(
            options,
            self.transcript,
            recording_id=self.recording.transcription_id,
            title=self.given_title,
            has_video=self.has_video,
            sound=sound,
            translation=translation,
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
        stored=stored,
        title=without_media_extension(row.title),
        given_title=given_title(row.title, row.filename),
        has_video=row.has_video,
        transcript=transcript_of(session, stored),
    )


def source_of_video(session: Session, video: Video) -> Source:
    """Raises NoRecording where the recording itself is no longer stored."""
    return source_of(session, video.user_id, video.transcription_id, video.version)


def version_of(session: Session, recording_id: str, number: int) -> TranscriptVersion:
    """The version of a transcript, whether or not the recording itself is still stored."""
    recording = session.get_one(Transcription, recording_id)
    return transcriptions.version(session, recording, number)


def whole_of(session: Session, recording_id: str, number: int) -> Transcript:
    return transcript_of(session, version_of(session, recording_id, number))


def spoken_in(runtime: Runtime, recording_id: str, number: int, board: Storyboard) -> Transcript:
    """The transcript of the range, with times relative to its start."""
    with runtime.database.read() as session:
        whole = whole_of(session, recording_id, number)
    return cut(whole, board.from_ms, board.to_ms)


def translation_of(session: Session, video: Video, board: Storyboard) -> Text | None:
    """The translation; None: it has none, or it was deleted, which a render refuses."""
    if board.translation is None:
        return None
    version = version_of(session, video.transcription_id, video.version)
    return translations.by_id(session, version, board.translation.text_id)


def script_of(session: Session, video: Video, board: Storyboard) -> Text | None:
    """What is spoken in the range; None: nothing, or a translation that was deleted."""
    if not board.sound.is_spoken:
        return None
    whole = whole_of(session, video.transcription_id, video.version)
    return line_voices.script(board, whole, translation_of(session, video, board))


def music_of(session: Session, user_id: str, board: Storyboard) -> RecordingRef | None:
    """Raises AppError: no such recording, or its file is not stored."""
    music = board.sound.music
    if music is None:
        return None
    row = transcriptions.get(session, user_id=user_id, transcription_id=music.media_id)
    if row.media_key is None:
        raise NoRecording("The recording with the music is not stored. Choose another.")
    return RecordingRef(transcription_id=row.id, media_key=row.media_key)
