"""Speaks lines over a recording: each line is stored, and lines are mixed as a stream.

Only the lines that sound at a moment are in memory, so the length of a video does not matter.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mp4totext.exports.findings import Line, Text
from mp4totext.jobs.context import Context
from mp4totext.kit import unicode
from mp4totext.kit.storage import ObjectMissing
from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.sound import Sound, at_speed, decoded, encoded, resampled
from mp4totext.media.sources import Mix
from mp4totext.media.stereo import LISTENING_RATE
from mp4totext.media.wav_marks import Mark, marked, marks_of
from mp4totext.transcript import Segment, Transcript, Word
from mp4totext.videos.pieces import NewPiece, Piece, Pieces, line_fingerprint
from mp4totext.videos.sound import dubbing, line_voices
from mp4totext.videos.sound.dubbing import Levels, Placed, Span
from mp4totext.videos.storyboard import Sound as VideoSound
from mp4totext.voices import speaking

_SAMPLED_LINES = 24  # enough to measure how loud people speak in a recording
_QUIETEST, _USUAL = 0.003, 0.1  # root mean squares; below the first the second is used


class VoiceOver:
    """``script``: the lines of the range, with times relative to its start."""

    def __init__(self, ctx: Context, pieces: Pieces, script: Text, sound: VideoSound) -> None:
        self._ctx = ctx
        self._pieces = pieces
        self._lines = dubbing.to_speak(script.lines)
        self._voices = [line_voices.of_line(sound, script, line) for line in self._lines]

    @cached_property
    def _spoken(self) -> list[Piece]:
        """A restarted job or a later video does not synthesise a line, or pay for it, again."""
        pieces = []
        for number in range(len(self._lines)):
            self._ctx.progress("speak", number, len(self._lines), unit="items")
            pieces.append(self._pieces.find(self._fingerprint(number)) or self._speak(number))
        return pieces

    def _fingerprint(self, number: int) -> str:
        return line_fingerprint(self._lines[number].text, self._voices[number])

    def _speak(self, number: int, *, anew: bool = False) -> Piece:
        settings, check = self._ctx.runtime.settings, self._ctx.check
        text, voice = self._lines[number].text, self._voices[number]
        spoken = speaking.speak(text, voice, settings, check=check, strict=False)
        path = self._ctx.workdir / f"line-{number}.wav"
        words = [(word.start_ms, word.text) for word in spoken.words]
        sound = encoded(spoken.sound, "wav")
        path.write_bytes(marked(sound, words, rate=spoken.sound.rate))
        made = NewPiece(
            path=path,
            length_ms=spoken.sound.duration_ms,
            doubtful=spoken.missing > speaking.MISSING_MAX * spoken.spoken,
        )
        return self._pieces.keep("line", self._fingerprint(number), made, anew=anew)

    def warnings(self, length_ms: int) -> list[str]:
        """The warnings for a video of this length."""
        doubts = _doubts(self._lines, self._spoken)
        return doubts + dubbing.warnings(self._lines, self._places(), length_ms)

    def _places(self) -> list[Placed]:
        return dubbing.placed(self._lines, [piece.length_ms or 0 for piece in self._spoken])

    def spans(self) -> list[Span]:
        """When a line is spoken."""
        return [(place.start_ms, place.end_ms) for place in self._places()]

    def mixed(
        self, pieces: Iterator[Floats], reader: AudioReader, mix: Mix, *, from_ms: int
    ) -> Iterator[Floats]:
        """The pieces with the voices mixed in.

        ``pieces``: consecutive stereo blocks of the recording, or of silence in its place, from
        ``from_ms`` on. ``reader``: measures how loud its speech is.
        """
        places = self._places()
        loudness = speech_loudness(reader, mix, self._lines, from_ms=from_ms)
        levels = Levels(dubbing.spans_of(self._lines, places))
        waiting = deque(enumerate(places))
        playing: list[tuple[int, Floats]] = []  # with the sample of the video at which they begin
        at = 0
        for piece in pieces:
            count = piece.shape[1]
            end = at + count
            while waiting and _sample(waiting[0][1].start_ms) < end:
                number, place = waiting.popleft()
                playing.append((_sample(place.start_ms), self._sound(number, place, loudness)))
            gains = levels.gains(at * 1_000 // LISTENING_RATE, count, rate=LISTENING_RATE)
            result = piece * gains
            for start, samples in playing:
                first, last = max(start, at), min(start + len(samples), end)
                result[:, first - at : last - at] += samples[first - start : last - start]
            yield result
            at = end
            playing = [(start, samples) for start, samples in playing if start + len(samples) > at]

    def _sound(self, number: int, place: Placed, loudness: float) -> Floats:
        """The sound of a line: resampled, sped up to fit its time, and set to ``loudness``."""
        sound = resampled(at_speed(self._stored(number), place.speed), LISTENING_RATE)
        samples = sound.samples.astype(np.float32) / np.float32(32_768)
        return samples * np.float32(loudness / max(rms(samples), _QUIETEST))

    def retimed(self, spoken: Transcript) -> Transcript:
        """The transcript of the range with its words at the times at which a voice says them.

        Passages that it does not say as they are written, because it speaks a translation, keep
        their times; so do lines that were stored before their words were marked in them.
        """
        words = {}
        for number, (line, place) in enumerate(zip(self._lines, self._places(), strict=True)):
            marks = marks_of(self._file(number))
            if [text for _, text in marks] == line.text.split():
                words[line.segment_id, line.text] = _placed_words(marks, place)
        moved = [
            _at_times_of(words.get((segment.id, segment.text), ()), segment)
            for segment in spoken.segments
        ]
        return replace(spoken, segments=tuple(sorted(moved, key=lambda each: each.start_ms)))

    def _stored(self, number: int) -> Sound:
        return decoded(self._file(number), rate=speaking.RATE)

    def _file(self, number: int) -> bytes:
        storage, workdir = self._ctx.runtime.storage, self._ctx.workdir
        copy = workdir / f"copy-{number}.wav"
        try:
            path = storage.fetch(self._spoken[number].stored.key, copy)
        except ObjectMissing:
            path = storage.fetch(self._speak(number, anew=True).stored.key, copy)
        data = path.read_bytes()
        if path.parent == workdir:
            path.unlink()
        return data


def _placed_words(marks: Sequence[Mark], place: Placed) -> tuple[Word, ...]:
    starts = [place.start_ms + round(at_ms / place.speed) for at_ms, _ in marks]
    return tuple(
        Word(text=text, start_ms=start_ms, end_ms=max(start_ms, end_ms))
        for (_, text), start_ms, end_ms in zip(
            marks, starts, [*starts[1:], place.end_ms], strict=True
        )
    )


def _at_times_of(words: tuple[Word, ...], segment: Segment) -> Segment:
    if not words or unicode.is_unspaced(segment.text) or unicode.is_ideographic(segment.text):
        return segment
    return replace(segment, start_ms=words[0].start_ms, end_ms=words[-1].end_ms, words=words)


def _doubts(lines: Sequence[Line], spoken: Sequence[Piece]) -> list[str]:
    doubtful = [line.text for line, each in zip(lines, spoken, strict=True) if each.doubtful]
    if not doubtful:
        return []
    return [
        f"In {len(doubtful)} of {len(lines)} spoken lines not all words were recognised; names "
        f"often are not. Listen to: {unicode.shortened(doubtful[0], 60)}"
    ]


def _sample(at_ms: int) -> int:
    return at_ms * LISTENING_RATE // 1_000


def speech_loudness(reader: AudioReader, mix: Mix, lines: Sequence[Line], *, from_ms: int) -> float:
    """The root mean square of the speech in the recording."""
    step = max(1, len(lines) // _SAMPLED_LINES)
    spoken = [
        reader.read_feeds(from_ms + line.start_ms, from_ms + line.end_ms, mix=mix).ravel()
        for line in lines[::step]
    ]
    level = rms(np.concatenate(spoken)) if spoken else 0.0
    return level if level > _QUIETEST else _USUAL


def rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
