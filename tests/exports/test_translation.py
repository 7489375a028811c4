"""Captions of a translation, alone and below the original."""

from dataclasses import replace

import pytest

from mp4totext.exports.captions import of
from mp4totext.exports.findings import Line
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.presets import DEFAULT
from mp4totext.exports.translation import parts, translated
from mp4totext.transcript import problems
from tests.exports.samples import german, lecture, spoken, transcript
from tests.support.caption_rules import Rule, check


def test_a_cue_shows_the_translation_of_what_it_says() -> None:
    talk, below = lecture(), german()
    cues = of(talk, replace(ExportOptions(), translation=below))
    lines = {line.segment_id: line.text for line in below.lines}
    spoken_lines = {cue.start_ms: cue.lines for cue in cues}
    assert spoken_lines[15_000][-1] == lines["s2"]
    for segment in talk.segments:
        end_ms = segment.end_ms
        inside = [cue for cue in cues if segment.start_ms <= cue.start_ms < end_ms]
        said = "".join(piece.text for cue in inside for line in cue.words for piece in line)
        assert said == "".join(segment.text.split())
        translated = " ".join(line for cue in inside for line in cue.lines[len(cue.words) :])
        assert translated.split() == lines.get(segment.id, "").split()
    assert [v for v in check(cues, DEFAULT) if v.rule in {Rule.OVERLAP, Rule.EMPTY}] == []


def test_a_long_translation_is_broken_into_lines() -> None:
    talk = transcript(spoken("Yes."), spoken("", 1_000, number=2), spoken("No.", 2_000, number=3))
    text = replace(
        german(),
        lines=(Line(segment_id="s1", start_ms=0, end_ms=260, text="sehr " * 30 + "lang"),),
    )
    first, second = of(talk, replace(ExportOptions(), translation=text))
    assert first.lines[0] == "Yes."
    assert all(len(line) <= 42 for line in first.lines)
    assert " ".join(first.lines[1:]).split() == ["sehr"] * 30 + ["lang"]
    assert second.lines == ("No.",)


def test_a_translation_takes_the_place_of_what_was_said() -> None:
    shown = translated(lecture(), german())
    assert problems(shown) == []
    assert shown.language == "de"
    assert [(s.id, s.start_ms, s.end_ms) for s in shown.segments] == [
        (line.segment_id, line.start_ms, line.end_ms) for line in german().lines
    ]


def test_lines_of_a_translation_are_of_about_the_same_width() -> None:
    text = "Ve bu yüzden, sevgili Amerikalı yurttaşlarım,"
    assert parts(text, [1], language="tr", columns=42) == [
        ["Ve bu yüzden, sevgili", "Amerikalı yurttaşlarım,"]
    ]


@pytest.mark.parametrize("columns", [12, 19, 24, 42])
def test_a_word_that_is_the_widest_line_stays_alone(columns: int) -> None:
    text = "Die Donaudampfschifffahrtsgesellschaft hatte viele Kapitäne."
    (lines,) = parts(text, [1], language="de", columns=columns)
    assert " ".join(lines) == text
    assert parts("internationally so it is", [1], language="en", columns=16) == [
        ["internationally", "so it is"]
    ]
