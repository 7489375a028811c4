"""Checks cues against the rules of a caption preset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from mp4totext.exports.captions import Cue, is_wide
from mp4totext.exports.cue_cuts import line_limit, reading_ms
from mp4totext.exports.presets import CaptionPreset
from mp4totext.kit import unicode


class Rule(StrEnum):
    LINE_WIDTH = "line_width"  # columns
    LINES = "lines"
    TOO_SHORT = "too_short"  # milliseconds
    TOO_LONG = "too_long"  # milliseconds
    READING_SPEED = "reading_speed"  # hundredths of a character a second
    GAP = "gap"  # milliseconds to the next cue
    OVERLAP = "overlap"  # milliseconds shared with the next cue
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    rule: Rule
    cue: int  # from 1, as in the file
    value: int  # in the rule's unit
    limit: int


def check(cues: Sequence[Cue], preset: CaptionPreset) -> list[Violation]:
    """All violations of rules, in the order of the cues; empty if there are none."""
    violations: list[Violation] = []
    for number, cue in enumerate(cues, 1):
        violations.extend(_of_text(number, cue, preset))
        violations.extend(_of_time(number, cue, preset))
    for number, (cue, following) in enumerate(pairwise(cues), 1):
        violations.extend(_between(number, cue, following, preset))
    return sorted(violations, key=lambda violation: violation.cue)


def _of_text(number: int, cue: Cue, preset: CaptionPreset) -> Iterator[Violation]:
    if not cue.characters:
        yield Violation(rule=Rule.EMPTY, cue=number, value=0, limit=1)
    if len(cue.lines) > preset.max_lines:
        yield Violation(rule=Rule.LINES, cue=number, value=len(cue.lines), limit=preset.max_lines)
    limit = line_limit(preset, wide=is_wide(cue))
    widest = max(map(unicode.width, cue.lines), default=0)
    if widest > limit:
        yield Violation(rule=Rule.LINE_WIDTH, cue=number, value=widest, limit=limit)


def _of_time(number: int, cue: Cue, preset: CaptionPreset) -> Iterator[Violation]:
    shown_ms = cue.end_ms - cue.start_ms
    if shown_ms < preset.min_ms:
        yield Violation(rule=Rule.TOO_SHORT, cue=number, value=shown_ms, limit=preset.min_ms)
    if shown_ms > preset.max_ms:
        yield Violation(rule=Rule.TOO_LONG, cue=number, value=shown_ms, limit=preset.max_ms)
    wide = is_wide(cue)
    if shown_ms < reading_ms(cue.characters, preset, wide=wide):
        speed = preset.wide_characters_per_second if wide else preset.characters_per_second
        value = cue.characters * 100_000 // max(1, shown_ms)
        yield Violation(rule=Rule.READING_SPEED, cue=number, value=value, limit=speed * 100)


def _between(number: int, cue: Cue, following: Cue, preset: CaptionPreset) -> Iterator[Violation]:
    gap = following.start_ms - cue.end_ms
    if gap < 0:
        yield Violation(rule=Rule.OVERLAP, cue=number, value=-gap, limit=0)
    elif gap < preset.gap_ms:
        yield Violation(rule=Rule.GAP, cue=number, value=gap, limit=preset.gap_ms)
