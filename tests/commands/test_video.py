"""The requests that options of ``mp4totext video`` make."""

from pathlib import Path

import pytest

from mp4totext.commands import video
from mp4totext.kit.errors import AppError
from mp4totext.local_run.service import local_service
from mp4totext.local_run.videos import with_music
from mp4totext.settings import Settings
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TextOrder, TranscriptionOptions
from tests.support.ffmpeg import ffmpeg

DUBBED = {
    "preset": "dubbed",
    "translation": "de",
    "voice_model": None,
    "pictures": None,
    "picture_style": None,
}


def test_a_voice_is_for_one_speaker_or_for_all() -> None:
    request = video._request(
        {**DUBBED, "voice_provider": "kokoro", "voices": ("Ann=bf_emma", "am_michael")}
    )
    assert {who: choice.voice for who, choice in request.voices.items()} == {"Ann": "bf_emma"}
    assert request.voice is not None
    assert (request.voice.provider, request.voice.voice) == ("kokoro", "am_michael")


def test_a_provider_alone_leaves_its_voices_to_the_service() -> None:
    request = video._request({**DUBBED, "voice_provider": "kokoro", "voices": ()})
    assert request.voice is not None
    assert (request.voice.provider, request.voice.voice) == ("kokoro", None)
    chosen = video._request(
        {**DUBBED, "voice_provider": "openai", "voice_model": "tts-1-hd", "voices": ("alloy",)}
    )
    assert chosen.voice is not None
    assert (chosen.voice.model, chosen.voice.voice) == ("tts-1-hd", "alloy")
    plain = video._request({**DUBBED, "voice_provider": None, "voices": ()})
    assert (plain.voice, plain.voices) == (None, {})


def test_the_sound_of_a_video_is_the_preset_s_unless_it_is_chosen() -> None:
    given = {**DUBBED, "voice_provider": None, "voices": ()}
    assert video._request({**given}).sound_mode == "voice_over_original"
    plain = {**given, "preset": "captioned", "translation": None}
    assert video._request({**plain}).sound_mode == "original"
    spoken = video._request({**plain, "sound": "voice", "voices": ("am_michael",)})
    assert (spoken.sound_mode, spoken.is_spoken) == ("voice", True)


def test_a_dub_names_the_missing_translation_first_and_then_the_missing_voice() -> None:
    request = video._request({**DUBBED, "translation": "yo", "voice_provider": None, "voices": ()})
    order = TextOrder(kind="translate", options={"target": "yo"})
    with local_service(Settings()) as runtime, pytest.raises(AppError) as refused:
        video._refuse_impossible(runtime, request, TranscriptionOptions(texts=(order,)))
    message = refused.value.message
    assert message.startswith("Translation needs a model")
    assert message.endswith("No voice speaks 'yo'.")


def test_music_is_a_file_with_sound_which_is_not_transcribed(tmp_path: Path) -> None:
    request = video._request({**DUBBED, "voice_provider": None, "voices": ()})
    song, picture = tmp_path / "song.wav", tmp_path / "still.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=2", song)
    ffmpeg("-f", "lavfi", "-i", "color=black:size=64x64:duration=1", picture)
    with local_service(Settings()) as runtime:
        with pytest.raises(AppError) as refused:
            with_music(runtime, request, picture)
        assert refused.value.status == 422
        chosen = with_music(runtime, request, song).music
        assert chosen is not None
        with runtime.database.read() as session:
            row = session.get_one(Transcription, chosen.media_id)
    assert (row.title, row.duration_ms, row.job_id) == ("song.wav", 2_000, None)
