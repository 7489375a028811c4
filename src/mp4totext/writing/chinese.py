"""Converts Chinese to the requested script, as engines mix simplified and traditional characters.

OpenCC converts by phrases (头发 is 頭髮, 发现 is 發現) and preserves the number of characters, so
words keep their times. The vocabulary of a region does not change.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

from mp4totext.transcript import Coverage, Segment, Transcript, Word

_MANDARIN = frozenset({"zh", "cmn"})
_CHINESE = _MANDARIN | {"yue", "wuu", "hak", "nan", "gan", "hsn", "lzh"}
_SIMPLIFIED, _TRADITIONAL = "t2s", "s2t"  # OpenCC's names of conversions
_BY_REGION = {
    "CN": _SIMPLIFIED, "SG": _SIMPLIFIED, "MY": _SIMPLIFIED,
    "TW": "s2tw", "HK": "s2hk", "MO": "s2hk",
}  # fmt: skip

# Half-width marks beside a Chinese character, but not those of a number, as engines write them.
_HALF_WIDTH = re.compile(r"(?<=[\u3400-\u9fff])[,?!:;](?!\d)|[,?!:;](?=[\u3400-\u9fff])")
_FULL_WIDTH = str.maketrans(",?!:;", "，？！：；")


def is_chinese(language: str | None) -> bool:
    return (language or "").partition("-")[0].lower() in _CHINESE


def conversion(language: str | None) -> str | None:
    """OpenCC's conversion for a BCP 47 tag; None if the tag requires none.

    Mandarin without a script or region becomes simplified. Other Chinese languages stay as the
    engine wrote them.
    """
    if not is_chinese(language):
        return None
    primary, *subtags = (language or "").split("-")
    region = next((part.upper() for part in subtags if part.upper() in _BY_REGION), "")
    regional = _BY_REGION.get(region)
    match next((part.lower() for part in subtags if part.lower() in ("hans", "hant")), None):
        case "hans":
            return _SIMPLIFIED
        case "hant":
            return regional if regional not in (None, _SIMPLIFIED) else _TRADITIONAL
    return regional or (_SIMPLIFIED if primary.lower() in _MANDARIN else None)


def written(text: str, language: str | None) -> str:
    """Convert a Chinese text to the script of the tag; texts in other languages are unchanged."""
    name = conversion(language)
    return text if name is None or text.isascii() else _converter(name)(text)


def simplified(text: str) -> str:
    """Convert to simplified characters, to compare texts that may be in either script.

    The number of characters is preserved.
    """
    if text.isascii():
        return text
    converted = _converter(_SIMPLIFIED)(text)
    return converted if len(converted) == len(text) else text


def written_transcript(transcript: Transcript, requested: str | None) -> Transcript:
    """Convert a transcript to the script of the tag ``requested``, if both are Chinese."""
    if not is_chinese(requested):
        return transcript
    return replace(
        transcript,
        language=tag_of(transcript.language, requested),
        segments=written_segments(
            transcript.segments, requested=requested, detected=transcript.language
        ),
    )


def written_segments(
    segments: Iterable[Segment], *, requested: str | None, detected: str | None
) -> tuple[Segment, ...]:
    """Convert Chinese segments to the script of ``requested`` with full-width marks, and set its
    tag.

    ``detected``: the language of segments without a tag.
    """
    return tuple(_segment(segment, requested, segment.language or detected) for segment in segments)


def written_coverage(
    coverage: Iterable[Coverage], *, requested: str | None, detected: str | None
) -> tuple[Coverage, ...]:
    """Convert the texts of omitted stretches to the script of the transcript."""
    tag = tag_of(detected, requested)
    return tuple(
        stretch if stretch.text is None else replace(stretch, text=written(stretch.text, tag))
        for stretch in coverage
    )


def tag_of(detected: str | None, requested: str | None) -> str | None:
    """The tag of a converted text: the requested one if both are Chinese."""
    return requested if is_chinese(detected) and is_chinese(requested) else detected


def _segment(segment: Segment, requested: str | None, detected: str | None) -> Segment:
    tag = tag_of(detected, requested)
    if not is_chinese(tag):
        return segment
    text = _HALF_WIDTH.sub(lambda mark: mark[0].translate(_FULL_WIDTH), written(segment.text, tag))
    return replace(
        segment,
        text=text,
        words=tuple(_words(segment, text, tag)),
        language=segment.language and tag,
    )


def _words(segment: Segment, text: str, tag: str | None) -> Iterator[Word]:
    """The words cut from the converted text, as converting each alone would miss phrases."""
    same_length = len(text) == len(segment.text)
    at = 0
    for word in segment.words:
        start = segment.text.find(word.text, at) if same_length else -1
        if start < 0:
            yield replace(word, text=written(word.text, tag))
            continue
        at = start + len(word.text)
        yield replace(word, text=text[start:at])


@cache
def _converter(name: str) -> Callable[[str], str]:
    import opencc  # noqa: PLC0415  # few recordings are in Chinese

    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert
