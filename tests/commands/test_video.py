"""What the options of ``mp4totext video`` order."""

from mp4totext.commands import video

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
