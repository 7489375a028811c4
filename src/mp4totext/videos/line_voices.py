"""Which voice speaks a line of a translation, and what is still to be paid of it. Pure."""

from mp4totext.exports.findings import Text
from mp4totext.videos import dubbing, translations
from mp4totext.videos.pieces import line_fingerprint
from mp4totext.videos.storyboard import Sound, Storyboard
from mp4totext.voices.planning import PlannedVoice


def of_text(sound: Sound, translation: Text) -> PlannedVoice:
    """Of all of its lines."""
    speaker = sound.voice
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
    """Of each line in the stretch, as long as the original, by its fingerprint.

    What is said twice in the same words is spoken, and paid, once.
    """
    cut = translations.cut(translation, board.from_ms, board.to_ms)
    voice = of_text(board.sound, translation)
    lengths: dict[str, int] = {}
    for line in dubbing.to_speak(cut.lines):
        mark = line_fingerprint(line.text, voice)
        lengths.setdefault(mark, max(0, line.end_ms - line.start_ms))
    return lengths
