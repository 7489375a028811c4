"""What the service answers to people, in the languages of the page; English is in the code.

A language is one file. It has a title for each status, a sentence for each error code with the
placeholders of the English one, a sentence for each thing that can be wrong with a field,
sentences of jobs that failed, and words of files and lists by the English ones.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter

LANGUAGES = ("ar", "de", "es", "fr", "ja", "tr")

_TAGS_MAX = 20  # of one header; browsers send about five


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    language: str
    titles: Mapping[int, str]  # by status
    sentences: Mapping[str, str]  # by error code
    fields: Mapping[str, str]  # by what is wrong: the keys of kit.validation.SENTENCES
    failures: Mapping[str, str]  # by name: the keys of kit.error_codes.FAILURES
    words: Mapping[str, str]  # by the English words; names that are the same everywhere are absent


# The Accept-Language of what is being answered: rows that hold sentences are worded far from it.
_WANTED: ContextVar[str] = ContextVar("wanted_language", default="")


@cache
def messages_in(language: str) -> Messages:
    """``language`` is one of LANGUAGES."""
    text = files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return Messages(
        language=language,
        titles={int(status): title for status, title in tables["titles"].items()},
        sentences=tables["sentences"],
        fields=tables["fields"],
        failures=tables["failures"],
        words=tables["words"],
    )


@lru_cache(maxsize=100)
def preferred(accept_language: str) -> Messages | None:
    """For an Accept-Language header. None is English, also where none of its languages is here."""
    for tag in _by_weight(accept_language):
        language = tag.split("-")[0].lower()
        if language in LANGUAGES:
            return messages_in(language)
        if language in ("en", "*"):
            return None
    return None


@contextmanager
def answering_in(accept_language: str) -> Iterator[None]:
    """For all that is answered within, also in threads that are started for it."""
    token = _WANTED.set(accept_language)
    try:
        yield
    finally:
        _WANTED.reset(token)


def wanted_language() -> Messages | None:
    """Of the request that is being answered. None is English, as outside of requests."""
    return preferred(_WANTED.get())


def wanted_header() -> str:
    """The Accept-Language that gives the same language elsewhere, such as in another process."""
    messages = wanted_language()
    return "en" if messages is None else messages.language


def worded(english: str) -> str:
    """Words that people read in files and lists, in the language that is being answered in."""
    messages = wanted_language()
    return english if messages is None else messages.words.get(english, english)


def in_every_language(english: str) -> Iterator[str]:
    yield english
    for language in LANGUAGES:
        yield messages_in(language).words.get(english, english)


def sentence_of(messages: Messages, name: str, values: Mapping[str, object]) -> str | None:
    """None where the sentence is not known, or has placeholders without a value."""
    sentence = messages.failures.get(name) or messages.sentences.get(name)
    if sentence is None:
        return None
    needed = {field for _, field, _, _ in Formatter().parse(sentence) if field is not None}
    return sentence.format(**values) if needed <= values.keys() else None


def _by_weight(accept_language: str) -> list[str]:
    """The language tags of the header, the most preferred first, without malformed ones."""
    weighted = []
    for part in accept_language.split(",")[:_TAGS_MAX]:
        tag, _, weight = part.partition(";")
        try:
            value = float(weight.strip().removeprefix("q=") or "1")
        except ValueError:
            continue
        if value > 0:
            weighted.append((value, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]
