"""Live words: partial, then final, and none without speech."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from mp4totext.media.level import RunningLevel
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult, SpeechToText
from mp4totext.providers.speech.decoding.streaming import LiveDecoder, LiveOptions, Utterance
from mp4totext.providers.speech.moonshine import Moonshine
from mp4totext.providers.vad import Vad
from mp4totext.transcript import Segment
from tests.providers.conftest import read, silence

PIECE = 1_600


class Playback:
    """Where sound goes by at the speed of sound, whatever this machine's is."""

    def __init__(self, engine: SpeechToText, **more: Any) -> None:
        self.now = 0.0
        self.decoder = LiveDecoder(engine, Vad(), clock=lambda: self.now, **more)

    def play(
        self, samples: Samples, *, catching_up: bool = False
    ) -> Iterator[tuple[float, Utterance]]:
        for at in range(0, len(samples), PIECE):
            piece = samples[at : at + PIECE]
            self.now += len(piece) / SAMPLE_RATE
            for utterance in self.decoder.add(piece, catching_up=catching_up):
                yield self.now, utterance


@pytest.fixture
def playback(engine: Moonshine) -> Playback:
    return Playback(engine)


@pytest.fixture(scope="module")
def beckett() -> Samples:
    return np.concatenate([silence(1), read("beckett.wav"), silence(1)])


def test_partial_words_come_within_a_second_and_final_ones_soon_after_the_end(
    playback: Playback, beckett: Samples
) -> None:
    said = list(playback.play(beckett))
    finals = [(at, u) for at, u in said if u.final]
    assert len(finals) >= 5
    for at, final in finals:
        assert at - final.end_ms / 1000 <= 1.0
        first = min(a for a, u in said if u.end_ms > final.start_ms)
        assert first - final.start_ms / 1000 <= 0.9
    assert [u for _, u in said if not u.final and not u.text] == []
    for (_, a), (_, b) in zip(finals, finals[1:], strict=False):  # noqa: RUF007  pairs of pairs
        assert a.end_ms <= b.start_ms
    words = [word for _, u in finals for word in u.words]
    assert [w.start_ms for w in words] == sorted(w.start_ms for w in words)
    assert list(playback.decoder.finish()) == []


def test_an_utterance_without_a_pause_is_cut_and_loses_nothing(
    engine: Moonshine, two_cities: Samples
) -> None:
    options = LiveOptions(max_ms=5_000, search_ms=2_000, pause_ms=400)
    playback = Playback(engine, options=options)
    finals = [u for _, u in playback.play(two_cities[: 16 * SAMPLE_RATE], catching_up=True)]
    finals += list(playback.decoder.finish())
    assert max(u.end_ms - u.start_ms for u in finals) <= 5_300
    text = " ".join(u.text for u in finals).lower()
    for word in ("best", "worst", "wisdom", "foolishness", "belief", "incredulity"):
        assert word in text


def test_while_catching_up_only_final_words_are_told(playback: Playback, beckett: Samples) -> None:
    assert {u.final for _, u in playback.play(beckett, catching_up=True)} == {True}


def test_what_is_open_at_the_end_is_transcribed(playback: Playback, beckett: Samples) -> None:
    said = [u for _, u in playback.play(beckett[: 2 * SAMPLE_RATE]) if u.final]
    assert said == []
    (last,) = playback.decoder.finish()
    assert last.final
    assert last.text.startswith("Ever")


def test_times_count_from_where_it_began(engine: Moonshine, beckett: Samples) -> None:
    playback = Playback(engine, start_ms=60_000)
    first = next(u for _, u in playback.play(beckett) if u.final)
    assert 61_000 <= first.start_ms <= 61_500
    assert first.words[0].start_ms >= first.start_ms


def test_nobody_speaks(playback: Playback) -> None:
    assert list(playback.play(silence(4))) == []
    assert list(playback.decoder.finish()) == []


class Unsure:
    """An engine that finds a word at first, and none in the whole utterance."""

    def __init__(self) -> None:
        self.calls = 0

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        self.calls += 1
        end_ms = request.offset_ms + len(request.samples) // 16
        segment = Segment(id="s1", start_ms=request.offset_ms, end_ms=end_ms, text="Mm.")
        return SpeechResult(segments=(segment,) if self.calls == 1 else (), coverage=())


def test_a_partial_text_that_turns_out_empty_is_replaced(beckett: Samples) -> None:
    playback = Playback(Unsure())
    said = [u for _, u in playback.play(beckett[: 2 * SAMPLE_RATE])]
    assert [(u.final, u.text) for u in said] == [(False, "Mm.")]
    assert [(u.final, u.text) for u in playback.decoder.finish()] == [(True, "")]


def test_a_quiet_speaker_is_raised_to_the_usual_level() -> None:
    level = RunningLevel()
    tone = np.sin(np.arange(SAMPLE_RATE) / 5).astype(np.float32)
    assert float(np.abs(level.levelled(tone * 0.5)).max()) == pytest.approx(0.5, abs=0.01)
    quiet = RunningLevel()
    assert 0.05 < float(np.abs(quiet.levelled(tone * 0.004)).max()) < 0.13
    assert float(np.abs(RunningLevel().levelled(np.zeros(480, np.float32))).max()) == 0
    assert len(RunningLevel().levelled(np.zeros(10, np.float32))) == 10


def test_cleared_sound_is_silence_from_where_the_last_final_text_ended(
    playback: Playback, beckett: Samples
) -> None:
    before = list(playback.play(beckett[: 5 * SAMPLE_RATE // 2]))
    assert before[-1][1].text
    assert not before[-1][1].final
    assert playback.decoder.clear() == playback.decoder.start_ms
    said = [u for _, u in playback.play(silence(2))] + list(playback.decoder.finish())
    assert said == []
