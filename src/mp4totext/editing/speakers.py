"""Edits of speakers: rename, merge, split, reassign.

Functions take and return Transcript values, complete ones or the part that an edit needs: ``keep``
has speakers who stay although they have no segment in it. Ids never change, so that "S2" on a page
means the same speaker after an edit.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from mp4totext.editing.assign_speakers import cut_at
from mp4totext.editing.segments import NewId, ids_after, in_time_order, origins_of
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Segment, Speaker, Transcript, Word

NEW = "new"
"""Placeholder for the id of a new speaker."""

NAME_MAX = 80
_SURE = 1.0  # what a person states is certain


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakingTime:
    speaker: Speaker
    spoken_ms: int
    share: float  # of all attributed speech, 0 to 1
    segments: int


def rename(transcript: Transcript, speaker: str, name: str | None) -> Transcript:
    """Renames a speaker; None or blank removes the name. Raises Invalid."""
    _require_speaker(transcript, speaker)
    cleaned = (name or "").strip() or None
    if cleaned and len(cleaned) > NAME_MAX:
        raise Invalid(f"A speaker's name has at most {NAME_MAX} characters.", code="name_too_long")
    return replace(
        transcript,
        speakers=tuple(
            replace(each, name=cleaned) if each.id == speaker else each
            for each in transcript.speakers
        ),
    )


def merge(transcript: Transcript, *, into: str, merged: Collection[str]) -> Transcript:
    """Merges speakers into one, which keeps its id and its name, if it has one. Raises Invalid.

    If it has no name, it gets the first name of the others.
    """
    for each in (into, *merged):
        _require_speaker(transcript, each)
    if into in merged:
        raise Invalid(f"Speaker {into!r} cannot be merged into itself.", code="merge_into_itself")
    names = [s.name for s in transcript.speakers if s.id in merged and s.name]
    remaining = tuple(
        replace(s, name=s.name or (names[0] if names else None)) if s.id == into else s
        for s in transcript.speakers
        if s.id not in merged
    )
    segments = relabelled(transcript.segments, dict.fromkeys(merged, into))
    return replace(transcript, segments=segments, speakers=remaining)


def split(
    transcript: Transcript,
    speaker: str,
    *,
    segment_ids: Collection[str],
    to: str = NEW,
    keep: Collection[str] = (),
) -> Transcript:
    """Assigns segments of one speaker to another. Raises Invalid if they are not all theirs."""
    _require_speaker(transcript, speaker)
    own = {segment.id for segment in transcript.segments if segment.speaker == speaker}
    if not segment_ids or not set(segment_ids) <= own:
        others = sorted(set(segment_ids) - own)
        raise Invalid(f"Choose segments of {speaker!r}; {others} are not.", code="not_theirs")
    if set(segment_ids) == own and speaker not in keep:
        raise Invalid(
            f"These are all segments of {speaker!r}: rename the speaker instead.",
            code="nothing_left",
        )
    return reassign_segments(transcript, segment_ids=segment_ids, speaker=to, keep=keep)


def reassign_segments(
    transcript: Transcript,
    *,
    segment_ids: Collection[str],
    speaker: str,
    keep: Collection[str] = (),
) -> Transcript:
    """Assigns whole segments to a speaker, or to a new one with ``NEW``. Raises Invalid."""
    present = {segment.id for segment in transcript.segments}
    if missing := sorted(set(segment_ids) - present):
        raise Invalid(f"No segment has the id {missing[0]!r}.", code="unknown_segment")
    extended, target = _target(transcript, speaker)
    segments = tuple(
        _assigned(segment, target) if segment.id in segment_ids else segment
        for segment in extended.segments
    )
    return without_silent(transcript, replace(extended, segments=segments), keep=keep)


def reassign_range(
    transcript: Transcript,
    *,
    start_ms: int,
    end_ms: int,
    speaker: str,
    new_id: NewId | None = None,
    keep: Collection[str] = (),
) -> Transcript:
    """Assigns the words whose middle is in a range to a speaker, or to a new one with ``NEW``.

    Segments that are partly in the range are split: the first part keeps the id. Raises Invalid if
    there are no words in the range.
    """
    if start_ms >= end_ms:
        raise Invalid("The range ends before it starts: swap its ends.", code="empty_range")
    if not any(touched(segment, start_ms, end_ms) for segment in transcript.segments):
        raise Invalid("There is no speech in this range.", code="nothing_said")
    new_id = new_id or ids_after(transcript)
    extended, target = _target(transcript, speaker)
    pieces: list[Segment] = []
    for segment in extended.segments:
        parts = list(_range_assigned(segment, start_ms, end_ms, target))
        if len(parts) > 1:
            origins = origins_of(segment)
            parts = [replace(part, origins=origins) for part in parts]
            parts[1:] = [replace(part, id=new_id()) for part in parts[1:]]
        pieces += parts
    cut = in_time_order(replace(extended, segments=tuple(pieces)))
    return without_silent(transcript, cut, keep=keep)


def speaking_times(
    speakers: Iterable[Speaker], segments: Iterable[Segment]
) -> tuple[SpeakingTime, ...]:
    """How long each speaker talks."""
    spoken_ms: Counter[str] = Counter()
    segment_counts: Counter[str] = Counter()
    for segment in segments:
        if segment.speaker is not None:
            spoken_ms[segment.speaker] += segment.end_ms - segment.start_ms
            segment_counts[segment.speaker] += 1
    total_ms = sum(spoken_ms.values())
    return tuple(
        SpeakingTime(
            speaker=speaker,
            spoken_ms=spoken_ms[speaker.id],
            share=spoken_ms[speaker.id] / total_ms if total_ms else 0.0,
            segments=segment_counts[speaker.id],
        )
        for speaker in speakers
    )


def _require_speaker(transcript: Transcript, speaker: str) -> None:
    if speaker not in {each.id for each in transcript.speakers}:
        raise Invalid(f"No speaker has the id {speaker!r}.", code="unknown_speaker")


def _target(transcript: Transcript, speaker: str) -> tuple[Transcript, str]:
    """The transcript including the speaker, and the speaker's id."""
    if speaker != NEW:
        _require_speaker(transcript, speaker)
        return transcript, speaker
    added = free_id({each.id for each in transcript.speakers})
    return replace(transcript, speakers=(*transcript.speakers, Speaker(id=added))), added


def free_id(taken: Collection[str]) -> str:
    """The id after the highest one taken."""
    highest = max((int(each[1:]) for each in taken if each[1:].isdecimal()), default=0)
    return f"S{highest + 1}"


def relabelled(segments: tuple[Segment, ...], ids: Mapping[str, str]) -> tuple[Segment, ...]:
    """Replaces speakers by id, in segments and words; other ids stay."""
    return tuple(
        replace(
            segment,
            speaker=ids.get(segment.speaker, segment.speaker) if segment.speaker else None,
            words=tuple(
                replace(word, speaker=ids.get(word.speaker, word.speaker)) if word.speaker else word
                for word in segment.words
            ),
        )
        for segment in segments
    )


def _assigned(segment: Segment, speaker: str) -> Segment:
    return replace(
        segment,
        speaker=speaker,
        words=tuple(_assigned_word(word, speaker) for word in segment.words),
    )


def _assigned_word(word: Word, speaker: str) -> Word:
    return replace(word, speaker=speaker, speaker_confidence=_SURE)


def touched(segment: Segment, start_ms: int, end_ms: int) -> bool:
    """Whether a word of the segment, or a segment without words, has its middle in the range."""
    if segment.words:
        return any(_inside(word, start_ms, end_ms) for word in segment.words)
    return _inside(segment, start_ms, end_ms)


def _inside(part: Word | Segment, start_ms: int, end_ms: int) -> bool:
    return start_ms <= (part.start_ms + part.end_ms) / 2 < end_ms


def _range_assigned(
    segment: Segment, start_ms: int, end_ms: int, speaker: str
) -> Iterator[Segment]:
    if not touched(segment, start_ms, end_ms):
        yield segment
    elif not segment.words or segment.recognised_text is not None:
        # A text typed by a person has no times inside, so it is assigned as a whole.
        yield _assigned(segment, speaker)
    else:
        words = [
            _assigned_word(word, speaker)
            if _inside(word, start_ms, end_ms)
            else replace(word, speaker=word.speaker or segment.speaker)
            for word in segment.words
        ]
        runs = [tuple(run) for _speaker, run in groupby(words, key=lambda word: word.speaker)]
        yield from cut_at(segment, runs)


def without_silent(
    before: Transcript, after: Transcript, *, keep: Collection[str] = ()
) -> Transcript:
    """The transcript without the speakers whose last segment the edit removed."""
    silenced = speaking(before.segments) - speaking(after.segments) - set(keep)
    remaining = tuple(speaker for speaker in after.speakers if speaker.id not in silenced)
    return after if not silenced else replace(after, speakers=remaining)


def speaking(segments: Iterable[Segment]) -> set[str]:
    """The speakers of segments and of words in them."""
    speakers: set[str | None] = set()
    for segment in segments:
        speakers.add(segment.speaker)
        speakers.update(word.speaker for word in segment.words)
    return {speaker for speaker in speakers if speaker is not None}
