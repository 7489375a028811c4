import re
import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import Samples, no_report
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult
from mp4totext.providers.speech.moonshine import Moonshine
from mp4totext.providers.speech.moonshine_files import prepare
from mp4totext.providers.speech.moonshine_model import MoonshineModel
from mp4totext.providers.voice.base import VoiceRequest
from mp4totext.providers.voice.kokoro_files import VOICES
from mp4totext.providers.voice.table import text_to_speech
from mp4totext.settings import EngineSettings
from mp4totext.transcript import CoverageKind, Transcript, problems
from tests.conftest import settings_for
from tests.providers.conftest import read, silence
from tests.support.kokoro import MODELS, needs_kokoro

Usage = namedtuple("Usage", "total used free")


def _text(result: SpeechResult) -> str:
    return " ".join(segment.text for segment in result.segments)


def _plain(text: str) -> list[str]:
    return re.sub(r"[^a-z ]", "", text.lower()).split()


def _check(result: SpeechResult, duration_ms: int) -> None:
    transcript = Transcript(
        duration_ms=duration_ms, segments=result.segments, coverage=result.coverage
    )
    assert problems(transcript) == []


@pytest.fixture(scope="module", autouse=True)
def remembered_networks() -> None:
    """The network itself is tested here: nothing is remembered."""


@pytest.fixture(scope="module")
def reading(engine: Moonshine, two_cities: Samples) -> SpeechResult:
    return engine.transcribe(SpeechRequest(samples=two_cities), no_report)


def test_a_reading_is_written_down(reading: SpeechResult, two_cities: Samples) -> None:
    words = _plain(_text(reading))
    assert " ".join(words[:12]) == "it was the best of times it was the worst of times"
    assert " ".join(words[-5:]) == "superlative degree of comparison only"
    assert 112 <= len(words) <= 126
    assert {reading.language, *(segment.language for segment in reading.segments)} == {"en"}
    assert reading.warnings == ()
    _check(reading, len(two_cities) // 16)


def test_sentences_become_segments_and_words_have_times(reading: SpeechResult) -> None:
    assert reading.segments[0].text == "It was the best of times."
    words = [word for segment in reading.segments for word in segment.words]
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(words))
    assert sum(word.estimated for word in words) <= 3
    assert all(word.confidence is not None and 0 < word.confidence <= 1 for word in words)


def test_words_lie_where_sound_is(reading: SpeechResult, two_cities: Samples) -> None:
    level = float(np.sqrt(np.mean(two_cities**2)))
    words = [word for segment in reading.segments for word in segment.words]
    audible = [
        np.sqrt(np.mean(two_cities[w.start_ms * 16 : w.end_ms * 16] ** 2)) > level / 10
        for w in words
    ]
    assert np.mean(audible) > 0.97


def test_times_are_those_of_the_recording_not_the_window(engine: Moonshine) -> None:
    sentence = read("two_cities.wav", 1_000, 6_000)
    report: list[int] = []
    result = engine.transcribe(SpeechRequest(samples=sentence, offset_ms=600_000), report.append)
    assert result.segments[0].start_ms >= 600_000
    assert (result.coverage[0].start_ms, result.coverage[-1].end_ms) == (600_000, 605_000)
    assert report == sorted(report)
    assert report[-1] == 5_000


def test_a_word_after_a_long_pause_stays_after_it(engine: Moonshine) -> None:
    first, second = read("two_cities.wav", 1_000, 3_400), read("two_cities.wav", 1_000, 3_400)
    samples = np.concatenate([silence(4), first, silence(0.9), second, silence(5)])
    result = engine.transcribe(SpeechRequest(samples=samples), no_report)
    words = [word for segment in result.segments for word in segment.words]
    pause = (4_000 + 2_400, 4_000 + 2_400 + 900)
    assert len(words) >= 10
    assert not [w for w in words if w.start_ms < pause[1] - 200 and w.end_ms > pause[0] + 300]
    assert words[0].start_ms >= 3_900


def test_short_answers_with_long_gaps_are_all_there(engine: Moonshine) -> None:
    answer = read("two_cities.wav", 2_200, 3_150)  # "times", about half a second
    answer = answer * np.minimum(
        1, np.minimum(np.arange(len(answer)), np.arange(len(answer))[::-1]) / 400
    )
    samples = np.concatenate([part for _ in range(10) for part in (silence(5), answer)])
    result = engine.transcribe(SpeechRequest(samples=samples.astype(np.float32)), no_report)
    starts = {s.start_ms // (5_000 + len(answer) // 16) for s in result.segments}
    assert starts == set(range(10))


def test_a_few_words_in_two_minutes_of_quiet_are_recognised_as_they_are_alone(
    engine: Moonshine,
) -> None:
    """Hardly anything is loud then, and yet nothing is quiet that should be raised."""
    words = read("two_cities.wav", 0, 1_900)
    alone = engine.transcribe(SpeechRequest(samples=words), no_report)
    hiss = np.random.default_rng(3).standard_normal(16_000 * 120).astype(np.float32) * 5e-4
    for start in (20, 60, 100):
        hiss[start * 16_000 : start * 16_000 + len(words)] += words
    result = engine.transcribe(SpeechRequest(samples=hiss), no_report)
    assert [s.text for s in result.segments] == [_text(alone)] * 3
    begins = alone.segments[0].start_ms
    for segment, start_ms in zip(result.segments, (20_000, 60_000, 100_000), strict=True):
        assert abs(segment.start_ms - start_ms - begins) <= 100


@pytest.mark.parametrize("gain_db", [-50, 25])
def test_very_quiet_and_clipped_speech_is_recognised(engine: Moonshine, gain_db: int) -> None:
    sentence = read("two_cities.wav", 0, 7_000) * np.float32(10 ** (gain_db / 20))
    result = engine.transcribe(SpeechRequest(samples=np.clip(sentence, -1, 1)), no_report)
    assert "worst of times" in _text(result).lower()


def _noises() -> dict[str, Samples]:
    rng = np.random.default_rng(4)
    time = np.arange(16_000 * 8) / 16_000
    chord = sum(np.sin(2 * np.pi * f * time) for f in (220, 277, 330, 440)) * 0.1
    beat = (np.sin(2 * np.pi * 2 * time) > 0.6) * rng.standard_normal(len(time)) * 0.2
    return {
        "silence": np.zeros(16_000 * 4, np.float32),
        "noise": (rng.standard_normal(16_000 * 8) * 0.1).astype(np.float32),
        "hum": (np.sin(2 * np.pi * 50 * time) * 0.3).astype(np.float32),
        "music": (chord * (1 + beat)).astype(np.float32),
        "beep": (np.sin(2 * np.pi * 1_000 * time[:3_200]) * 0.5).astype(np.float32),
        "almost nothing": np.zeros(37, np.float32),
        "nothing": np.zeros(0, np.float32),
    }


@pytest.mark.parametrize("kind", sorted(_noises()))
def test_no_words_where_nobody_speaks(engine: Moonshine, kind: str) -> None:
    samples = _noises()[kind]
    result = engine.transcribe(SpeechRequest(samples=samples), no_report)
    assert result.segments == ()
    assert result.language is None
    assert all(c.kind is CoverageKind.NO_SPEECH for c in result.coverage)
    _check(result, len(samples) // 16)


def test_speech_that_is_not_english_is_kept_out_of_the_text(engine: Moonshine) -> None:
    # Reversed speech has the sound of a voice and the words of no language.
    backwards = np.ascontiguousarray(read("two_cities.wav", 0, 15_000)[::-1])
    result = engine.transcribe(SpeechRequest(samples=backwards), no_report)
    kept = [c for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert result.segments == ()
    assert sum(c.end_ms - c.start_ms for c in kept) > 8_000
    assert all(c.text and c.reason for c in kept)
    assert "faster-whisper" in result.warnings[0]


def test_the_same_audio_gives_the_same_words_from_two_threads(engine: Moonshine) -> None:
    parts = [read("two_cities.wav", at, at + 6_000) for at in (0, 6_000, 12_000, 18_000)]
    request = [SpeechRequest(samples=part) for part in parts]
    alone = [engine.transcribe(r, no_report) for r in request]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda r: engine.transcribe(r, no_report), request))
    assert together == alone


def test_cancelling_stops_between_chunks(engine: Moonshine, two_cities: Samples) -> None:
    told: list[int] = []

    def cancel(done_ms: int) -> None:
        told.append(done_ms)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.transcribe(SpeechRequest(samples=np.tile(two_cities, 6)), cancel)
    assert len(told) == 1
    assert told[0] < 150_000


def test_parts_that_are_decoded_together_look_at_their_own_sound_only(model_cache: Path) -> None:
    model = MoonshineModel(prepare(model_cache), threads=1)
    times = ((0, 4_000), (4_000, 12_000), (12_000, 24_000), (24_000, 40_000))
    parts = [read("two_cities.wav", *part) for part in times]
    alone = [model.decode([part])[0] for part in parts]
    together = model.decode(parts)
    for one, other in zip(together, alone, strict=True):
        assert one.attention.shape[2] == other.attention.shape[2]
        assert one.attention.sum(axis=2) == pytest.approx(1.0, abs=1e-4)
        assert one.tokens == other.tokens
        assert one.log_probs == pytest.approx(other.log_probs, abs=0.05)


def test_another_language_is_refused_and_says_who_can(engine: Moonshine) -> None:
    samples = np.zeros(16_000, np.float32)
    with pytest.raises(ProviderUnsupported, match="faster-whisper"):
        engine.transcribe(
            SpeechRequest(samples=samples, options=SpeechOptions(language="tr")), no_report
        )
    with pytest.raises(ProviderUnsupported, match="translate"):
        engine.transcribe(
            SpeechRequest(samples=samples, options=SpeechOptions(translate_to_english=True)),
            no_report,
        )
    engine.transcribe(
        SpeechRequest(samples=samples, options=SpeechOptions(language="en-GB")), no_report
    )


def test_a_full_disk_is_named_where_the_model_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritten(*_given: object, **_named: object) -> None:
        raise RuntimeError("INVALID_PROTOBUF: Protobuf serialization failed.")

    monkeypatch.setattr("onnxruntime.InferenceSession", unwritten)
    with pytest.raises(RuntimeError, match="INVALID_PROTOBUF"):
        prepare(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(1, 1, 0))
    with pytest.raises(ProviderMisconfigured, match=r"No space left.*set MODELS_DIR"):
        prepare(tmp_path)


def test_a_second_start_reads_the_cache(engine: Moonshine, model_cache: Path) -> None:
    first = prepare(model_cache)
    before = first.decoder.stat().st_mtime_ns
    assert prepare(model_cache) == first
    assert first.decoder.stat().st_mtime_ns == before
    assert sorted(p.suffix for p in first.decoder.parent.iterdir()) == [".lock", ".ort", ".ort"]


def test_derived_files_have_the_weights_once(engine: Moonshine, model_cache: Path) -> None:
    files = prepare(model_cache)
    assert files.encoder.stat().st_size + files.decoder.stat().st_size < 50_000_000


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ProviderMisconfigured, match="can be written"):
        prepare(blocked / "models")


def test_a_vocabulary_that_nobody_says_changes_nothing(
    engine: Moonshine, two_cities: Samples, reading: SpeechResult
) -> None:
    names = ("Okonkwo", "Kubernetes", "Worcester", "Beston Times", "Wisteria", "Darkness Falls")
    request = SpeechRequest(samples=two_cities, options=SpeechOptions(vocabulary=names))
    assert engine.transcribe(request, no_report) == reading


@needs_kokoro
def test_a_name_in_the_vocabulary_is_written_as_it_is_there(
    engine: Moonshine, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path).model_copy(
        update={"engines": EngineSettings(bundled_models_dir=MODELS)}
    )
    sentence = "Could you please send the report on Okonkwo to everyone?"
    spoken = text_to_speech("kokoro", settings).speak(
        VoiceRequest(text=sentence, voice=list(VOICES)[1], language="en")
    )
    (tmp_path / "spoken.wav").write_bytes(spoken.sound)
    with AudioReader(tmp_path / "spoken.wav") as reader:
        samples = reader.read(0, 20_000)

    def written(*vocabulary: str) -> str:
        options = SpeechOptions(vocabulary=vocabulary)
        return _text(engine.transcribe(SpeechRequest(samples=samples, options=options), no_report))

    assert "Okonkwo" not in written()
    assert written("Okonkwo", "Zelenka") == sentence
