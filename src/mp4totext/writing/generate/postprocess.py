"""From a draft to what is kept: checked against the recording, cited, readable."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from mp4totext.transcript import Segment
from mp4totext.writing.generate.gaps import Gap, gaps_of, note, refusals
from mp4totext.writing.generate.long_document import Draft, json_of
from mp4totext.writing.generate.rendering import render_answer
from mp4totext.writing.generate.source import Material
from mp4totext.writing.grounding import Grounder
from mp4totext.writing.kinds.base import Answer, LocalText

_MARKER = re.compile(r" ?\[(s\d+(?:\s*(?:[-–,;]|to)\s*s?\d+)*)\]")
_ID = re.compile(r"s\d+")


@dataclass(slots=True, kw_only=True)
class Finished:
    """``characters``: of the recording, that the text stands for; ``missing``: that it lacks."""

    body: str
    data: dict[str, Any] | None
    citations: list[dict[str, Any]]
    characters: int
    missing: int = 0
    gaps: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def finish(draft: Draft, material: Material) -> Finished:
    if draft.lines is not None:
        finished = _from_lines(draft, draft.lines, material)
    elif draft.answer is not None:
        finished = _from_answer(draft.answer, material)
    else:
        finished = from_markdown(draft.text or "", material)
    return with_gaps(finished, draft, material)


def with_gaps(finished: Finished, draft: Draft, material: Material) -> Finished:
    """Tells, and does not count, what the model never read or gave back."""
    gaps = gaps_of(material, missing=frozenset(draft.missing), refused=draft.refused)
    finished.gaps = [asdict(gap) for gap in gaps]
    stands = "stands as it was said"
    if draft.lines is None:
        stands = "is missing"
        finished.missing = _characters(gaps, material)
        finished.characters = max(0, finished.characters - finished.missing)
        finished.body += note(gaps) if finished.body else ""
    finished.warnings[:0] = refusals(gaps, by=draft.by, stands=stands)
    return finished


def _characters(gaps: Iterable[Gap], material: Material) -> int:
    gone = {(gap.transcription_id, key) for gap in gaps for key in gap.segment_ids}
    places = material.origins
    return sum(
        len(segment.text)
        for segment in material.transcript.segments
        if (places[segment.id].transcription_id, places[segment.id].segment_id) in gone
    )


def from_local(text: LocalText, material: Material) -> Finished:
    """Made of the recording's own words: nothing to check."""
    return Finished(
        body=text.text,
        data=None if text.answer is None else json_of(text.answer),
        citations=[
            citation for one in text.cited for citation in _cited(material, one.segment_ids)
        ],
        characters=material.characters,
    )


def from_markdown(text: str, material: Material) -> Finished:
    """Citations that do not exist are taken out, quotes that were not said are marked "[?]"."""
    grounder = Grounder(material.transcript)
    first = grounder.check(text.strip())
    unknown = frozenset(first.unknown)
    marked = _without(first.marked, unknown)
    checked = grounder.check(marked)
    citations = [
        citation
        for one in checked.citations
        for citation in _cited(material, one.segment_ids, at=one.at, to=one.to)
    ]
    for quote in checked.quotes:
        ids = quote.cited.segment_ids if quote.cited else ()
        facts = {"at": quote.at, "to": quote.to, "quote": quote.text, "verbatim": quote.verbatim}
        citations += list(_cited(material, ids, **facts)) or [_nowhere(**facts)]
    warnings = _warnings(unknown, [quote.text for quote in first.quotes if not quote.verbatim])
    return Finished(
        body=marked,
        data=None,
        citations=citations,
        characters=material.characters,
        warnings=warnings,
    )


def _from_answer(answer: Answer, material: Material) -> Finished:
    grounder = Grounder(material.transcript)
    checked = grounder.check_answer(answer)
    data = json_of(checked.answer)
    not_said = frozenset(checked.not_verbatim)
    warnings = _warnings(frozenset(checked.unknown), checked.not_verbatim)
    dropped = _settle_chapters(data, material)
    if dropped:
        warnings.append(f"{dropped} chapters without a place in the recording were left out.")
    citations: list[dict[str, Any]] = []
    for where, entry in _entries(data):
        facts: dict[str, Any] = {"field": where}
        quote = entry.get("quote")
        if isinstance(quote, str):
            facts |= {"quote": quote, "verbatim": quote not in not_said}
        first = [entry["first_segment_id"]] if "first_segment_id" in entry else []
        citations += _cited(material, [*first, *entry["segment_ids"]], **facts)
    return Finished(
        body=render_answer(type(checked.answer).model_validate(data), not_said=not_said),
        data=data,
        citations=citations,
        characters=material.characters,
        warnings=warnings,
    )


def _from_lines(draft: Draft, lines: Mapping[str, str], material: Material) -> Finished:
    """What the model left out stands as it was said, is told, and is not billed."""
    spoken = [segment for segment in material.transcript.segments if segment.text.strip()]
    texts = {segment.id: lines.get(segment.id, segment.text) for segment in spoken}
    warnings = []
    if draft.missing:
        warnings.append(
            f"{len(draft.missing)} of {len(spoken)} lines did not come back from the model. They "
            f"stand here as they were said and are not billed: {', '.join(draft.missing[:20])}."
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
    return Finished(
        body="\n\n".join(_paragraphs(spoken, texts, material)),
        data=data,
        citations=[],
        characters=sum(len(one.text) for one in spoken if one.id in lines),
        warnings=warnings,
    )


def _paragraphs(
    spoken: Iterable[Segment], texts: Mapping[str, str], material: Material
) -> Iterator[str]:
    for speaker, segments in groupby(spoken, key=lambda one: one.speaker):
        text = " ".join(filter(None, (texts[one.id] for one in segments)))
        label = material.transcript.speaker_label(speaker)
        if text:
            yield f"**{label}:** {text}" if label else text


def _settle_chapters(data: dict[str, Any], material: Material) -> int:
    """Chapters in the recording's order, each from a line that exists; how many had none."""
    chapters = data.get("chapters")
    if not isinstance(chapters, list):
        return 0
    order = {segment.id: n for n, segment in enumerate(material.transcript.segments)}
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


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """("chapters.0", {...}): the entries of a structured answer that cite something."""
    for name, value in data.items():
        if isinstance(value, list):
            for number, entry in enumerate(value):
                if isinstance(entry, dict) and "segment_ids" in entry:
                    yield f"{name}.{number}", entry


def _cited(
    material: Material, segment_ids: Iterable[str], **facts: Any
) -> Iterator[dict[str, Any]]:
    for place in material.places(tuple(segment_ids)):
        yield {
            "transcription_id": place.transcription_id,
            "segment_ids": list(place.segment_ids),
            "start_ms": place.start_ms,
            "end_ms": place.end_ms,
            **facts,
        }


def _nowhere(**facts: Any) -> dict[str, Any]:
    return {"segment_ids": [], **facts}


def _without(text: str, unknown: frozenset[str]) -> str:
    if not unknown:
        return text

    def kept(match: re.Match[str]) -> str:
        ids = _ID.findall(match.group(1))
        known = [key for key in ids if key not in unknown]
        if len(known) == len(ids):
            return match.group()
        return (
            f"{' ' if match.group().startswith(' ') else ''}[{', '.join(known)}]" if known else ""
        )

    return _MARKER.sub(kept, text)


def _warnings(unknown: frozenset[str], not_said: Iterable[str]) -> list[str]:
    found = []
    if unknown:
        listed = ", ".join(sorted(unknown)[:20])
        found.append(f"Citations of lines that do not exist were taken out: {listed}.")
    quotes = list(not_said)
    if quotes:
        found.append(
            f"{len(quotes)} quotes are not word for word in the recording; they are marked “[?]”."
        )
    return found
