"""Kokoro speaks a text, and an engine recognises it."""

import hashlib
import io
import wave
from pathlib import Path

import pytest

from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.voice.base import TextToSpeech, VoiceRequest
from mp4totext.providers.voice.kokoro import RATE, SOUNDS_MAX, _sounds
from mp4totext.providers.voice.kokoro_files import VOICES, kokoro_missing
from mp4totext.providers.voice.spelling import spelled_out
from mp4totext.providers.voice.table import text_to_speech
from mp4totext.settings import EngineSettings, Settings
from mp4totext.voices.planning import PlannedVoice
from mp4totext.voices.speaking import speak
from tests.conftest import settings_for
from tests.support.kokoro import MODELS, needs_kokoro
from tests.support.slow_tests import one_in

TEXT = "Dr. Smith came at 9:30 with $12.50."


@pytest.fixture(scope="module")
def kokoro_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_for(tmp_path_factory.mktemp("kokoro"))
    engines = EngineSettings(bundled_models_dir=MODELS)
    return settings.model_copy(update={"engines": engines})


@pytest.fixture(scope="module")
def kokoro(kokoro_settings: Settings) -> TextToSpeech:
    return text_to_speech("kokoro", kokoro_settings)


def request(text: str, voice: str = "af_heart") -> VoiceRequest:
    return VoiceRequest(text=text, voice=voice, language="en")


def size_of(sound: bytes) -> int:
    """The bytes of its samples, without the header."""
    with wave.open(io.BytesIO(sound)) as file:
        frames: int = file.getnframes()
    return 2 * frames


@needs_kokoro
def test_the_same_text_is_the_same_bytes(kokoro: TextToSpeech) -> None:
    first, again = (kokoro.speak(request("Good evening.")).sound for _ in range(2))
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()


@needs_kokoro
def test_sentences_follow_each_other_after_a_pause(kokoro: TextToSpeech) -> None:
    once, twice = (size_of(kokoro.speak(request(text)).sound) for text in ("Good.", "Good. Good."))
    assert twice == 2 * once + 2 * RATE // 4  # a quarter of a second


@needs_kokoro
@pytest.mark.parametrize("voice", one_in(4, VOICES))
def test_every_voice_says_every_word(kokoro_settings: Settings, voice: str) -> None:
    planned = PlannedVoice(
        provider="kokoro", model="", voice=voice, language="en", speed=1.0, direction=""
    )
    spoken = speak(TEXT, planned, kokoro_settings)
    assert (spoken.missing, spoken.heard_back) == (0, True)
    assert [word.text for word in spoken.words] == TEXT.split()


def test_a_sentence_longer_than_one_call_is_said_whole() -> None:
    signs = {chr(code): code for code in range(33, 0x3000)}
    calls = list(_sounds("seven and " * 60 + "eight.", signs))
    assert len(calls) > 1
    assert max(map(len, calls)) <= SOUNDS_MAX
    said = "".join(chr(sound) for call in calls for sound in call)
    (seven,) = _sounds("seven", signs)
    assert said.count("".join(map(chr, seven))) == 60


@needs_kokoro
def test_a_text_without_a_word_is_refused(kokoro: TextToSpeech) -> None:
    with pytest.raises(ProviderRejected) as told:
        kokoro.speak(request("?!"))
    assert told.value.code == "nothing_to_say"


@pytest.mark.parametrize(
    ("name", "like"),
    [("Sean", "Shawn"), ("Siobhan", "Shivawn"), ("Nguyen's", "Win's"), ("Hugh", "Hue")],
)
def test_a_name_is_pronounced_as_its_bearers_do(name: str, like: str) -> None:
    """The tables read it by its letters. A word that only contains it stays as it is."""
    signs = {chr(code): code for code in range(33, 0x3000)}
    name_sounds, like_sounds = (list(_sounds(f"{each} left.", signs)) for each in (name, like))
    assert name_sounds == like_sounds
    assert list(_sounds("Seance.", signs)) != list(_sounds("Shawnce.", signs))


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    engines = EngineSettings(models_dir=tmp_path, bundled_models_dir=tmp_path)
    settings = settings_for(tmp_path).model_copy(update={"engines": engines})
    assert "mp4totext models pull kokoro:82m" in (kokoro_missing(settings, None) or "")


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("Chloe", "klˈOi"),
        ("Garcia", "ɡɑɹsˈiə"),
        ("Jürgen", "jˈɜɹɡᵊn"),
        ("Manuel", "mˈænwˌɛl"),
        ("Patel", "pətˈɛl"),
        ("Patrick's", "pˈætɹˌɪks"),
        ("Des Moines", "dˈʌmˌYn"),
        ("Volkswagen", "vˈOkswæɡən"),
    ],
)
def test_a_name_sounds_as_its_bearers_say_it(name: str, sounds: str) -> None:
    signs = {chr(code): code for code in range(33, 0x3000)}
    (said,) = _sounds(spelled_out(name), signs)
    assert "".join(map(chr, said)) == sounds.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("8 a.m. here", "eight ay M here"),
        ("the CIA met", "the C I ay met"),
        ("the VAT rose", "the V ay T rose"),
        ("the A380 rose", "the ay three hundred eighty rose"),
        ("plan A works", "plan ay works"),
        ("see plan A.", "see plan ay."),
        ("A T-shirt", "a T-shirt"),
        ("A 3-day trip", "a three-day trip"),
    ],
)
def test_the_letter_a_is_not_read_as_the_article(text: str, like: str) -> None:
    signs = {chr(code): code for code in range(33, 0x3000)}
    assert list(_sounds(spelled_out(text), signs)) == list(_sounds(like, signs))
