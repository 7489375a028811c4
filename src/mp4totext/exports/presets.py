"""Caption presets: the limits for captions, as data."""

from dataclasses import dataclass
from enum import StrEnum


class SpeakerMark(StrEnum):
    """How captions mark a change of speaker."""

    NONE = "none"
    DASH = "dash"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionPreset:
    """Limits of one caption style. Widths are in columns of a Latin letter.

    docs/exports.md has their sources.
    """

    name: str
    title: str
    max_columns: int = 42
    max_lines: int = 2
    characters_per_second: int = 17
    min_ms: int = 1_000
    max_ms: int = 7_000
    gap_ms: int = 84  # two frames at 24 frames a second, rounded up
    chain_ms: int = 500  # a shorter gap than this flickers: the cue stays until the next one
    linger_ms: int = 1_500  # longest stay after the last word, for a slower reader
    pause_ms: int = 1_500  # a silence this long always ends a cue
    # Chinese and Japanese: full-width characters a line, and read a second.
    wide_characters: int = 16
    wide_characters_per_second: int = 9
    speaker_mark: SpeakerMark = SpeakerMark.DASH


DEFAULT = CaptionPreset(name="default", title="Two lines of 42, 17 characters a second")

PRESETS: dict[str, CaptionPreset] = {
    preset.name: preset
    for preset in (
        DEFAULT,
        CaptionPreset(
            name="streaming",
            title="As streaming services ask: cues from 5/6 s, out-time at most 12 frames late",
            min_ms=834,
            linger_ms=500,
        ),
        CaptionPreset(
            name="broadcast",
            title="As television asks: 37 columns, 160 to 180 words a minute, named speakers",
            max_columns=37,
            characters_per_second=15,
            speaker_mark=SpeakerMark.NAME,
        ),
        CaptionPreset(
            name="social",
            title="Upright video: one short line that changes often",
            max_columns=24,
            max_lines=1,
            min_ms=500,
            max_ms=3_000,
            characters_per_second=20,
            gap_ms=0,
            wide_characters=10,
            wide_characters_per_second=11,
            speaker_mark=SpeakerMark.NONE,
        ),
        CaptionPreset(
            name="children",
            title="Slower reading: 13 characters a second",
            characters_per_second=13,
            min_ms=1_500,
            wide_characters_per_second=7,
        ),
    )
}
