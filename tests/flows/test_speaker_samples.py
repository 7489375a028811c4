"""The route that answers with a sample of a speaker."""

import io
import wave
from pathlib import Path

import numpy as np

from mp4totext.media.decode import AudioReader
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.files import media_key
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.speakers.samples import span_of
from tests.support.account_steps import problem
from tests.support.in_process_service import ApiUser
from tests.support.long_transcripts import made_transcript, store
from tests.support.media_files import chirps, write


def stored(user: ApiUser, said: Transcript, media: bytes | None) -> str:
    """A finished recording of the user; returns the path of its samples."""
    runtime = user.harness.runtime
    recording = store(runtime.database, user.account.id, said)
    if media is not None:
        runtime.storage.put(media_key(recording), media)
    with runtime.database.write() as session:
        session.get_one(Transcription, recording).media_key = media_key(recording)
    return f"/transcriptions/{recording}/sample"


def test_a_sample_is_what_the_speaker_says_in_the_recording(user: ApiUser, tmp_path: Path) -> None:
    said = made_transcript(200)
    file = write(tmp_path / "talk.wav", chirps(60, 16_000), codec="pcm_s16le", rate=16_000)
    path = stored(user, said, file.read_bytes())
    speaker = said.speakers[1].id
    start, end = span_of(said, speaker, 1)

    answer = user.call("GET", path, params={"speaker": speaker})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(answer.content)) as found, AudioReader(file) as reader:
        assert (found.getnchannels(), found.getframerate()) == (1, 16_000)
        heard = np.frombuffer(found.readframes(found.getnframes()), np.int16) / 32_767
        np.testing.assert_allclose(heard, reader.read(start, end), atol=1e-4)
    tag = {"If-None-Match": answer.headers["etag"]}
    again = user.call("GET", path, params={"speaker": speaker}, headers=tag)
    assert again.status_code == 304


def test_a_sample_that_cannot_be_made_is_refused_with_the_reason(user: ApiUser) -> None:
    said = made_transcript(200)
    speaker = said.speakers[0].id
    damaged, gone = stored(user, said, b"RIFF"), stored(user, said, None)

    problem(user.call("GET", damaged, params={"speaker": "S9"}), 404, "not_found")
    problem(user.call("GET", damaged, params={"speaker": speaker, "number": 4}), 422, "invalid")
    problem(user.call("GET", damaged, params={"speaker": speaker}), 409, "wrong_state")
    problem(user.call("GET", gone, params={"speaker": speaker}), 404, "not_found")
