"""The options of an export, parsed from a request or command."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mp4totext.exports.findings import NOTHING_FOUND, Findings, Text
from mp4totext.exports.frames import DEFAULT_RATE, RATES, FrameRate
from mp4totext.exports.presets import DEFAULT, PRESETS, CaptionPreset, SpeakerMark
from mp4totext.kit.errors import Invalid

_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Every format accepts all options and applies those that its table row lists."""

    title: str = "Transcript"
    preset: CaptionPreset = DEFAULT
    speakers: bool = True  # show who speaks
    timestamps: bool = True  # show when, in the formats made for reading
    bom: bool = False  # begin CSV with a byte-order mark: Excel then reads it as UTF-8
    show_findings: bool = True  # include chapters, highlights, names and texts
    fps: FrameRate = DEFAULT_RATE  # for formats that count in frames
    bilingual: bool = False  # show the original above the translation
    # Properties of the recording, not chosen by callers:
    made_at: datetime | None = None  # when it was transcribed
    findings: Findings = NOTHING_FOUND
    translation: Text | None = None  # its lines are shown below the original with ``bilingual``
    only: Text | None = None  # the file contains this text, not the recording


# Description of each option, by its public name, for the docs, the API and the command.
OPTION_NAMES: dict[str, str] = {
    "title": "heading and file name",
    "preset": f"caption style: {', '.join(PRESETS)}",
    "max_columns": "caption line length in columns, 10 to 80; replaces the preset's",
    "max_lines": "caption lines, 1 to 3; replaces the preset's",
    "speaker_mark": f"how captions mark a new speaker: {', '.join(SpeakerMark)}",
    "speakers": "show who speaks: true or false",
    "timestamps": "show times in the text: true or false",
    "findings": "include chapters, highlights, names and texts about the recording: true or false",
    "translation": "language of an existing translation, which replaces the original text",
    "bilingual": "with a translation: show the original above it: true or false",
    "fps": f"frames per second of the video: {', '.join(RATES)}",
    "bom": "begin with a byte-order mark, for Excel: true or false",
}


def parse_options(raw: Mapping[str, str]) -> ExportOptions:
    """Parse options of a request or command. Raises Invalid, which lists the allowed values."""
    unknown = sorted(set(raw) - set(OPTION_NAMES))
    if unknown:
        raise Invalid(
            f"Unknown export option {unknown[0]!r}; known: {', '.join(OPTION_NAMES)}.",
            code="unknown_export_option",
        )
    defaults = ExportOptions()
    return ExportOptions(
        title=raw.get("title", "").strip() or defaults.title,
        preset=_preset(raw),
        speakers=_flag(raw, "speakers", default=defaults.speakers),
        timestamps=_flag(raw, "timestamps", default=defaults.timestamps),
        bom=_flag(raw, "bom", default=defaults.bom),
        show_findings=_flag(raw, "findings", default=defaults.show_findings),
        fps=_rate(raw),
        bilingual=_flag(raw, "bilingual", default=defaults.bilingual),
    )


def _preset(raw: Mapping[str, str]) -> CaptionPreset:
    name = raw.get("preset", DEFAULT.name)
    if name not in PRESETS:
        raise _wrong("preset", name)
    preset = PRESETS[name]
    if "max_columns" in raw:
        columns = _number(raw, "max_columns", low=10, high=80)
        # A full-width character takes two columns; the preset's own limit stays if it is less.
        wide = max(1, min(preset.wide_characters, columns // 2))
        preset = replace(preset, max_columns=columns, wide_characters=wide)
    if "max_lines" in raw:
        preset = replace(preset, max_lines=_number(raw, "max_lines", low=1, high=3))
    if "speaker_mark" in raw:
        if raw["speaker_mark"] not in set(SpeakerMark):
            raise _wrong("speaker_mark", raw["speaker_mark"])
        preset = replace(preset, speaker_mark=SpeakerMark(raw["speaker_mark"]))
    return preset


def _rate(raw: Mapping[str, str]) -> FrameRate:
    name = raw.get("fps", DEFAULT_RATE.name)
    if name not in RATES:
        raise _wrong("fps", name)
    return RATES[name]


def _number(raw: Mapping[str, str], name: str, *, low: int, high: int) -> int:
    text = raw[name]
    if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
        raise _wrong(name, text)
    return int(text)


def _flag(raw: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = raw.get(name, str(default)).lower()
    if text not in _TRUE | _FALSE:
        raise _wrong(name, text)
    return text in _TRUE


def _wrong(name: str, value: str) -> Invalid:
    return Invalid(
        f"Export option {name} cannot be {value[:80]!r}. Expected: {OPTION_NAMES[name]}.",
        code="invalid_export_option",
        option=name,
    )
