"""Transcribes a stream: partial text of the open utterance, and final text once it ends.

It works with any engine for windows. The open utterance is decoded repeatedly; it ends at a pause,
or where it becomes too long without one.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mp4totext.media.level import RunningLevel
from mp4totext.media.windows import longest_pause
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechToText
from mp4totext.providers.speech.decoding.chunking import weakest
from mp4totext.providers.vad import FRAME, FRAME_MS, Region, Vad, regions
from mp4totext.transcript import Word

_PIECE_FRAMES = 8  # 256 ms: resolution of the search for pauses in a backlog
_PER_MS = SAMPLE_RATE // 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    first_ms: int = 320  # of voice, before the first decoding
    again_s: float = 0.5  # between two decodings of an open utterance
    share: float = 0.15  # largest share of the time spent on them, however long the utterance is
    pause_ms: int = 512  # ends an utterance (the VAD's padding adds 96 ms)
    long_ms: int = 7_000  # from this length on a shorter pause ends it
    long_pause_ms: int = 192
    max_ms: int = 12_000
    search_ms: int = 4_000  # from its end, for the best cut of an utterance without a pause
    before_ms: int = 480  # silence that is kept before voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Times are the recording's. Without text, nothing was said after all."""

    start_ms: int
    end_ms: int
    text: str
    final: bool
    words: tuple[Word, ...] = ()


class LiveDecoder:
    """Decodes one stream; for one thread at a time."""

    def __init__(
        self,
        engine: SpeechToText,
        vad: Vad,
        *,
        language: str | None = None,
        start_ms: int = 0,
        report: Report = lambda _ms: None,
        options: LiveOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._language = language
        self._report = report
        self._options = options or LiveOptions()
        self._clock = clock
        self._level = RunningLevel()
        self._begin_vad = vad.begin
        self._vad = vad.begin()
        self.start_ms = start_ms  # of the sound that is kept: before it, all texts are final
        self._sound = np.zeros(0, np.float32)
        self._voice = np.zeros(0, np.float32)  # the VAD's probability of each frame of the sound
        self._partial_frame = np.zeros(0, np.float32)
        self._next_decoding = 0.0
        self._decoded_ms = 0  # end of the voice at the last decoding
        self._shown = False  # a partial text was shown, which a final one must replace

    def add(self, samples: Samples, *, catching_up: bool = False) -> Iterator[Utterance]:
        """The texts that are ready; only final ones if more sound is waiting."""
        audio = np.concatenate([self._partial_frame, samples])
        usable = len(audio) - len(audio) % FRAME
        self._partial_frame = audio[usable:]
        for at in range(0, usable, _PIECE_FRAMES * FRAME):
            self._append(audio[at : min(at + _PIECE_FRAMES * FRAME, usable)])
            yield from self._ended()
        if not catching_up:
            yield from self._open()

    def finish(self) -> Iterator[Utterance]:
        """The utterance that is still open."""
        self._append(np.pad(self._partial_frame, (0, -len(self._partial_frame) % FRAME)))
        yield from self._ended()
        if self._speech():
            yield from self._final(self._length_ms)

    def clear(self) -> int:
        """Turn the sound that is kept into silence; return where it begins."""
        self._sound = np.zeros_like(self._sound)
        self._voice = np.zeros_like(self._voice)
        self._partial_frame = np.zeros_like(self._partial_frame)
        self._vad = self._begin_vad()
        self._shown, self._next_decoding, self._decoded_ms = False, 0.0, 0
        return self.start_ms

    @property
    def _length_ms(self) -> int:
        return len(self._voice) * FRAME_MS

    def _append(self, piece: Samples) -> None:
        self._sound = np.concatenate([self._sound, piece])
        self._voice = np.concatenate([self._voice, self._vad.feed(self._level.levelled(piece))])

    def _speech(self) -> tuple[Region, ...]:
        return regions(self._voice, length_ms=self._length_ms)

    def _ended(self) -> Iterator[Utterance]:
        speech = self._speech()
        if not speech:
            self._drop(max(0, self._length_ms - self._options.before_ms))
            return
        cut_ms = self._cut(speech)
        if cut_ms is not None:
            yield from self._final(cut_ms)

    def _cut(self, speech: tuple[Region, ...]) -> int | None:
        """Where the utterance ends, or None if it has not ended."""
        options = self._options
        first_ms, last_ms = speech[0].start_ms, speech[-1].end_ms
        pause_ms, length_ms = self._length_ms - last_ms, self._length_ms - first_ms
        enough_ms = options.pause_ms if length_ms < options.long_ms else options.long_pause_ms
        if pause_ms >= enough_ms:
            return last_ms + pause_ms // 2
        if length_ms < options.max_ms:
            return None
        low, high = self._length_ms - options.search_ms, self._length_ms - FRAME_MS
        cut_ms = longest_pause([(r.start_ms, r.end_ms) for r in speech], low, high)
        return cut_ms if cut_ms < high else weakest(self._voice, low, high)

    def _final(self, cut_ms: int) -> Iterator[Utterance]:
        utterance = self._decoded(cut_ms, final=True)
        self._drop(cut_ms)
        if utterance.text or self._shown:
            yield utterance
        self._shown, self._next_decoding, self._decoded_ms = False, 0.0, 0

    def _open(self) -> Iterator[Utterance]:
        speech = self._speech()
        voiced_ms = sum(region.length_ms for region in speech)
        if voiced_ms < self._options.first_ms or self._clock() < self._next_decoding:
            return
        if self.start_ms + speech[-1].end_ms <= self._decoded_ms:
            return  # no voice since the last decoding
        began = self._clock()
        utterance = self._decoded(self._length_ms, final=False)
        took_s = self._clock() - began
        # Without any words yet, the first one should not wait for the end of a pause.
        wait_s = self._options.again_s if utterance.text else self._options.again_s / 2
        self._next_decoding = self._clock() + max(wait_s - took_s, took_s / self._options.share)
        self._decoded_ms = self.start_ms + speech[-1].end_ms
        if utterance.text:
            self._shown = True
            yield utterance

    def _decoded(self, end_ms: int, *, final: bool) -> Utterance:
        request = SpeechRequest(
            samples=self._sound[: end_ms * _PER_MS],
            offset_ms=self.start_ms,
            options=SpeechOptions(language=self._language),
        )
        segments = self._engine.transcribe(request, self._report).segments
        return Utterance(
            start_ms=segments[0].start_ms if segments else self.start_ms,
            end_ms=segments[-1].end_ms if segments else self.start_ms + end_ms,
            text=" ".join(segment.text for segment in segments),
            words=tuple(word for segment in segments for word in segment.words),
            final=final,
        )

    def _drop(self, cut_ms: int) -> None:
        """Remove what is before ``cut_ms``, in whole frames: sound and voice stay aligned."""
        frames = cut_ms // FRAME_MS
        self._sound = self._sound[frames * FRAME :]
        self._voice = self._voice[frames:]
        self.start_ms += frames * FRAME_MS
