"""The choice of a voice for each speaker."""

from dataclasses import replace
from typing import Any

from mp4totext.exports.findings import Line, Text
from mp4totext.transcript import Segment, Transcript
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.sound import line_voices
from mp4totext.videos.storyboard import Sound, Speaker, Storyboard, Translation
from tests.support.transcript_builders import transcript

FIRST = Speaker(provider="kokoro", voice="af_heart")
NAMES = ["af_heart", "am_michael", "bf_emma"]


def segment(number: int, speaker: str | None, length_ms: int) -> Segment:
    return Segment(
        id=f"seg_{number}",
        start_ms=number * 10_000,
        end_ms=number * 10_000 + length_ms,
        text="Words.",
        speaker=speaker,
    )


TALK = Transcript(
    duration_ms=60_000,
    segments=(segment(0, "S1", 2_000), segment(1, "S2", 5_000), segment(2, None, 9_000)),
)


def voices_of(cast: dict[str, Speaker]) -> dict[str, str]:
    return {speaker: voice.voice for speaker, voice in cast.items()}


def test_who_speaks_most_has_the_first_voice() -> None:
    speakers = line_voices.by_speech(TALK)
    assert speakers == ["S2", "S1"]
    cast = line_voices.cast(speakers, FIRST, NAMES, {})
    assert voices_of(cast) == {"S2": "af_heart", "S1": "am_michael"}


def test_a_voice_that_is_chosen_for_one_is_nobody_elses_while_there_are_others() -> None:
    chosen = {"S1": FIRST}
    cast = line_voices.cast(["S2", "S1", "S3", "S4"], FIRST, NAMES, chosen)
    assert voices_of(cast) == {
        "S1": "af_heart",
        "S2": "am_michael",
        "S3": "bf_emma",
        "S4": "am_michael",
    }
    assert line_voices.cast(["S1"], FIRST, NAMES, {}) == {}


def test_a_line_is_in_the_voice_of_its_speaker() -> None:
    emma = FIRST.model_copy(update={"voice": "bf_emma"})
    sound = Sound(mode="voice_over_original", voice=FIRST, voices={"S2": emma})
    text = Text(id="txt", kind="translate", title="", body="", language="en-GB")
    line = Line(segment_id="seg_1", start_ms=0, end_ms=900, text="Words.", speaker="S2")
    voice = line_voices.of_line(sound, text, line)
    assert (voice.voice, voice.language) == ("bf_emma", "en-GB")
    assert line_voices.of_line(sound, text, replace(line, speaker="S1")).voice == "af_heart"
    assert line_voices.of_line(sound, text, replace(line, speaker=None)).voice == "af_heart"


def board(**fields: Any) -> Storyboard:
    options = VideoOptions(preset="captioned", sound="voice")
    sound = Sound(mode="voice", voice=FIRST)
    made = storyboard(options, SAID, recording_id="trn_1", title="", has_video=True, sound=sound)
    return made.model_copy(update=fields)


SAID = replace(
    transcript("One two three four.", "Fünf sechs.", "Seven eight.", words=True), language="en"
)
SAID = replace(
    SAID, segments=(SAID.segments[0], replace(SAID.segments[1], language="de"), SAID.segments[2])
)


def test_what_was_said_is_spoken_where_there_is_no_translation() -> None:
    """In the transcript's language: a voice speaks one."""
    script = line_voices.script(board(), SAID, None)
    assert script is not None
    assert [line.text for line in script.lines] == ["One two three four.", "Seven eight."]
    assert script.lines[1].start_ms == SAID.segments[2].start_ms
    (warning,) = line_voices.warnings(script, SAID)
    assert warning.startswith("1 of 3 passages are in another language")
    later = line_voices.script(board(from_ms=400), SAID, None)
    assert later is not None
    first = later.lines[0]
    assert (first.start_ms, first.text) == (0, "two three four.")
    assert line_voices.script(board(sound=Sound(mode="silent")), SAID, None) is None


def test_a_translation_is_spoken_in_place_of_what_was_said_and_nothing_once_it_is_deleted() -> None:
    line = Line(segment_id="s1", start_ms=0, end_ms=900, text="Eins.")
    text = Text(id="txt", kind="translate", title="", body="", language="de", lines=(line,))
    chosen = board(translation=Translation(text_id="txt_" + 26 * "0", language="de"))
    script = line_voices.script(chosen, SAID, text)
    assert script is not None
    assert script.lines == (line,)
    assert line_voices.warnings(script, SAID) == []
    assert line_voices.script(chosen, SAID, None) is None
