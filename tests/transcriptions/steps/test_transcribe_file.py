"""Results of engines for whole files, in addition to the text."""

import pytest

from mp4totext.providers.speech.base import EntityResult, Understanding
from mp4totext.transcriptions.steps.transcribe_file import _in_script_of


@pytest.mark.parametrize(
    ("language", "text"), [("zh-Hant", "臺灣"), ("zh", "台湾"), ("en", "台湾"), (None, "台湾")]
)
def test_entities_are_written_as_the_transcript_is(language: str | None, text: str) -> None:
    entity = EntityResult(start_ms=0, end_ms=400, entity_type="location", text="台湾")
    found = _in_script_of(Understanding(entity_detection=(entity,)), language)
    assert found.entity_detection is not None
    assert [result.text for result in found.entity_detection] == [text]


def test_without_entities_there_is_nothing_to_write() -> None:
    assert _in_script_of(Understanding(), "zh-Hant") == Understanding()
