"""Every row of the table is complete, tested and documented."""

import re
from pathlib import Path

import pytest

from mp4totext.exports.options import OPTION_NAMES
from mp4totext.exports.registry import EXPORTS, docs_table, export_named
from mp4totext.kit.errors import Invalid
from tests.exports.samples import GOLDEN, READ_BACK

DOCS = Path(__file__).parents[2] / "docs" / "exports.md"


@pytest.mark.parametrize("name", list(EXPORTS))
def test_a_row_is_complete(name: str) -> None:
    export = EXPORTS[name]
    assert export.name == name
    assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?", export.media_type)
    assert re.fullmatch(r"([a-z]+\.)?[A-Za-z]+", export.extension)
    assert export.description.endswith(".")
    assert set(export.options) <= set(OPTION_NAMES)
    assert name in READ_BACK or (GOLDEN / f"lecture.{export.extension}").is_file()


def test_no_two_formats_write_the_same_file() -> None:
    extensions = [export.extension.lower() for export in EXPORTS.values()]
    assert len(set(extensions)) == len(extensions)


def test_every_option_is_honoured_by_some_format() -> None:
    assert {option for export in EXPORTS.values() for option in export.options} == set(OPTION_NAMES)


def test_no_golden_file_is_left_behind() -> None:
    expected = {f"lecture.{e.extension}" for e in EXPORTS.values() if e.name not in READ_BACK}
    assert {path.name for path in GOLDEN.iterdir()} == expected


def test_the_documentation_carries_the_table() -> None:
    found = re.search(
        r"<!-- generated: exports -->\n(.*?)\n<!-- end -->", DOCS.read_text(encoding="utf-8"), re.S
    )
    assert found is not None
    assert found.group(1) == docs_table()


def test_an_unknown_format_lists_the_known_ones() -> None:
    assert export_named("SRT") is EXPORTS["srt"]
    with pytest.raises(Invalid, match="txt, md, srt"):
        export_named("xlsx")
