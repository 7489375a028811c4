"""The voice of each speaker, and the lines that it speaks. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import cycle

from mp4totext.exports.findings import Line, Text
from mp4totext.transcript import Transcript
from mp4totext.videos import dubbing, translations
from mp4totext.videos.pieces import line_fingerprint
from mp4totext.videos.storyboard import Sound, Speaker, Storyboard
from mp4totext.voices.planning import PlannedVoice


def of_line(sound: Sound, translation: Text, line: Line) -> PlannedVoice:
    """The voice of a line: its speaker's, or the default one."""
    speaker = sound.voices.get(line.speaker or "", sound.voice)
    assert speaker is not None
    return PlannedVoice(
        provider=speaker.provider,
        model=speaker.model,
        voice=speaker.voice,
        language=translation.language or "en",
        speed=1.0,
        direction="",
    )


def lengths_ms(board: Storyboard, translation: Text) -> dict[str, int]:
    """The lines in the range, by fingerprint, with the length of the original.

    What is said twice in the same words by the same voice is spoken, and paid, once.
    """
    cut = translations.cut(translation, board.from_ms, board.to_ms)
    lengths: dict[str, int] = {}
    for line in dubbing.to_speak(cut.lines):
        mark = line_fingerprint(line.text, of_line(board.sound, translation, line))
        lengths.setdefault(mark, max(0, line.end_ms - line.start_ms))
    return lengths


def by_speech(transcript: Transcript) -> list[str]:
    """The ids of the speakers; who speaks longest comes first."""
    spoken_ms: Counter[str] = Counter()
    for segment in transcript.segments:
        if segment.speaker is not None:
            spoken_ms[segment.speaker] += segment.end_ms - segment.start_ms
    return sorted(spoken_ms, key=lambda speaker: (-spoken_ms[speaker], speaker))


def cast(
    speakers: Sequence[str], first: Speaker, names: Sequence[str], chosen: Mapping[str, Speaker]
) -> dict[str, Speaker]:
    """A voice for each speaker, another one as long as there are some.

    ``names``: of the voices of ``first``'s provider. ``chosen`` stay as they are.
    """
    others = [speaker for speaker in speakers if speaker not in chosen]
    if len(speakers) < 2 and not chosen:
        return {}
    taken = {voice.voice for voice in chosen.values()}
    ordered = [first.voice, *(name for name in names if name != first.voice)]
    free = [name for name in ordered if name not in taken] or ordered
    given = {
        speaker: first.model_copy(update={"voice": name})
        for speaker, name in zip(others, cycle(free), strict=False)
    }
    return {**given, **chosen}
