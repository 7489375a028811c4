import pytest

from mp4totext.openai_api.speech import provider_and_model
from mp4totext.providers.model_catalogue import shipped


@pytest.mark.parametrize(
    ("name", "ready", "chosen"),
    [
        ("tts-1", ["kokoro"], ["kokoro", ""]),
        ("gpt-4o-mini-tts", ["kokoro"], ["kokoro", ""]),
        ("gpt-4o-mini-tts", ["kokoro", "openai"], ["openai", "gpt-4o-mini-tts"]),
        ("openai:gpt-4o-mini-tts", ["kokoro"], ["openai", "gpt-4o-mini-tts"]),
        ("auto", ["kokoro", "openai"], ["kokoro", ""]),
        ("auto", [], ["auto", ""]),
        ("kokoro", ["kokoro"], ["kokoro", ""]),
        ("nobody", ["kokoro"], ["nobody", ""]),
    ],
)
def test_a_named_model_of_voices_is_obeyed(name: str, ready: list[str], chosen: list[str]) -> None:
    assert provider_and_model(name, ready, shipped().models) == chosen
