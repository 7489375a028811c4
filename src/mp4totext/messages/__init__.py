"""What the service answers to people, in the languages of the page; English is in the code.

A language is one file. It has a title for each status, a sentence for each error code with the
placeholders of the English one, and a sentence for each thing that can be wrong with a field.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("ar", "de", "es", "fr", "ja", "tr")

_TAGS_MAX = 20  # of one header; browsers send about five


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    language: str
    titles: Mapping[int, str]  # by status
    sentences: Mapping[str, str]  # by error code
    fields: Mapping[str, str]  # by what is wrong: the keys of kit.validation.SENTENCES


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
    )


def preferred(accept_language: str) -> Messages | None:
    """For an Accept-Language header. None is English, also where none of its languages is here."""
    for tag in _by_weight(accept_language):
        language = tag.split("-")[0].lower()
        if language in LANGUAGES:
            return messages_in(language)
        if language in ("en", "*"):
            return None
    return None


def _by_weight(accept_language: str) -> list[str]:
    """The tags, those that are wanted most first. What cannot be read is left out."""
    weighted = []
    for part in accept_language.split(",")[:_TAGS_MAX]:
        tag, _, weight = part.partition(";")
        try:
            value = float(weight.strip().removeprefix("q=") or "1")
        except ValueError:
            continue
        if value > 0:
            weighted.append((value, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda each: -each[0])]
