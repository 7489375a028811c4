"""Storage keys of a recording's objects."""

from mp4totext.jobs.operation import StoredFiles
from mp4totext.transcriptions.models import Transcription

PREFIX = "recordings"


def recording_folder(transcription_id: str) -> str:
    return f"{PREFIX}/{transcription_id}"


def media_key(transcription_id: str) -> str:
    """The key of the recording; it contains nothing of the user's file name."""
    return f"{recording_folder(transcription_id)}/media"


def peaks_key(transcription_id: str) -> str:
    return f"{recording_folder(transcription_id)}/peaks"


def playback_key(transcription_id: str) -> str:
    """The key of a copy that browsers play."""
    return f"{recording_folder(transcription_id)}/playback"


def poster_key(transcription_id: str) -> str:
    return f"{recording_folder(transcription_id)}/poster"


def known_speaker_key(transcription_id: str, number: int) -> str:
    """The key of a voice sample that was sent with the request."""
    return f"{recording_folder(transcription_id)}/known-speaker-{number}"


RECORDING_FILES = StoredFiles(prefix=PREFIX, id_prefix="trn", table=Transcription.__table__)
