"""Chinese in the characters that were asked for: engines mix simplified and traditional ones.

OpenCC converts by phrases (头发 is 頭髮, 发现 is 發現) and keeps the number of characters, so words
keep their times. Only characters change, not the vocabulary of a region.
"""

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


def is_chinese(language: str | None) -> bool:
    return (language or "").partition("-")[0].lower() in _CHINESE


def conversion(language: str | None) -> str | None:
    """OpenCC's name of the conversion that a BCP-47 tag asks for; None where it asks for none.

    Mandarin without a script or a region is simplified; the other Chinese languages stay as an
    engine writes them.
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
    """A text in Chinese as the tag asks; any other text or tag leaves it as it is."""
    name = conversion(language)
    return text if name is None or text.isascii() else _converter(name)(text)


def simplified(text: str) -> str:
    """To compare texts that may be in either script: of the same length, place by place."""
    if text.isascii():
        return text
    converted = _converter(_SIMPLIFIED)(text)
    return converted if len(converted) == len(text) else text


def written_transcript(transcript: Transcript, asked: str | None) -> Transcript:
    """In the characters that ``asked`` names, where both are Chinese; else as it is."""
    if not is_chinese(asked):
        return transcript
    return replace(
        transcript,
        language=tag_of(transcript.language, asked),
        segments=written_segments(transcript.segments, asked=asked, detected=transcript.language),
    )


def written_segments(
    segments: Iterable[Segment], *, asked: str | None, detected: str | None
) -> tuple[Segment, ...]:
    """Chinese segments as ``asked``, with its tag. ``detected``: of segments without a tag."""
    return tuple(_segment(segment, asked, segment.language or detected) for segment in segments)


def written_coverage(
    coverage: Iterable[Coverage], *, asked: str | None, detected: str | None
) -> tuple[Coverage, ...]:
    """What was left out, in the characters of the text around it."""
    tag = tag_of(detected, asked)
    return tuple(
        stretch if stretch.text is None else replace(stretch, text=written(stretch.text, tag))
        for stretch in coverage
    )


def tag_of(detected: str | None, asked: str | None) -> str | None:
    """The tag of a Chinese text: what was asked for, where that is Chinese as well."""
    return asked if is_chinese(detected) and is_chinese(asked) else detected


def _segment(segment: Segment, asked: str | None, detected: str | None) -> Segment:
    tag = tag_of(detected, asked)
    if conversion(tag) is None:
        return segment
    text = written(segment.text, tag)
    return replace(
        segment,
        text=text,
        words=tuple(_words(segment, text, tag)),
        language=segment.language and tag,
    )


def _words(segment: Segment, text: str, tag: str | None) -> Iterator[Word]:
    """Words of the converted text: it knows the phrases that a word alone is only a part of."""
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
