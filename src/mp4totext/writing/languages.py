"""The names of languages, for prompts and to validate language tags."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mp4totext.writing.wordlists import lines

TAG_CHARACTERS_MAX = 35  # the longest that BCP 47 asks software to store
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)


@cache
def names() -> Mapping[str, str]:
    """The English name of each primary language subtag."""
    entries = (line.partition(" ") for line in lines("languages"))
    return MappingProxyType({tag: name for tag, _, name in entries})


def language_name(tag: str) -> str:
    """The English name of a BCP 47 tag, as "Portuguese (pt-BR)". Raises ValueError."""
    primary = tag.partition("-")[0].lower()
    if len(tag) > TAG_CHARACTERS_MAX or not _TAG.fullmatch(tag) or primary not in names():
        raise ValueError(f"{tag!r} is not a language; give a tag such as 'en', 'tr' or 'pt-BR'")
    name = names()[primary]
    return f"{name} ({tag})" if "-" in tag else name
