"""A text as HTML for a page: each citation is a link to its place in the recording."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mp4totext.exports.html import rendered
from mp4totext.kit.timecode import player_clock

_BY_SEGMENTS = re.compile(r"\[(s\d+(?:, ?s\d+)*)\]")


def html_of(
    body: str, citations: Sequence[Mapping[str, Any]], *, transcription_id: str | None
) -> str:
    """``citations`` are those of CitationOut.

    ``transcription_id`` None: an answer from several recordings.
    """
    # A citation with a quote links the quote's words, which stay.
    placed = [each for each in citations if each.get("at") is not None and not each.get("quote")]
    if placed:
        linked = _at_their_places(body, placed, transcription_id)
    else:
        linked = _by_segments(body, citations, transcription_id)
    return rendered(linked, below=1 if transcription_id is None else 2)


def _at_their_places(
    body: str, citations: Sequence[Mapping[str, Any]], transcription_id: str | None
) -> str:
    parts: list[str] = []
    end = 0
    for cited in sorted(citations, key=lambda each: int(each["at"])):
        if cited["at"] < end:
            continue
        parts.append(body[end : cited["at"]])
        start_ms = cited.get("start_ms")
        if start_ms is not None:
            parts.append(_link(cited.get("transcription_id") or transcription_id, start_ms))
        end = cited["to"]
    return "".join([*parts, body[end:]])


def _by_segments(
    body: str, citations: Sequence[Mapping[str, Any]], transcription_id: str | None
) -> str:
    starts: dict[str, int] = {}
    for cited in citations:
        if cited["segment_ids"] and cited.get("start_ms") is not None:
            starts.setdefault(cited["segment_ids"][0], cited["start_ms"])

    def linked(marker: re.Match[str]) -> str:
        known = [starts[each] for each in re.split(", ?", marker[1]) if each in starts]
        return _link(transcription_id, known[0]) if known else marker[0]

    return _BY_SEGMENTS.sub(linked, body)


def _link(transcription_id: str | None, start_ms: int) -> str:
    return f"[{player_clock(start_ms)}](r/{transcription_id or ''}?at={start_ms})"
