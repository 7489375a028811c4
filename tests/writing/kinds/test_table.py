import re
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.writing.grounding import Grounder
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import LocalOptions, Options, Strategy, TextKind
from tests.support.transcript_builders import talk, transcript

EXAMPLES: dict[str, dict[str, object]] = {
    "custom": {"prompt": "List the tools."},
    "questions": {"questions": ["How long does the bread bake?", "Who won the chess game?"]},
    "translate": {"target": "tr"},
}


def options(kind: TextKind, **more: object) -> Options:
    return kind.options.model_validate({**EXAMPLES.get(kind.name, {}), **more})


@pytest.mark.parametrize("name", KINDS)
def test_each_row_is_complete(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert kind.version >= 1
    assert kind.title
    assert issubclass(kind.options, LocalOptions) == kind.local
    assert len(options(kind).task()) > 40


def test_the_kinds_are_those_of_the_product() -> None:
    assert set(KINDS) == {
        "clean", "summary", "chapters", "action_items", "key_phrases", "lecture_notes",
        "exam_questions", "translate", "custom", "questions", "web_context",
    }  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_unknown_options_and_languages_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        options(KINDS[name], colour="red")
    with pytest.raises(ValidationError, match="not a language"):
        options(KINDS[name], language="klingonish")


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.answer])
def test_answer_schemas_are_strict(name: str) -> None:
    answer = KINDS[name].answer
    assert answer is not None
    schema = answer.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    for shape in objects:
        if shape.get("type") == "object":
            assert shape["additionalProperties"] is False
            assert set(shape["required"]) == set(shape["properties"])


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.local])
def test_local_texts_are_grounded(name: str) -> None:
    sample, _ = talk("bread", "court", "birds")
    more = transcript(
        *(segment.text for segment in sample.segments), "I'll call the court on Monday."
    )
    kind = KINDS[name]
    chosen = options(kind)
    assert isinstance(chosen, LocalOptions)
    local = chosen.write_locally(more)
    assert local.text
    assert local.cited
    grounder = Grounder(more)
    assert grounder.check(local.text).unknown == ()
    for cited in local.cited:
        assert grounder.find(cited.text) is not None
    if kind.answer is not None:
        assert isinstance(local.answer, kind.answer)
        checked = grounder.check_answer(local.answer)
        assert checked.unknown == ()
        assert checked.not_verbatim == ()


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.local])
def test_local_texts_of_an_empty_transcript_are_empty(name: str) -> None:
    chosen = options(KINDS[name])
    assert isinstance(chosen, LocalOptions)
    assert chosen.write_locally(transcript(language=None)).cited == ()


def test_local_versions_run_in_their_languages_only() -> None:
    assert KINDS["summary"].runs_locally("ja")
    assert KINDS["chapters"].runs_locally("en-GB")
    assert KINDS["chapters"].runs_locally("de")
    assert not KINDS["chapters"].runs_locally("xh")
    assert KINDS["action_items"].runs_locally("zh-Hant")
    assert KINDS["key_phrases"].runs_locally("zh")
    assert not KINDS["key_phrases"].runs_locally("th")
    assert not KINDS["translate"].runs_locally("en")
    assert not KINDS["clean"].runs_locally(None)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("translate", {"target": "klingonish"}),
        ("translate", {"target": "tr", "language": "en"}),
        ("custom", {"prompt": "x" * 100_000}),
        ("custom", {"prompt": ""}),
        ("questions", {"questions": []}),
        ("exam_questions", {"count": 0}),
        ("exam_questions", {"types": ["riddle"]}),
        ("summary", {"style": "haiku"}),
        ("web_context", {"searches": 11}),
    ],
)
def test_impossible_options_are_refused(name: str, bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        options(KINDS[name], **bad)


def test_options_survive_being_stored() -> None:
    for kind in KINDS.values():
        sample: BaseModel = options(kind)
        assert kind.options.model_validate_json(sample.model_dump_json()) == sample


def test_the_documentation_lists_every_kind_as_it_is() -> None:
    page = (
        (Path(__file__).parents[3] / "docs" / "understanding.md")
        .read_text(encoding="utf-8")
        .partition("## Texts by a model")[2]
    )
    for kind in KINDS.values():
        (row,) = (line for line in page.splitlines() if line.startswith(f"| {kind.name} | "))
        assert ("joined" in row) == (kind.strategy is Strategy.LINES)
        assert row.endswith("| no |") == (not kind.local)
        number = re.search(r"\| (\d+) languages", row)
        assert (number is not None) == (kind.local and ALL_LANGUAGES not in kind.local_languages)
        assert number is None or int(number[1]) == len(kind.local_languages)
