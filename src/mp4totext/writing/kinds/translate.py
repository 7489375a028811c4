"""The transcript in another language, line by line."""

from typing import Self

from pydantic import Field, model_validator

from mp4totext.kit.language_fields import LanguageTag
from mp4totext.writing.kinds.base import Options, Strategy, TextKind
from mp4totext.writing.languages import language_name


class TranslateOptions(Options):
    target: LanguageTag = Field(description="BCP-47 tag of the language to translate to")
    formal: bool | None = Field(default=None, description="form of address; None: as spoken")

    @model_validator(mode="after")
    def _has_a_target(self) -> Self:
        language_name(self.target)
        if self.language not in (None, self.target):
            raise ValueError("a translation is written in its target language: omit 'language'")
        return self

    @property
    def translates_to(self) -> str:
        return self.target

    def task(self) -> str:
        address = {
            None: "Address people as formally or familiarly as the speakers do.",
            True: "Use the polite form of address.",
            False: "Use the familiar form of address.",
        }[self.formal]
        return (
            f"Translate each line of the recording into {language_name(self.target)}. Translate"
            " what is meant, in natural spoken language; keep tone, numbers, names and units as"
            f" they are. {address} Words that are already in that language stay. Leave nothing"
            " out, add no explanations.\n"
            "Answer with one line for each line you get and in the same order, each beginning with"
            " its id alone in brackets, as in: [s12] The translated words."
        )


TRANSLATE = TextKind(
    name="translate",
    title="Translation",
    version=1,
    strategy=Strategy.LINES,
    options=TranslateOptions,
    min_words=1,
)
