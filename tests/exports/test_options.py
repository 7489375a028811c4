"""Options are parsed once; errors list the allowed values."""

import pytest

from mp4totext.exports.options import OPTION_NAMES, ExportOptions, parse_options
from mp4totext.exports.presets import PRESETS, SpeakerMark
from mp4totext.kit.errors import Invalid


def test_nothing_asked_gives_the_defaults() -> None:
    assert parse_options({}) == ExportOptions()


def test_every_option_is_read() -> None:
    options = parse_options(
        {
            "title": " Talk ",
            "preset": "broadcast",
            "max_columns": "30",
            "max_lines": "1",
            "speaker_mark": "none",
            "speakers": "false",
            "timestamps": "0",
            "bom": "TRUE",
            "findings": "off",
            "bilingual": "1",
            "translation": "de",
            "fps": "29.97",
        }
    )
    assert options.title == "Talk"
    assert (options.speakers, options.timestamps, options.bom) == (False, False, True)
    assert (options.show_findings, options.bilingual, options.fps.name) == (False, True, "29.97")
    preset = options.preset
    assert preset.name == "broadcast"
    assert (preset.max_columns, preset.max_lines) == (30, 1)
    assert preset.wide_characters == 15
    assert preset.speaker_mark is SpeakerMark.NONE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("preset", "cinema"),
        ("max_columns", "9"),
        ("max_columns", "81"),
        ("max_columns", "٤٢"),
        ("max_columns", "-5"),
        ("max_lines", "4"),
        ("max_lines", "9" * 5000),
        ("speaker_mark", "colour"),
        ("bom", "maybe"),
        ("fps", "26"),
        ("colour", "red"),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_options({name: value})
    assert refused.value.status == 422
    assert name in refused.value.message
    assert len(refused.value.message) < 300


def test_every_preset_can_be_asked_for_and_is_named_in_the_help() -> None:
    for name in PRESETS:
        assert parse_options({"preset": name}).preset.name == name
        assert name in OPTION_NAMES["preset"]
