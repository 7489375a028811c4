"""Fits texts that were decoded apart to one another. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from mp4totext.providers.speech.decoding.sentences import (
    PAUSE_MS,
    begins_sentence,
    ends_with_full_stop,
)
from mp4totext.providers.speech.decoding.word_timing import RawSegment

_DOTTED_I = frozenset({"az", "tr"})  # languages whose capital of "i" is "İ"


def as_one_text(raw_segments: Sequence[RawSegment], *, begins: bool) -> list[RawSegment]:
    """The segments, with full stops and capitals that fit their neighbours.

    Each span is decoded without them: Whisper ends one with a full stop within a sentence, and goes
    on in lower case.

    ``begins``: whether the first one begins the recording.
    """
    fitted: list[RawSegment] = []
    for raw in raw_segments:
        last = fitted.pop() if fitted else None
        if last is None:
            fitted.append(_with_capital(raw) if begins and _continues(raw) else raw)
        elif raw.doubt or last.doubt or last.language != raw.language:
            fitted += [last, raw]
        else:
            fitted += _joined(last, raw)
    return fitted


def _joined(last: RawSegment, raw: RawSegment) -> tuple[RawSegment, RawSegment]:
    pause_ms = _pause_ms(last, raw)
    if _continues(raw) and ends_with_full_stop(last.text):
        return (_ending(last, ""), raw) if pause_ms < PAUSE_MS else (last, _with_capital(raw))
    if begins_sentence(raw.text, after=last.text, pause_ms=pause_ms):
        return _ending(last, "."), raw
    return last, raw


def _continues(raw: RawSegment) -> bool:
    return not raw.doubt and raw.text.split(" ", 1)[0].islower()


def _pause_ms(before: RawSegment, after: RawSegment) -> float:
    end_ms = before.words[-1].end_ms if before.words else before.end_ms
    start_ms = after.words[0].start_ms if after.words else after.start_ms
    return (start_ms or 0.0) - (end_ms or 0.0)


def _ending(raw: RawSegment, mark: str) -> RawSegment:
    last = [replace(word, text=word.text.rstrip(".") + mark) for word in raw.words[-1:]]
    return replace(raw, text=raw.text.rstrip(".") + mark, words=(*raw.words[:-1], *last))


def _with_capital(raw: RawSegment) -> RawSegment:
    def capital(text: str) -> str:
        dotted = text[:1] == "i" and raw.language in _DOTTED_I
        return ("İ" if dotted else text[:1].title()) + text[1:]  # title: Georgian has no capitals

    first = [replace(word, text=capital(word.text)) for word in raw.words[:1]]
    return replace(raw, text=capital(raw.text), words=(*first, *raw.words[1:]))
