"""The voice of each speaker, and the lines that it speaks. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import cycle

from mp4totext.exports.findings import Line, Text
from mp4totext.transcript import Transcript
from mp4totext.videos import planning, translations
from mp4totext.videos.pieces import line_fingerprint
from mp4totext.videos.sound import dubbing
from mp4totext.videos.storyboard import Sound, Speaker, Storyboard
from mp4totext.voices.planning import PlannedVoice


def script(board: Storyboard, whole: Transcript, translation: Text | None) -> Text | None:
    """What is spoken in the range, with times that count from its start; None: nothing is.

    ``translation``: of the whole recording; None: the storyboard has none, or it was deleted.
    """
    if not board.sound.is_spoken:
        return None
    if board.translation is None:
        return translations.as_said(planning.cut(whole, board.from_ms, board.to_ms))
    if translation is None:
        return None
    return translations.cut(translation, board.from_ms, board.to_ms)


def warnings(script: Text, spoken: Transcript) -> list[str]:
    """``spoken``: the words of the range that the lines of ``script`` were made from."""
    left_out = len(spoken.segments) - len(script.lines)
    if script.kind != translations.SAID or not left_out:
        return []
    return [
        f"{left_out} of {len(spoken.segments)} passages are in another language than the "
        "recording's main one: no voice speaks them."
    ]


def of_line(sound: Sound, script: Text, line: Line) -> PlannedVoice:
    """The voice of a line: its speaker's, or the default one."""
    speaker = sound.voices.get(line.speaker or "", sound.voice)
    assert speaker is not None
    return PlannedVoice(
        provider=speaker.provider,
        model=speaker.model,
        voice=speaker.voice,
        language=script.language or "en",
        speed=1.0,
        direction="",
    )


def lengths_ms(sound: Sound, script: Text) -> dict[str, int]:
    """The lines that are spoken, by fingerprint, with the length of the original.

    The same words in the same voice are synthesised, and paid for, only once.
    """
    lengths: dict[str, int] = {}
    for line in dubbing.to_speak(script.lines):
        fingerprint = line_fingerprint(line.text, of_line(sound, script, line))
        lengths.setdefault(fingerprint, max(0, line.end_ms - line.start_ms))
    return lengths


def by_speech(transcript: Transcript) -> list[str]:
    """The IDs of the speakers; the one who speaks longest comes first."""
    spoken_ms: Counter[str] = Counter()
    for segment in transcript.segments:
        if segment.speaker is not None:
            spoken_ms[segment.speaker] += segment.end_ms - segment.start_ms
    return sorted(spoken_ms, key=lambda speaker: (-spoken_ms[speaker], speaker))


def cast(
    speakers: Sequence[str], first: Speaker, names: Sequence[str], chosen: Mapping[str, Speaker]
) -> dict[str, Speaker]:
    """A voice for each speaker, all different as long as there are enough.

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
