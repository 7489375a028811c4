"""Where the sound of speeches is stored."""

from mp4totext.jobs.operation import StoredFiles
from mp4totext.voices.models import Speech

PREFIX = "speeches"
WAV, MP3 = "speech.wav", "speech.mp3"


def folder(speech_id: str) -> str:
    return f"{PREFIX}/{speech_id}"


def key(speech_id: str, name: str) -> str:
    return f"{folder(speech_id)}/{name}"


SPEECH_FILES = StoredFiles(prefix=PREFIX, id_prefix="spk", table=Speech.__table__)
