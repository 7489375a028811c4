"""The names of languages, for prompts and for refusing what is not one."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mp4totext.writing.wordlists import lines

LONGEST_TAG = 35  # the longest that BCP 47 asks software to store
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)


@cache
def names() -> Mapping[str, str]:
    """Primary subtag -> English name."""
    return MappingProxyType(dict(_entry(line) for line in lines("languages")))


def language_name(tag: str) -> str:
    """ "Portuguese (pt-BR)". Raises ValueError for what is not a language."""
    primary = tag.partition("-")[0].lower()
    if len(tag) > LONGEST_TAG or not _TAG.fullmatch(tag) or primary not in names():
        raise ValueError(f"{tag!r} is not a language; give a tag such as 'en', 'tr' or 'pt-BR'")
    name = names()[primary]
    return f"{name} ({tag})" if "-" in tag else name


def _entry(line: str) -> tuple[str, str]:
    tag, _, name = line.partition(" ")
    return tag, name
