"""Edits of segments: text, times, order, and restoring the recognised text.

Functions take and return Transcript values: complete ones, or the part around an edit with the
named segments, their neighbours and the speakers. They raise Invalid with the allowed values.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from mp4totext.editing.word_times import (
    in_order,
    mean_confidence,
    refitted,
    retimed,
    tokens_of,
    word_spans,
)
from mp4totext.kit import unicode
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Segment, Speaker, Transcript

MERGE_GAP_MS = 60_000
"""Segments further apart are not merged: captions and chapters would include the silence."""

CHARACTERS_MAX = 10_000  # of a segment's text

NewId = Callable[[], str]


class NoSuchSegment(Invalid):
    code = "no_such_segment"

    def __init__(self, segment_id: str) -> None:
        message = f"There is no segment {segment_id!r} in this version."
        super().__init__(message, missing=[segment_id])


def ids_after(transcript: Transcript) -> NewId:
    """New segment ids for a whole transcript, after the highest that it has."""
    numbers = (s.id.removeprefix("s") for s in transcript.segments)
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)

    def new_id() -> str:
        nonlocal last
        last += 1
        return f"s{last}"

    return new_id


def set_texts(transcript: Transcript, texts: Mapping[str, str]) -> Transcript:
    """Sets texts by id. An empty text hides a segment, which keeps its place.

    Words that stay keep their times, the others get estimated ones.
    """
    missing = texts.keys() - {segment.id for segment in transcript.segments}
    if missing:
        raise NoSuchSegment(min(missing))
    segments = (
        _with_text(segment, texts[segment.id]) if segment.id in texts else segment
        for segment in transcript.segments
    )
    return replace(transcript, segments=tuple(segments))


def _with_text(segment: Segment, text: str) -> Segment:
    if len(text) > CHARACTERS_MAX:
        raise Invalid(
            f"Segment {segment.id!r} would have {len(text)} characters; at most {CHARACTERS_MAX} "
            "are allowed.",
            code="too_long",
            allowed=CHARACTERS_MAX,
        )
    recognised = segment.text if segment.recognised_text is None else segment.recognised_text
    return retimed(
        replace(segment, text=text, recognised_text=None if text == recognised else recognised)
    )


def check(transcript: Transcript, segment_id: str, *, checked: bool) -> Transcript:
    """Confirms a segment, or withdraws the confirmation."""
    segment = _segment(transcript, segment_id)
    return _replaced(transcript, segment_id, replace(segment, checked=checked))


def remove(transcript: Transcript, segment_id: str) -> Transcript:
    _segment(transcript, segment_id)
    return _replaced(transcript, segment_id)


def split(transcript: Transcript, segment_id: str, *, at: int, new_id: NewId) -> Transcript:
    """Splits a segment; the second part starts with character ``at`` of the text."""
    segment = retimed(_segment(transcript, segment_id))
    spans = word_spans(segment.text, [word.text for word in segment.words]) or []
    borders = [(before[1], after[0]) for before, after in pairwise(spans)]
    cut = next((n for n, (low, high) in enumerate(borders, 1) if low <= at <= high), None)
    if cut is None:
        raise _cannot_split(segment, at, [high for _low, high in borders])
    head, tail = segment.words[:cut], segment.words[cut:]
    texts = segment.text[:at].strip(), segment.text[at:].strip()
    recognised = _recognised_parts(segment, at)
    origins = origins_of(segment)
    first = replace(
        segment,
        end_ms=max(word.end_ms for word in head),
        text=texts[0],
        words=head,
        confidence=mean_confidence(head, segment.confidence),
        recognised_text=None if recognised[0] == texts[0] else recognised[0],
        origins=origins,
    )
    second = replace(
        segment,
        id=new_id(),
        start_ms=tail[0].start_ms,
        text=texts[1],
        words=tail,
        confidence=mean_confidence(tail, segment.confidence),
        recognised_text=None if recognised[1] == texts[1] else recognised[1],
        origins=origins,
    )
    return in_time_order(_replaced(transcript, segment_id, first, second))


def _cannot_split(segment: Segment, at: int, allowed: list[int]) -> Invalid:
    if not allowed:
        message = f"Segment {segment.id!r} is one word, which cannot be split."
        return Invalid(message, code="cannot_split", allowed=[])
    near = sorted(sorted(allowed, key=lambda place: abs(place - at))[:2])
    places = " or ".join(str(place) for place in near)
    return Invalid(
        f"Segment {segment.id!r} can be split between two words, not at character {at}. "
        f"The nearest: {places}.",
        code="cannot_split",
        allowed=near,
    )


def _recognised_parts(segment: Segment, at: int) -> tuple[str | None, str | None]:
    """The recognised text of both parts of a split; None if the text was not edited."""
    recognised = segment.recognised_text
    if recognised is None:
        return None, None
    edited_tokens, recognised_tokens = tokens_of(segment.text), tokens_of(recognised)
    edited_count = len(tokens_of(segment.text[:at]))  # tokens of the first part
    recognised_count = 0
    for _tag, a, b, c, d in SequenceMatcher(None, recognised_tokens, edited_tokens).get_opcodes():
        # edited_tokens[c:d] stand in place of recognised_tokens[a:b]: a cut inside is interpolated.
        if c <= edited_count <= d:
            share = (edited_count - c) * (b - a) // (d - c) if d > c else b - a
            recognised_count = a + share
            break
    offset = 0
    for token in recognised_tokens[:recognised_count]:
        offset = recognised.index(token, offset) + len(token)
    return recognised[:offset].strip(), recognised[offset:].strip()


def merge(transcript: Transcript, segment_id: str, *, following: str) -> Transcript:
    """Merges two neighbours into one segment, with the id and speaker of the first."""
    first, second = _segment(transcript, segment_id), _segment(transcript, following)
    neighbour = _neighbours(transcript, segment_id)[1]
    if neighbour is None or neighbour.id != following:
        after = "nothing" if neighbour is None else repr(neighbour.id)
        raise Invalid(
            f"Segment {following!r} does not follow {segment_id!r}: {after} does.",
            code="not_neighbours",
            following=None if neighbour is None else neighbour.id,
        )
    _refuse_unlike(first, second)
    text = unicode.joined((first.text, second.text))
    words = tuple(
        word if word.speaker in (None, first.speaker) else replace(word, speaker=first.speaker)
        for word in (*first.words, *second.words)
    )
    recognised = None
    if first.recognised_text is not None or second.recognised_text is not None:
        recognised = unicode.joined(
            part.text if part.recognised_text is None else part.recognised_text
            for part in (first, second)
        )
    merged = replace(
        first,
        end_ms=max(first.end_ms, second.end_ms),
        text=text,
        words=in_order(words),
        confidence=mean_confidence(words, first.confidence),
        language=first.language if first.language == second.language else None,
        recognised_text=None if recognised == text else recognised,
        checked=first.checked and second.checked,
        origins=tuple(dict.fromkeys((*origins_of(first), *origins_of(second)))),
    )
    merged = retimed(merged) if words else merged
    return _replaced(_replaced(transcript, following), segment_id, merged)


def _refuse_unlike(first: Segment, second: Segment) -> None:
    gap_ms = second.start_ms - first.end_ms
    if gap_ms > MERGE_GAP_MS:
        raise Invalid(
            f"Segments {first.id!r} and {second.id!r} are {gap_ms / 1000:.0f} s apart. Merged "
            f"segments may be at most {MERGE_GAP_MS // 1000} s apart.",
            code="too_far_apart",
            gap_ms=gap_ms,
            allowed_ms=MERGE_GAP_MS,
        )
    characters = len(first.text) + len(second.text) + 1
    if characters > CHARACTERS_MAX:
        raise Invalid(
            f"Segments {first.id!r} and {second.id!r} would have {characters} characters together; "
            f"at most {CHARACTERS_MAX} are allowed.",
            code="too_long",
            allowed=CHARACTERS_MAX,
        )


def insert(
    transcript: Transcript,
    *,
    after: str | None,
    text: str,
    start_ms: int,
    end_ms: int,
    speaker: str | None,
    new_id: NewId,
) -> Transcript:
    """Inserts a new segment after another; None: before all."""
    if speaker is not None and speaker not in {each.id for each in transcript.speakers}:
        raise Invalid(f"No speaker has the id {speaker!r}.", code="unknown_speaker")
    if after is None:
        place = 0
    else:
        _segment(transcript, after)
        place = [s.id for s in transcript.segments].index(after) + 1
    segments = transcript.segments
    before = segments[place - 1] if place else None
    following = segments[place] if place < len(segments) else None
    _refuse_times(transcript, start_ms, end_ms, before, following)
    added = Segment(
        id=new_id(), start_ms=start_ms, end_ms=end_ms, text=text, speaker=speaker, origins=()
    )
    return replace(transcript, segments=(*segments[:place], retimed(added), *segments[place:]))


def set_times(
    transcript: Transcript, segment_id: str, *, start_ms: int | None, end_ms: int | None
) -> Transcript:
    """Moves the start or end of a segment; None keeps it. Words are moved inside."""
    segment = _segment(transcript, segment_id)
    start_ms = segment.start_ms if start_ms is None else start_ms
    end_ms = segment.end_ms if end_ms is None else end_ms
    _refuse_times(transcript, start_ms, end_ms, *_neighbours(transcript, segment_id))
    moved = refitted(replace(segment, start_ms=start_ms, end_ms=end_ms))
    return _replaced(transcript, segment_id, moved)


def _refuse_times(
    transcript: Transcript,
    start_ms: int,
    end_ms: int,
    before: Segment | None,
    following: Segment | None,
) -> None:
    duration_ms = transcript.duration_ms
    if not 0 <= start_ms < end_ms <= duration_ms:
        raise Invalid(
            f"A segment cannot last from {start_ms} to {end_ms} ms: it must begin before it ends, "
            f"and both times must be between 0 and {duration_ms} ms.",
            code="outside_recording",
            allowed_ms=[0, duration_ms],
        )
    earliest = 0 if before is None else before.start_ms
    latest = duration_ms if following is None else following.start_ms
    if not earliest <= start_ms <= latest:
        raise Invalid(
            f"Segments are ordered by their start times: this one may begin between {earliest} and "
            f"{latest} ms, where its neighbours begin, not at {start_ms} ms.",
            code="out_of_order",
            allowed_ms=[earliest, latest],
        )


def family(origins: Mapping[str, Collection[str]], segment_id: str) -> tuple[set[str], set[str]]:
    """The segments with the same recognised origins as this one, and the ids of the origins.

    ``origins``: the ids that each segment came from. One that is missing there came from itself.
    """
    roots = set(origins.get(segment_id, (segment_id,)))
    while True:
        members = {each for each, its in origins.items() if not roots.isdisjoint(its)}
        extended = roots.union(*(origins[each] for each in members))
        if extended == roots:
            return members, roots
        roots = extended


def restore(
    transcript: Transcript, segment_id: str, *, recognised: Mapping[str, Segment]
) -> Transcript:
    """Restores the recognised segments in place of the edited ones.

    ``recognised``: the segments that this one came from, by id and in order; their texts, times and
    words are restored, even if they were merged into others or removed. Removed speakers are not.
    """
    origins = {segment.id: origins_of(segment) for segment in transcript.segments}
    members, roots = family(origins, segment_id)
    if roots.isdisjoint(recognised):
        raise Invalid(
            f"Segment {segment_id!r} was inserted by a person, so it has no recognised text. "
            "Remove it instead.",
            code="not_recognised",
        )
    known = {speaker.id for speaker in transcript.speakers}
    edited = [segment for segment in transcript.segments if segment.id in members]
    speaker_of = {segment.id: segment.speaker for segment in edited}
    restored = []
    for segment in recognised.values():
        if segment.id not in roots:
            continue
        removed = {segment.speaker, *(word.speaker for word in segment.words)} - known - {None}
        if edited and removed:
            speaker = speaker_of.get(segment.id, edited[0].speaker)
            restored.append(_relabelled(segment, removed, speaker))
        else:
            restored.append(segment)
    restored.sort(key=lambda segment: segment.start_ms)
    segments: list[Segment] = [] if edited else restored
    for segment in transcript.segments:
        if edited and segment is edited[0]:
            segments += restored
        elif segment.id not in members:
            segments.append(segment)
    missing = sorted({segment.speaker for segment in restored if segment.speaker} - known)
    speakers = (*transcript.speakers, *(Speaker(id=each) for each in missing))
    return in_time_order(replace(transcript, segments=tuple(segments), speakers=speakers))


def _relabelled(segment: Segment, removed: Collection[str | None], speaker: str | None) -> Segment:
    """The segment with ``speaker`` in place of removed speakers."""
    words = (replace(w, speaker=speaker) if w.speaker in removed else w for w in segment.words)
    of_segment = speaker if segment.speaker in removed else segment.speaker
    return replace(segment, speaker=of_segment, words=tuple(words))


def origins_of(segment: Segment) -> tuple[str, ...]:
    return (segment.id,) if segment.origins is None else segment.origins


def in_time_order(transcript: Transcript) -> Transcript:
    """Sorts segments by start: a part that was split off may start after the next segment."""
    ordered = sorted(transcript.segments, key=lambda segment: segment.start_ms)
    return replace(transcript, segments=tuple(ordered))


def _segment(transcript: Transcript, segment_id: str) -> Segment:
    for segment in transcript.segments:
        if segment.id == segment_id:
            return segment
    raise NoSuchSegment(segment_id)


def _neighbours(transcript: Transcript, segment_id: str) -> tuple[Segment | None, Segment | None]:
    around = (None, *transcript.segments, None)
    place = next(n for n, each in enumerate(around) if each is not None and each.id == segment_id)
    return around[place - 1], around[place + 1]


def _replaced(transcript: Transcript, segment_id: str, *by: Segment) -> Transcript:
    segments: list[Segment] = []
    for segment in transcript.segments:
        segments += by if segment.id == segment_id else (segment,)
    return replace(transcript, segments=tuple(segments))
