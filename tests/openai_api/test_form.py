"""The form of a transcription: the effect of each field, as in the docs."""

from typing import Any

import pytest

from mp4totext.openai_api.form import AudioRequest, Task, read_form
from mp4totext.openai_api.names import ModelChoice
from mp4totext.openai_api.refusals import InvalidField


def read(task: Task = "transcribe", *, diarize: bool = False, **fields: Any) -> AudioRequest:
    lists = {
        name.replace("__", "[]"): [value] if isinstance(value, str) else value
        for name, value in fields.items()
    }
    return read_form(lists, task, lambda name: ModelChoice(model=name or None, diarize=diarize))


def test_nothing_but_a_model_is_a_plain_transcription() -> None:
    request = read(model="base")
    options = request.options
    assert (request.response_format, request.stream, request.words, request.segments) == (
        "json",
        False,
        False,
        True,
    )
    assert (options.model, options.language, options.diarize) == ("base", "auto", False)
    assert (options.prompt, options.vocabulary, options.strict) == (None, (), False)


def test_a_prompt_is_one_text_and_keywords_are_the_vocabulary() -> None:
    options = read(prompt="Well, Ann said: no.", keywords__=["Beckett", "Ever, tried"]).options
    assert options.prompt == "Well, Ann said: no."
    assert options.vocabulary == ("Beckett", "Ever, tried")


def test_of_a_long_prompt_the_end_counts() -> None:
    prompt = read(prompt="x" * 1_000 + " the end").options.prompt
    assert prompt is not None
    assert len(prompt) == 600
    assert prompt.endswith(" the end")


@pytest.mark.parametrize(
    "given",
    [
        {"timestamp_granularities__": ["word", "segment"]},
        {"timestamp_granularities": ["word", "segment"]},
        {"timestamp_granularities": "word,segment"},
        {"timestamp_granularities": '["word", "segment"]'},
        {"timestamp_granularities[0]": "word", "timestamp_granularities[1]": "segment"},
    ],
)
def test_lists_are_read_however_a_client_writes_them(given: dict[str, Any]) -> None:
    request = read(response_format="verbose_json", **given)
    assert (request.words, request.segments) == (True, True)


def test_one_of_several_languages_is_not_taken_for_all() -> None:
    assert read(languages__=["de"]).options.language == "de"
    assert read(languages__=["de", "en"]).options.language == "auto"
    assert read(language="German", languages__=["de", "en"]).options.language == "de"


def test_speakers_come_with_the_model_or_the_format() -> None:
    assert read(diarize=True).options.diarize
    assert read(response_format="diarized_json").options.diarize


def test_a_translation_goes_into_english() -> None:
    assert read("translate").options.translate_to_english


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"stream": "perhaps"}, "stream"),
        ({"stream": "true", "response_format": "vtt"}, "response_format"),
        ({"response_format": "xml"}, "response_format"),
        ({"timestamp_granularities__": ["word"]}, "timestamp_granularities"),
        (
            {"timestamp_granularities__": ["line"], "response_format": "verbose_json"},
            "timestamp_granularities",
        ),
        ({"include__": ["tokens"]}, "include"),
        ({"include__": ["logprobs"], "response_format": "text"}, "include"),
        ({"keywords": "[1"}, "keywords"),
        ({"keywords__": ["x" * 100]}, "keywords"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": "1.5"}, "temperature"),
        ({"chunking_strategy": "never"}, "chunking_strategy"),
        ({"chunking_strategy": '{"type": "server_vad", "threshold": 7}'}, "chunking_strategy"),
        ({"chunking_strategy[type]": "client_vad"}, "chunking_strategy"),
        ({"language": "Klingon!"}, "language"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidField) as raised:
        read(**fields)
    assert raised.value.facts == {"param": param}
    assert "Value error" not in raised.value.message


def test_a_translation_has_no_speakers() -> None:
    with pytest.raises(InvalidField, match="no speakers"):
        read("translate", response_format="diarized_json")


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": "0.4"},
        {"chunking_strategy": "auto"},
        {"chunking_strategy": '{"type": "server_vad"}'},
        {"chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "0.3"},
        {"user": "ann", "extra": "field"},
    ],
)
def test_what_is_ignored_changes_nothing(fields: dict[str, Any]) -> None:
    assert read(**fields) == read()


def test_known_speakers_keep_the_commas_of_their_data_urls() -> None:
    fields: Any = {
        "known_speaker_names[]": ["Ann", "Ben"],
        "known_speaker_references[]": ["data:audio/wav;base64,AA", "data:audio/wav;base64,BB"],
    }
    request = read(diarize=True, **fields)
    assert request.known_names == ("Ann", "Ben")
    assert request.known_references == tuple(fields["known_speaker_references[]"])
    one = read(diarize=True, known_speaker_names="Ann", known_speaker_references="data:;base64,AA")
    assert (one.known_names, one.known_references) == (("Ann",), ("data:;base64,AA",))
    with pytest.raises(InvalidField) as raised:
        read(**fields)
    assert raised.value.facts == {"param": "known_speaker_names"}
