"""Merges the windows of a recording into one transcript."""

from pathlib import Path

import numpy as np

from mp4totext.media.choice import ANYTHING
from mp4totext.providers.base import Report, Samples, no_report
from mp4totext.providers.speech.base import SpeechCapabilities, SpeechRequest, SpeechResult
from mp4totext.transcript import Coverage, CoverageKind, Segment
from mp4totext.transcriptions.steps.prepare import prepare
from mp4totext.transcriptions.steps.transcribe_windows import (
    NO_SAMPLES,
    assembled,
    transcribe_window,
)
from tests.support.media_files import write_wav
from tests.support.speech_samples import recording, two_cities


def window(start_ms: int, text: str, language: str) -> SpeechResult:
    end_ms = start_ms + 1_000
    return SpeechResult(
        segments=(
            Segment(id="s1", start_ms=start_ms, end_ms=end_ms, text=text, language=language),
        ),
        coverage=(Coverage(start_ms=start_ms, end_ms=end_ms, kind=CoverageKind.SPEECH),),
        language=language,
    )


def test_a_recording_in_both_scripts_of_chinese_comes_out_in_one() -> None:
    results = [window(0, "發現", "zh"), window(1_000, "发现", "zh"), window(2_000, "Well", "en")]
    found = assembled(results, duration_ms=3_000, engine="any", requested_language=None)
    assert [segment.text for segment in found.segments] == ["发现", "发现", "Well"]
    assert found.language == "zh"


def test_the_script_that_was_asked_for_is_the_transcripts() -> None:
    results = [window(0, "发现", "zh"), window(1_000, "發現", "zh")]
    found = assembled(results, duration_ms=2_000, engine="any", requested_language="zh-TW")
    assert found.text == "發現 發現"
    assert (found.language, {segment.language for segment in found.segments}) == (
        "zh-TW",
        {"zh-TW"},
    )


def test_a_translation_is_not_what_was_asked_for() -> None:
    (segment,) = assembled(
        [window(0, "Found", "en")], duration_ms=1_000, engine="any", requested_language="zh-Hant"
    ).segments
    assert segment.language == "en"


class Listening:
    """An engine that keeps what it is given."""

    capabilities = SpeechCapabilities()

    def __init__(self) -> None:
        self.heard: Samples = NO_SAMPLES

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        self.heard = request.samples
        return window(request.offset_ms, "Heard", "en")


def test_an_engine_is_given_what_is_left_after_cleaning() -> None:
    path, engine = recording(), Listening()
    prepared = prepare(path, ANYTHING, lambda _done_ms: None)
    heard = []
    for clean in (None, lambda samples: samples * np.float32(0.5)):
        transcribe_window(
            engine,
            path,
            prepared=prepared,
            request=SpeechRequest(samples=NO_SAMPLES, offset_ms=1_000),
            end_ms=3_000,
            report=no_report,
            clean=clean,
        )
        heard.append(engine.heard)
    assert np.allclose(heard[1], heard[0] * 0.5)
    assert heard[0].any()


def test_an_engine_is_given_a_far_voice_at_a_usual_level(tmp_path: Path) -> None:
    pause = np.zeros(16_000, np.float32)
    spoken = np.concatenate([two_cities(0, 6_000), pause, 0.01 * two_cities(10_000, 16_000)])
    path, engine = write_wav(tmp_path / "a.wav", spoken[None]), Listening()
    transcribe_window(
        engine,
        path,
        prepared=prepare(path, ANYTHING, lambda _done_ms: None),
        request=SpeechRequest(samples=NO_SAMPLES, offset_ms=0),
        end_ms=13_000,
        report=no_report,
    )
    assert np.abs(spoken[8_000 * 16 :]).max() < 0.01
    assert np.abs(engine.heard[8_000 * 16 :]).max() > 0.1
