"""Samples of speakers: short parts of the recording in which one speaker talks, as WAV."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mp4totext.exports.rttm import turns
from mp4totext.kit.errors import NotFound, WrongState
from mp4totext.kit.storage import ObjectMissing, Storage
from mp4totext.media.errors import MediaError
from mp4totext.media.samples import SAMPLE_RATE
from mp4totext.media.sound import Sound, encoded
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.errors import NotReady
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.steps.prepare import open_transcribed

SAMPLES_MAX = 3  # enough to recognise a voice
SAMPLE_MS_MAX = 8_000
FETCHED_BYTES_MAX = 256 << 20  # of a recording in S3, which must be fetched whole to be decoded


def span_of(transcript: Transcript, speaker: str, number: int) -> tuple[int, int]:
    """Start and end in milliseconds of the speaker's longest turn, or of the ``number``-th longest.

    A long turn is cut. Raises NotFound if the speaker has fewer turns.
    """
    own = [(start, end) for each, start, end in turns(transcript) if each == speaker]
    longest = sorted(own, key=lambda turn: (turn[0] - turn[1], turn[0]))
    if len(longest) < number:
        raise NotFound(f"The speaker {speaker!r} has {len(longest)} turns in this transcript.")
    start, end = longest[number - 1]
    return start, min(end, start + SAMPLE_MS_MAX)


def sample(
    runtime: Runtime,
    transcription: Transcription,
    transcript: Transcript,
    start_ms: int,
    end_ms: int,
) -> bytes:
    """A WAV file of a part of the recording, mono at 16 kHz. Blocks while it is decoded.

    Raises NotFound for a missing recording, and WrongState for one that has not been downloaded,
    cannot be decoded, or is too large to be fetched from S3.
    """
    if transcription.media_key is None:
        raise NotReady("The recording has not been downloaded yet. Wait for its job.")
    with TemporaryDirectory(dir=runtime.scratch.folder("samples")) as name:
        try:
            path = _fetched(runtime.storage, transcription.media_key, Path(name))
            with open_transcribed(path, transcript) as reader:
                samples = reader.read(start_ms, end_ms)
        except MediaError as error:
            raise WrongState(f"The recording cannot be read: {error.message}") from error
        except ObjectMissing:
            raise NotFound("The recording is no longer in storage.") from None
    whole = (np.clip(samples, -1.0, 1.0) * 32_767).astype(np.int16)
    return encoded(Sound(samples=whole, rate=SAMPLE_RATE), "wav")


def _fetched(storage: Storage, key: str, folder: Path) -> Path:
    if not storage.is_local and storage.size(key) > FETCHED_BYTES_MAX:
        raise WrongState("The recording is too large to be fetched for a sample. Play it instead.")
    return storage.fetch(key, folder / "media")
