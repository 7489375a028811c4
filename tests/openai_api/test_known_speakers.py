"""Known speakers with voice samples, with OpenAI's own client."""

import base64
from typing import Any

import numpy as np
import openai
import pytest
from openai import OpenAI

from mp4totext.openai_api import known_speakers
from mp4totext.providers.base import Samples
from mp4totext.transcriptions.files import recording_folder
from tests.support import two_reader_recordings
from tests.support.in_process_service import ApiUser
from tests.support.openai_service import Served, jobs_of, transcribe, worker
from tests.support.two_reader_recordings import cities, wav
from tests.support.voice_recordings import other_voice, silence, voice


def data_url(sound: Samples) -> str:
    return "data:audio/wav;base64," + base64.b64encode(wav(sound)).decode()


def test_speakers_get_the_names_of_the_voices_that_came_with_the_request(
    served: Served, client: OpenAI
) -> None:
    with worker(served.harness):
        raw = client.audio.transcriptions.with_raw_response.create(
            file=("talk.wav", two_reader_recordings.dialogue()),
            model="gpt-4o-transcribe-diarize",
            response_format="diarized_json",
            known_speaker_names=["Estragon", "Charles"],
            known_speaker_references=[data_url(other_voice()[:64_000]), data_url(cities(30, 34))],
        )
    segments = raw.http_response.json()["segments"]
    assert segments[0]["speaker"] == "Charles"
    assert {segment["speaker"] for segment in segments} == {"Charles", "Estragon"}

    folder = recording_folder(raw.headers["x-transcription-id"])  # it goes with the recording
    samples = [key for key in served.harness.runtime.storage.keys(folder) if "known-speaker" in key]
    assert len(samples) == 2


def test_somebody_who_does_not_speak_is_nobody(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    with worker(served.harness):
        answer = client.audio.transcriptions.create(
            file=("talk.wav", wav(np.concatenate([cities(0, 10), silence(0.5)]))),
            model="gpt-4o-transcribe-diarize",
            response_format="diarized_json",
            known_speaker_names=["Estragon"],
            known_speaker_references=[data_url(other_voice()[:64_000])],
        )
    assert {segment.speaker for segment in answer.segments} == {"A"}
    (job,) = jobs_of(served.harness, user)
    assert "No speaker of the recording sounds like 'Estragon'." in job.warnings


SAMPLE = data_url(voice("beckett")[:48_000])


@pytest.mark.parametrize(
    ("names", "references", "param", "part"),
    [
        (["Ann"], [], "known_speaker_names", "there are 1 known_speaker_names and 0"),
        ([], [SAMPLE], "known_speaker_references", "0 known_speaker_names and 1"),
        (["Ann", "Ann"], [SAMPLE] * 2, "known_speaker_names", "give each its own"),
        (list("abcde"), [SAMPLE] * 5, "known_speaker_names", "At most 4"),
        (["A\x07"], [SAMPLE], "known_speaker_names", "1 to 80 characters"),
        (["n" * 81], [SAMPLE], "known_speaker_names", "1 to 80 characters"),
        (["Ann"], ["https://example.org/a.wav"], "known_speaker_references", "a data URL"),
        (["Ann"], ["data:audio/wav;base64,%%"], "known_speaker_references", "not valid base64"),
        (["Ann"], ["data:text/plain;base64,aGVsbG8="], "known_speaker_references", "read"),
        (
            ["Ann"],
            [data_url(voice("beckett")[:16_000])],
            "known_speaker_references",
            "2 to 10 seconds; the one of 'Ann' lasts 1.0",
        ),
        (
            ["Ann"],
            ["data:;base64," + "A" * (known_speakers.REFERENCE_BYTES_MAX // 3 * 4 + 8)],
            "known_speaker_references",
            "at most 2 MB",
        ),
    ],
)
def test_a_sample_that_cannot_be_compared_is_refused_before_anything_is_kept(
    served: Served,
    user: ApiUser,
    client: OpenAI,
    names: list[str],
    references: list[str],
    param: str,
    part: str,
) -> None:
    fields: Any = {"known_speaker_names": names, "known_speaker_references": references}
    with pytest.raises(openai.BadRequestError) as raised:
        transcribe(client, response_format="diarized_json", **fields)
    assert (raised.value.code, raised.value.param) == ("invalid_value", param)
    assert part in raised.value.message
    assert jobs_of(served.harness, user) == []
    assert not list(served.harness.runtime.scratch.folder("uploads").iterdir())


def test_a_field_without_an_end_is_refused(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        transcribe(
            client,
            response_format="diarized_json",
            known_speaker_names=["Ann"],
            known_speaker_references=["A" * (known_speakers.REFERENCE_FIELD_BYTES_MAX + 1)],
        )
    assert "longer than" in raised.value.message
