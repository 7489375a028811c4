"""Language fields of requests."""

from typing import Annotated

from pydantic import AfterValidator, Field

from mp4totext.kit import languages


def _tag(text: str) -> str:
    tag = languages.normal(text)
    if tag is None:
        raise ValueError(f"{text!r} is not a language; give a tag such as 'en', 'tr' or 'pt-BR'")
    return tag


def _tag_or_auto(text: str) -> str:
    return languages.AUTO if text.strip().lower() == languages.AUTO else _tag(text)


# Requests accept any spelling; inside it is BCP 47.
LanguageTag = Annotated[str, Field(max_length=35), AfterValidator(_tag)]
LanguageOrAuto = Annotated[str, Field(max_length=35), AfterValidator(_tag_or_auto)]
