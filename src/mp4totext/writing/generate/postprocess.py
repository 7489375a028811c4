"""Turns a model's draft into the stored text: checks it against the recording, adds citations."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from mp4totext.kit import unicode
from mp4totext.transcript import Segment
from mp4totext.writing.generate.gaps import gaps_of, missing_note, refusal_warnings
from mp4totext.writing.generate.long_document import Draft, answer_json
from mp4totext.writing.generate.rendering import render_answer
from mp4totext.writing.generate.source import Source
from mp4totext.writing.grounding import Grounder
from mp4totext.writing.kinds.base import Answer, LocalText

_MARKER = re.compile(r" ?\[(s\d+(?:\s*(?:[-–,;]|to)\s*s?\d+)*)\]")
_ID = re.compile(r"s\d+")
_IDS_LISTED_MAX = 20  # in a warning


@dataclass(slots=True, kw_only=True)
class FinishedText:
    """A text that can be stored.

    ``characters``: those of the recording that it covers, which are charged. ``missing``: the
    segments that it does not cover.
    """

    body: str  # Markdown
    data: dict[str, Any] | None  # JSON, for structured kinds
    citations: list[dict[str, Any]]  # the fields of schemas.CitationOut
    characters: int
    missing: int = 0
    gaps: list[dict[str, Any]] = field(default_factory=list)  # the fields of schemas.GapOut
    warnings: list[str] = field(default_factory=list)


def finish(draft: Draft, source: Source) -> FinishedText:
    if draft.lines is not None:
        finished = _from_lines(draft, draft.lines, source)
    elif draft.answer is not None:
        finished = _from_answer(draft.answer, source)
    else:
        finished = from_markdown(draft.text or "", source)
    return with_gaps(finished, draft, source)


def with_gaps(finished: FinishedText, draft: Draft, source: Source) -> FinishedText:
    """Add gaps and warnings for segments the model has not read or returned; do not charge them."""
    gaps = gaps_of(source, missing=frozenset(draft.missing), refused=draft.refused)
    finished.gaps = [asdict(gap) for gap in gaps]
    outcome = "is included unchanged"
    if draft.lines is None:
        outcome = "is missing"
        ids = {(gap.transcription_id, segment_id) for gap in gaps for segment_id in gap.segment_ids}
        for segment in source.transcript.segments:
            origin = source.origins[segment.id]
            if (origin.transcription_id, origin.segment_id) in ids:
                finished.missing += len(segment.text)
        finished.characters = max(0, finished.characters - finished.missing)
        finished.body += missing_note(gaps) if finished.body else ""
    finished.warnings[:0] = refusal_warnings(gaps, refused_by=draft.refused_by, outcome=outcome)
    return finished


def from_local(text: LocalText, source: Source) -> FinishedText:
    """The text of a result without a model, which quotes the recording and needs no check."""
    return FinishedText(
        body=text.text,
        data=None if text.answer is None else answer_json(text.answer),
        citations=[
            citation for cited in text.cited for citation in _citations(source, cited.segment_ids)
        ],
        characters=source.characters,
    )


def from_markdown(text: str, source: Source) -> FinishedText:
    """Remove citations that do not exist, and mark quotes that are not verbatim with "[?]"."""
    grounder = Grounder(source.transcript)
    first = grounder.check(text.strip())
    unknown = frozenset(first.unknown)
    body = _without_citations(first.marked, unknown)
    checked = grounder.check(body)  # again, for the positions in the changed text
    citations = [
        citation
        for marker in checked.citations
        for citation in _citations(source, marker.segment_ids, at=marker.at, to=marker.to)
    ]
    for quote in checked.quotes:
        ids = quote.cited.segment_ids if quote.cited else ()
        fields = {"at": quote.at, "to": quote.to, "quote": quote.text, "verbatim": quote.verbatim}
        citations += list(_citations(source, ids, **fields)) or [{"segment_ids": [], **fields}]
    warnings = _warnings(unknown, [quote.text for quote in first.quotes if not quote.verbatim])
    return FinishedText(
        body=body,
        data=None,
        citations=citations,
        characters=source.characters,
        warnings=warnings,
    )


def _from_answer(answer: Answer, source: Source) -> FinishedText:
    checked = Grounder(source.transcript).check_answer(answer)
    data = answer_json(checked.answer)
    not_verbatim = frozenset(checked.not_verbatim)
    warnings = _warnings(frozenset(checked.unknown), checked.not_verbatim)
    dropped = _repair_chapters(data, source)
    if dropped:
        warnings.append(f"{dropped} chapters without a place in the recording were left out.")
    citations: list[dict[str, Any]] = []
    for name, entry in _cited_entries(data):
        fields: dict[str, Any] = {"field": name}
        quote = entry.get("quote")
        if isinstance(quote, str):
            fields |= {"quote": quote, "verbatim": quote not in not_verbatim}
        first = [entry["first_segment_id"]] if "first_segment_id" in entry else []
        citations += _citations(source, [*first, *entry["segment_ids"]], **fields)
    return FinishedText(
        body=render_answer(type(checked.answer).model_validate(data), not_verbatim=not_verbatim),
        data=data,
        citations=citations,
        characters=source.characters,
        warnings=warnings,
    )


def _from_lines(draft: Draft, lines: Mapping[str, str], source: Source) -> FinishedText:
    """A text of rewritten lines. Lines that the model did not return stay as said, uncharged."""
    spoken = [segment for segment in source.transcript.segments if segment.text.strip()]
    texts = {segment.id: lines.get(segment.id, segment.text) for segment in spoken}
    warnings = []
    if draft.missing:
        ids = ", ".join(draft.missing[:_IDS_LISTED_MAX])
        warnings.append(
            f"The model did not return {len(draft.missing)} of {len(spoken)} lines. They are "
            f"included as they were said and not billed: {ids}."
        )
    data = {
        "lines": [
            {
                "segment_id": segment.id,
                "start_ms": segment.start_ms,
                "end_ms": segment.end_ms,
                "speaker": segment.speaker,
                "text": texts[segment.id],
                "original": segment.id not in lines,
            }
            for segment in spoken
        ]
    }
    return FinishedText(
        body="\n\n".join(_paragraphs(spoken, texts, source)),
        data=data,
        citations=[],
        characters=sum(len(segment.text) for segment in spoken if segment.id in lines),
        warnings=warnings,
    )


def _paragraphs(
    spoken: Iterable[Segment], texts: Mapping[str, str], source: Source
) -> Iterator[str]:
    for speaker, segments in groupby(spoken, key=lambda segment: segment.speaker):
        text = unicode.joined(texts[segment.id] for segment in segments)
        label = source.transcript.speaker_label(speaker)
        if text:
            yield f"**{label}:** {text}" if label else text


def _repair_chapters(data: dict[str, Any], source: Source) -> int:
    """Sort chapters by their first line, which must exist; returns how many had none."""
    chapters = data.get("chapters")
    if not isinstance(chapters, list):
        return 0
    order = {segment.id: n for n, segment in enumerate(source.transcript.segments)}
    for chapter in chapters:
        if chapter["first_segment_id"] not in order:
            chapter["first_segment_id"] = next(iter(chapter["segment_ids"]), "")
    kept = [chapter for chapter in chapters if chapter["first_segment_id"] in order]
    kept.sort(key=lambda chapter: order[chapter["first_segment_id"]])
    for chapter in kept:
        if not chapter["segment_ids"]:
            chapter["segment_ids"] = [chapter["first_segment_id"]]
    data["chapters"] = kept
    return len(chapters) - len(kept)


def _cited_entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a structured answer that cite segments, as ("chapters.0", {...})."""
    for name, value in data.items():
        if isinstance(value, list):
            for number, entry in enumerate(value):
                if isinstance(entry, dict) and "segment_ids" in entry:
                    yield f"{name}.{number}", entry


def _citations(
    source: Source, segment_ids: Iterable[str], **fields: Any
) -> Iterator[dict[str, Any]]:
    """One citation for each recording that the segments are from."""
    for place in source.places(tuple(segment_ids)):
        yield {
            "transcription_id": place.transcription_id,
            "segment_ids": list(place.segment_ids),
            "start_ms": place.start_ms,
            "end_ms": place.end_ms,
            **fields,
        }


def _without_citations(text: str, unknown: frozenset[str]) -> str:
    """Remove ``unknown`` ids from the markers of ``text``, and markers that had no others."""
    if not unknown:
        return text

    def replacement(match: re.Match[str]) -> str:
        ids = _ID.findall(match.group(1))
        known = [segment_id for segment_id in ids if segment_id not in unknown]
        if len(known) == len(ids):
            return match.group()
        space = " " if match.group().startswith(" ") else ""
        return f"{space}[{', '.join(known)}]" if known else ""

    return _MARKER.sub(replacement, text)


def _warnings(unknown: frozenset[str], not_verbatim: Iterable[str]) -> list[str]:
    warnings = []
    if unknown:
        ids = ", ".join(sorted(unknown)[:_IDS_LISTED_MAX])
        warnings.append(f"Citations of lines that do not exist were removed: {ids}.")
    quotes = list(not_verbatim)
    if quotes:
        warnings.append(
            f"{len(quotes)} quotes are not word for word in the recording; they are marked “[?]”."
        )
    return warnings
