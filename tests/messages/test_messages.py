"""Each language has all messages of the code, with equal placeholders."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import mp4totext
from mp4totext.credits.prices import DEFAULT_PRICES
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit.error_codes import FAILURES
from mp4totext.kit.error_codes import SENTENCES as ENGLISH
from mp4totext.kit.errors import AppError
from mp4totext.kit.http import TITLES
from mp4totext.kit.validation import SENTENCES
from mp4totext.media.download_errors import DownloadError
from mp4totext.media.errors import MediaError
from mp4totext.messages import LANGUAGES, messages_in, preferred
from mp4totext.providers.kinds import entries
from mp4totext.transcript import _NUMBERED
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.results import EntityType, Sentiment

# Errors of the command, the library and the assistants' protocol: none of them asks for a language.
LOCAL = ("mp4totext.commands", "mp4totext.library", "mp4totext.client", "mp4totext.wyoming_api")
NOT_IMPORTED = ("mp4totext.migrations", "mp4totext.__main__", "mp4totext.commands")


def below(error: type[Exception]) -> Iterator[type[Exception]]:
    yield error
    for each in error.__subclasses__():
        yield from below(each)


@pytest.fixture(scope="module")
def english() -> Mapping[str, str]:
    """The sentence of every code that an error of the trees has as its own."""
    for module in pkgutil.walk_packages(mp4totext.__path__, "mp4totext."):
        if module.name.endswith("errors") and not module.name.startswith(NOT_IMPORTED):
            importlib.import_module(module.name)
    importlib.import_module("mp4totext.app")
    importlib.import_module("mp4totext.worker")
    sentences: dict[str, str] = {}
    for root in (AppError, MediaError, DownloadError):
        for error in below(root):
            if error.__module__.startswith(LOCAL) or not error.__module__.startswith("mp4totext"):
                continue
            assert "sentence" not in vars(error), f"{error.__name__}'s belongs to error_codes"
            code = error.code  # type: ignore[attr-defined]  # all three have one
            sentences[code] = ENGLISH[code]
    return sentences


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_with_the_same_placeholders(
    language: str, english: Mapping[str, str]
) -> None:
    sentences = messages_in(language).sentences
    assert set(sentences) == set(english)
    for code, sentence in english.items():
        assert placeholders(sentences[code]) == placeholders(sentence), code
        assert sentences[code] != sentence, code
        assert sentences[code] == sentences[code].strip(), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_of_a_job_has_a_sentence_with_the_same_placeholders(language: str) -> None:
    failures = messages_in(language).failures
    assert set(failures) == set(FAILURES)
    for name, sentence in FAILURES.items():
        assert placeholders(failures[name]) == placeholders(sentence), name
        assert failures[name] != sentence, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_and_every_mistake_in_a_field_has_its_words(language: str) -> None:
    messages = messages_in(language)
    assert set(messages.titles) == set(TITLES)
    assert set(messages.fields) == set(SENTENCES)
    for key, sentence in SENTENCES.items():
        assert placeholders(messages.fields[key]) == placeholders(sentence), key
        assert messages.fields[key] != sentence, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_files_and_lists_is_there_with_the_same_placeholders(language: str) -> None:
    """Names that are the same in every language, such as of a format, need no words."""
    wanted = set(literals_given_to("worded")) | {_NUMBERED}
    wanted |= {export.description for export in EXPORTS.values()}
    wanted |= {price.description for price in DEFAULT_PRICES}
    wanted |= {kind.title for kind in KINDS.values()}
    wanted |= {name.capitalize().replace("_", " ") for name in get_args(EntityType)}
    wanted |= {name.capitalize() for name in get_args(Sentiment)}
    words = messages_in(language).words
    titles = {export.title for export in EXPORTS.values()}
    titles |= {entry.title for _, _, entry in entries()}
    assert wanted <= set(words) <= wanted | titles
    assert set(words) == set(messages_in(LANGUAGES[0]).words)
    for english, word in words.items():
        assert placeholders(word) == placeholders(english), english


def literals_given_to(function: str) -> Iterator[str]:
    for path in Path(mp4totext.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text))]):
                    if name == function:
                        yield text


def test_what_the_code_says_is_a_sentence(english: Mapping[str, str]) -> None:
    for code, sentence in english.items():
        assert sentence[0].isupper() or sentence[0] == "{", code
        assert sentence.endswith("."), code


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,tr;q=0.8", None),
        ("en;q=0.5, tr;q=0.8", "tr"),
        ("pl, AR;q=0.3", "ar"),
        ("de;q=0, fr", "fr"),
        ("*", None),
        ("", None),
        ("tlh", None),
        (";;q=x, ja;q=1.0", "ja"),
        ("de;q=nan", None),
        ("x," * 5000 + "de", None),
    ],
)
def test_the_first_wanted_language_that_is_here_is_taken(header: str, language: str | None) -> None:
    messages = preferred(header)
    assert (messages.language if messages else None) == language
