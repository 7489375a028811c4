"""Measures what the voice of this machine says: its words, and how long its lines last.

python -m benchmarks.said [--voice af_heart]
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from rich.console import Console

from benchmarks.bench import table_of
from benchmarks.measure import Figure
from mp4totext.exports.findings import Line
from mp4totext.kit.ids import new_id
from mp4totext.media.sound import Sound, at_speed, decoded
from mp4totext.providers.base import no_report
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.table import speech_engine
from mp4totext.providers.voice.base import VoiceRequest
from mp4totext.providers.voice.kokoro import RATE
from mp4totext.providers.voice.spelling import spoken_words
from mp4totext.providers.voice.table import text_to_speech
from mp4totext.settings import Settings
from mp4totext.videos.sound import dubbing

TEXT = Path(__file__).with_name("hard_to_say.txt")  # numbers, times, names, units, addresses
ENGINES = ("moonshine", "faster-whisper")
# Of the time that a line has in a video to the time that the voice takes for it.
ROOMS = (0.82, 0.95, 1.0, 1.08)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A line, and the words that each engine recognised in it."""

    text: str
    by: tuple[list[str], ...]

    @property
    def wrong(self) -> int:
        """Words that differ for the engine that understood it best: the others misheard it."""
        return min(self.errors)

    @property
    def errors(self) -> list[int]:
        expected = spoken_words(self.text)
        return [Levenshtein.distance(expected, words) for words in self.by]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="af_heart")
    figures = list(said(parser.parse_args().voice))
    Console().print(table_of(figures))
    sys.exit(any(figure.holds is False for figure in figures))


def said(voice: str = "af_heart") -> Iterator[Figure]:
    settings = Settings()
    speaker = text_to_speech("kokoro", settings)
    lines, sounds = TEXT.read_text(encoding="utf-8").splitlines(), []
    for text in lines:
        spoken = speaker.speak(VoiceRequest(text=text, voice=voice, language="en"))
        sounds.append(decoded(spoken.sound, rate=RATE))
    yield _words(settings, lines, sounds)
    yield _lengths(lines, sounds)


def _words(settings: Settings, lines: list[str], sounds: list[Sound]) -> Figure:
    engines = [speech_engine(name, settings) for name in ENGINES]
    heard = []
    for text, sound in zip(lines, sounds, strict=True):
        request = SpeechRequest(samples=sound.for_engine(), options=SpeechOptions(language="en"))
        results = [engine.transcribe(request, no_report) for engine in engines]
        texts = [" ".join(segment.text for segment in each.segments) for each in results]
        heard.append(Heard(text=text, by=tuple(spoken_words(each) for each in texts)))
        if heard[-1].wrong:
            sys.stderr.write("\n    ".join([f"{heard[-1].wrong} | {text}", *texts]) + "\n")
    words = sum(len(spoken_words(text)) for text in lines)
    apart = zip(*(line.errors for line in heard), strict=True)
    return Figure(
        name=f"words of {words} that no engine recognises when the voice says them",
        value=100 * sum(line.wrong for line in heard) / words,
        unit="%",
        target="<= 2",
        facts={
            name: f"{100 * sum(errors) / words:.1f} %"
            for name, errors in zip(ENGINES, apart, strict=True)
        },
    )


def _lengths(lines: list[str], sounds: list[Sound]) -> Figure:
    """Lines fitted to the time of those that they replace, as in a dubbed video."""
    cues: list[Line] = []
    for text, sound, room in zip(lines, sounds, cycle(ROOMS), strict=False):
        start_ms = cues[-1].end_ms + 1_000 if cues else 0
        end_ms = start_ms + round(sound.duration_ms * room)
        cues.append(Line(segment_id=new_id("seg"), start_ms=start_ms, end_ms=end_ms, text=text))
    places = dubbing.placed(cues, [sound.duration_ms for sound in sounds])
    off = [
        abs(at_speed(sound, place.speed).duration_ms / (cue.end_ms - cue.start_ms) - 1)
        for cue, place, sound in zip(cues, places, sounds, strict=True)
    ]
    return Figure(
        name=f"length of {len(lines)} spoken lines, farthest from that of their cues",
        value=100 * max(off),
        unit="%",
        target="<= 3",
        facts={"of": lines[off.index(max(off))][:40]},
    )


if __name__ == "__main__":
    main()
