import json

import pytest

from mp4totext.providers.speech.base import Feature
from mp4totext.writing.extractive.features import LOCAL_FEATURES, runs
from mp4totext.writing.extractive.understanding import answer, understand
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import LocalOptions
from tests.support.transcript_builders import talk, transcript

ALL: tuple[Feature, ...] = tuple(LOCAL_FEATURES)


def test_english_runs_everything() -> None:
    result = understand(talk("court", "bread")[0], ALL)
    assert result.ran == ALL
    assert result.refused == ()
    assert result.chapters
    assert result.highlights
    assert result.sentiments


def test_what_a_language_lacks_does_not_run() -> None:
    sample = transcript("Anna kam am 5. März 2024 nach Berlin.", language="de-DE")
    result = understand(sample, ALL)
    assert result.ran == ("auto_chapters", "auto_highlights", "entity_detection")
    assert result.refused == ("sentiment_analysis",)
    assert result.sentiments is None
    assert result.entities is not None
    assert {entity.text for entity in result.entities} == {"Anna", "5. März 2024", "Berlin"}


def test_only_requested_features_run() -> None:
    asked: tuple[Feature, ...] = ("sentiment_analysis",)
    result = understand(transcript("I love it."), asked)
    assert result.ran == ("sentiment_analysis",)
    assert (result.chapters, result.highlights, result.entities) == (None, None, None)


def test_an_empty_transcript_runs_nothing() -> None:
    assert understand(transcript(language=None), ALL).ran == ()


def test_regional_tags_follow_their_language() -> None:
    assert runs("sentiment_analysis", "en-GB")
    assert not runs("sentiment_analysis", "enm")
    assert runs("entity_detection", "ja")
    assert runs("auto_highlights", "ja-JP")
    assert (runs("auto_chapters", "zh-Hans"), runs("auto_highlights", "zh-Hans")) == (True, True)
    assert (runs("auto_chapters", "th"), runs("auto_highlights", "th")) == (True, False)


def test_the_answer_has_the_published_names_and_our_citations() -> None:
    sample = transcript(
        "Anna loves the new bridge in Paris.", "The new bridge is open.", words=True
    )
    result = answer(understand(sample, ALL))
    assert result == json.loads(json.dumps(result))
    assert result["source"] == "local"
    shapes = {
        "sentiment_analysis_results": {
            "text",
            "start",
            "end",
            "sentiment",
            "confidence",
            "speaker",
        },
        "chapters": {"gist", "headline", "summary", "start", "end"},
        "entities": {"entity_type", "text", "start", "end"},
    }
    for name, fields in shapes.items():
        entries = result[name]
        assert isinstance(entries, list)
        for entry in entries:
            assert isinstance(entry, dict)
            assert set(entry) == fields | {"segment_ids"}
    highlights = result["auto_highlights_result"]
    assert isinstance(highlights, dict)
    assert highlights["status"] == "success"
    results = highlights["results"]
    assert isinstance(results, list)
    assert isinstance(results[0], dict)
    assert set(results[0]) == {"count", "rank", "text", "timestamps"}


def test_features_that_did_not_run_are_absent_from_the_answer() -> None:
    result = answer(understand(transcript("Shwmae.", language="cy"), ALL))
    assert set(result) == {"source", "entities"}


@pytest.mark.parametrize(
    "text",
    ["x" * 20_000, "a " * 5_000, "1 " * 5_000, "A. " * 3_000, "a.b@" * 2_000, "seven " * 2_000,
     "Anna " * 2_000, "um, " * 3_000, "I'll " * 2_000, "今" * 5_000, "((((" * 5_000],
)  # fmt: skip
def test_hostile_text_takes_no_longer_than_ordinary_text(text: str) -> None:
    sample = transcript(text)
    understand(sample, ALL)
    for name in ("summary", "clean", "action_items"):
        chosen = KINDS[name].options()
        assert isinstance(chosen, LocalOptions)
        chosen.write_locally(sample)
