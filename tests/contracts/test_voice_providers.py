"""The contract of all voice providers, against servers with the published APIs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mp4totext.media.sound import decoded
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderRejected,
)
from mp4totext.providers.voice.base import TextToSpeech, VoiceRequest
from mp4totext.providers.voice.table import VOICE, text_to_speech
from mp4totext.settings import Settings
from tests.conformance.server import Reply, Server
from tests.conformance.voice_apis import GeminiSpeech, VoiceApi
from tests.support.voice_vendors import BY_NAME, VENDORS, VoiceVendor, tone_wav, vendor_server


@dataclass(frozen=True)
class Bench:
    vendor: VoiceVendor
    server: Server
    api: Any  # a VoiceApi; some have fields of their own
    voice: TextToSpeech

    def request(self, **more: Any) -> VoiceRequest:
        fields: dict[str, Any] = {
            "text": "Good morning, Ada.",
            "voice": self.vendor.voice,
            "language": "en",
            "model": self.vendor.model,
        }
        return VoiceRequest(**(fields | more))


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def bench(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Bench]:
    vendor: VoiceVendor = request.param
    with vendor_server(vendor, tone_wav()) as (server, api):
        voice = text_to_speech(vendor.name, vendor.settings(settings, server))
        yield Bench(vendor, server, api, voice)


def only(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("bench", [BY_NAME[name]], indirect=True, ids=[name])


def test_every_vendor_has_a_row_here() -> None:
    vendors = {name for name, entry in VOICE.items() if not entry.capabilities.local}
    assert vendors == {vendor.name for vendor in VENDORS}


def test_a_text_becomes_sound(bench: Bench) -> None:
    result = bench.voice.speak(bench.request())
    sound = decoded(result.sound, rate=24_000)
    assert 950 <= sound.duration_ms <= 1_050
    assert result.model == bench.vendor.model
    assert "Good morning, Ada." in bench.server.last.body.decode()
    assert bench.vendor.voice in str(bench.api.said[0])


def test_speed_and_direction_reach_the_vendors_that_take_them(bench: Bench) -> None:
    can = VOICE[bench.vendor.name].capabilities
    speed = can.speed[1] if can.speed[1] > 1 else 1.0
    direction = "Whisper it." if can.direction else ""
    bench.voice.speak(bench.request(speed=speed, direction=direction))
    sent = str(bench.api.said[0])
    assert (f"'speed': {speed}" in sent) == (speed > 1)
    assert ("Whisper it." in sent) == can.direction


def test_a_refused_text_is_not_tried_again(bench: Bench) -> None:
    bench.server.fail(bench.api.refusal(400, "Your request was rejected.", "content_policy"))
    with pytest.raises(ProviderRejected) as told:
        bench.voice.speak(bench.request())
    assert not told.value.retryable


def test_an_account_without_money_is_the_operators_concern(bench: Bench) -> None:
    bench.server.fail(bench.api.refusal(402, "Pay first"))
    with pytest.raises(ProviderMisconfigured):
        bench.voice.speak(bench.request())


@only("openai")
def test_older_models_of_openai_take_no_direction(bench: Bench) -> None:
    bench.voice.speak(bench.request(model="tts-1", direction="Whisper it."))
    assert "instructions" not in bench.api.said[0]


@only("elevenlabs")
def test_characters_with_times_become_words(bench: Bench) -> None:
    words = bench.voice.speak(bench.request()).words
    assert words is not None
    assert [(word.text, word.start_ms, word.end_ms) for word in words] == [
        ("Good", 0, 200),
        ("morning,", 250, 650),
        ("Ada.", 700, 900),
    ]


@pytest.mark.parametrize("alignment", [None, [], {"characters": ["a"]}, {"characters": "ab"}])
@only("elevenlabs")
def test_times_that_do_not_fit_are_left_out(bench: Bench, alignment: object) -> None:
    whole = bench.api.answer

    def odd(request: Any) -> Reply:
        return Reply(body={**whole(request).body, "alignment": alignment})

    bench.api.answer = odd
    assert bench.voice.speak(bench.request()).words is None


@only("gemini")
def test_gemini_tells_why_it_does_not_say_a_text(bench: Bench) -> None:
    bench.api.block = "PROHIBITED_CONTENT"
    with pytest.raises(ProviderRejected, match="PROHIBITED_CONTENT") as told:
        bench.voice.speak(bench.request())
    assert told.value.code == "content_refused"


@only("gemini")
def test_bare_samples_of_older_models_become_a_file(bench: Bench) -> None:
    api: GeminiSpeech = bench.api
    api.sound, api.mime_type = b"\x10\x20" * 12_000, "audio/L16;codec=pcm;rate=12000"
    sound = decoded(bench.voice.speak(bench.request()).sound, rate=12_000)
    assert sound.duration_ms == 1_000


@only("gemini")
def test_how_to_speak_is_not_part_of_what_is_said(bench: Bench) -> None:
    bench.voice.speak(bench.request(direction="Like a secret."))
    part = bench.api.said[0]["contents"][0]["parts"][0]
    assert part == {"text": "Good morning, Ada.", "speechMetadata": {"style": "Like a secret."}}


def test_the_servers_refuse_what_the_vendors_refuse(bench: Bench) -> None:
    assert isinstance(bench.api, VoiceApi)
    with pytest.raises((ProviderRejected, ProviderMisconfigured)):
        bench.voice.speak(bench.request(model="no-such-model", voice="no/such/voice"))
