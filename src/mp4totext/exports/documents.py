"""The content of an export: a transcript or its translation, with its findings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mp4totext.exports.findings import Text, newest
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import Export
from mp4totext.exports.translation import translated
from mp4totext.kit.errors import NotFound, WrongState
from mp4totext.transcript import Transcript, words_from_arrays


class NoTranslation(NotFound):
    code = "no_translation"


class NoChapters(WrongState):
    code = "no_chapters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The arguments of a renderer."""

    transcript: Transcript
    options: ExportOptions
    stored_words: tuple[str, ...] | None = None
    """The words of each segment as stored JSON, of a transcript without words. A long recording has
    100,000: they are parsed in the process that renders, not in the one that answers requests."""

    def rendered(self, export: Export) -> bytes:
        return export.render(self._with_words(), self.options)

    def _with_words(self) -> Transcript:
        if self.stored_words is None:
            return self.transcript
        segments = (
            replace(segment, words=words_from_arrays(json.loads(stored)))
            for segment, stored in zip(self.transcript.segments, self.stored_words, strict=True)
        )
        return replace(self.transcript, segments=tuple(segments))


def document(whole: Document, export: Export, *, translation: str | None) -> Document:
    """What a format contains of a recording. ``translation`` is a language, BCP-47."""
    options = whole.options
    if export.of_chapters and not options.findings.chapters:
        raise NoChapters(
            f"{export.title} is made of chapters, and this recording has none. Ask for the feature "
            "auto_chapters, or for a text of the kind chapters."
        )
    if translation is None:
        return whole
    text = translation_among(options.findings.texts, translation)
    if options.bilingual and "bilingual" in export.options:
        return replace(whole, options=replace(options, translation=text))
    return Document(transcript=translated(whole.transcript, text), options=options)


def translation_among(written: Iterable[Text], language: str) -> Text:
    """The newest translation to a language, BCP-47. Raises NoTranslation."""
    found = {
        text.language.lower(): text
        for text in newest(written)
        if text.kind == "translate" and text.language and text.lines
    }
    key = language.lower()
    if key not in found:
        # "pt" finds the only translation to Portuguese, whichever it is.
        same = [tag for tag in found if tag.partition("-")[0] == key.partition("-")[0]]
        if len(same) != 1:
            there = ", ".join(sorted(found)) or "none"
            raise NoTranslation(
                f"There is no translation to {language[:40]!r}; there are: {there}. "
                "Ask for a text of the kind translate."
            )
        key = same[0]
    return found[key]
