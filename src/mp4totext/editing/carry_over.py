"""Carries edits of speakers over to a new version, by their times."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from mp4totext.editing.speakers import free_id, reassign_range, relabelled, touched
from mp4totext.transcript import Speaker, Transcript

_OVERLAP_MIN = 0.5  # share of a word that must overlap for an edit to apply to it


def carried(*, recognised: Transcript, edited: Transcript, fresh: Transcript) -> Transcript:
    """The new version with a person's edits of speakers in the old one, matched by time.

    ``recognised`` is the old version before the edits. Names follow the speaker; merged speakers
    are merged again; reassigned stretches are reassigned again. A speaker who is only in the new
    version stays without a name, and gets a new id.
    """
    if not edited.speakers or not fresh.speakers:
        return fresh
    if recognised.speakers:
        successors = successors_of(recognised, edited)
        same_voice = _paired(_shared_ms(fresh, recognised))
        known = {f: successors.get(r, r) for f, r in same_voice.items()}
    else:  # no speaker was recognised: a person added all of them
        recognised, known = fresh, _paired(_shared_ms(fresh, edited))
        successors = known
    ids = _carried_ids(fresh, edited, known)
    names = {speaker.id: speaker.name for speaker in edited.speakers}
    speakers = tuple(
        Speaker(id=each, name=names.get(each))
        for each in dict.fromkeys(ids[speaker.id] for speaker in fresh.speakers)
    )
    result = replace(fresh, segments=relabelled(fresh.segments, ids), speakers=speakers)
    for start_ms, end_ms, speaker in _moved(recognised, edited, successors):
        result = _reassigned_again(
            result, start_ms, end_ms, Speaker(id=speaker, name=names.get(speaker))
        )
    return result


def successors_of(recognised: Transcript, edited: Transcript) -> dict[str, str]:
    """The edited speaker for each recognised one: the one with most of the shared time."""
    best: dict[str, tuple[int, str]] = {}
    for (before, after), overlap_ms in _shared_ms(recognised, edited).items():
        if before not in best or overlap_ms > best[before][0]:
            best[before] = (overlap_ms, after)
    return {before: after for before, (_overlap_ms, after) in best.items()}


_Span = tuple[int, int, str]


def _spans(transcript: Transcript) -> list[_Span]:
    """(start_ms, end_ms, speaker) of each word, or of each segment that has none."""
    spans: list[_Span] = []
    for segment in transcript.segments:
        for part in segment.words or (segment,):
            speaker = part.speaker or segment.speaker
            if speaker is not None:
                spans.append((part.start_ms, part.end_ms, speaker))
    return sorted(spans)


def _overlaps(left: list[_Span], right: list[_Span]) -> Iterator[tuple[_Span, _Span, int]]:
    """Pairs of overlapping spans and their overlaps. Both lists are ordered by start."""
    first = 0
    longest_ms = max((end_ms - start_ms for start_ms, end_ms, _speaker in right), default=0)
    for span in left:
        while first < len(right) and right[first][0] + longest_ms <= span[0]:
            first += 1
        for other in right[first:]:
            if other[0] >= span[1]:
                break
            overlap_ms = min(span[1], other[1]) - max(span[0], other[0])
            if overlap_ms > 0:
                yield span, other, overlap_ms


_SharedMs = Mapping[tuple[str, str], int]


def _shared_ms(left: Transcript, right: Transcript) -> _SharedMs:
    """Milliseconds during which a speaker of one and a speaker of the other talk at once."""
    shared_ms: dict[tuple[str, str], int] = defaultdict(int)
    for span, other, overlap_ms in _overlaps(_spans(left), _spans(right)):
        shared_ms[span[2], other[2]] += overlap_ms
    return shared_ms


def _paired(shared_ms: _SharedMs) -> dict[str, str]:
    """One-to-one pairs, those with the longest overlap first."""
    pairs: dict[str, str] = {}
    for left, right in sorted(shared_ms, key=lambda pair: -shared_ms[pair]):
        if left not in pairs and right not in pairs.values():
            pairs[left] = right
    return pairs


def _carried_ids(fresh: Transcript, edited: Transcript, known: Mapping[str, str]) -> dict[str, str]:
    """The old id of every speaker of the new version; a speaker unknown there gets a free id."""
    taken = {speaker.id for speaker in edited.speakers} | set(known.values())
    ids: dict[str, str] = {}
    for speaker in fresh.speakers:
        ids[speaker.id] = known.get(speaker.id) or free_id(taken)
        taken.add(ids[speaker.id])
    return ids


def _moved(
    recognised: Transcript, edited: Transcript, successors: Mapping[str, str]
) -> list[_Span]:
    """The spans that a person reassigned to another speaker than the rest of their speaker's."""
    moved: list[_Span] = []
    continues = False  # whether no unmoved word is between the last moved word and this one
    for before, after, overlap_ms in _overlaps(_spans(recognised), _spans(edited)):
        start_ms, end_ms, speaker = before[0], before[1], after[2]
        if overlap_ms < _OVERLAP_MIN * (end_ms - start_ms):
            continue
        if successors.get(before[2]) == speaker:
            continues = False
        elif continues and moved[-1][2] == speaker:
            moved[-1] = (moved[-1][0], max(moved[-1][1], end_ms), speaker)
        else:
            moved.append((start_ms, end_ms, speaker))
            continues = True
    return moved


def _reassigned_again(
    transcript: Transcript, start_ms: int, end_ms: int, speaker: Speaker
) -> Transcript:
    """``reassign_range``; unchanged if the new version has no word in the range."""
    if not any(touched(segment, start_ms, end_ms) for segment in transcript.segments):
        return transcript
    if speaker.id not in {each.id for each in transcript.speakers}:
        transcript = replace(transcript, speakers=(*transcript.speakers, speaker))
    return reassign_range(transcript, start_ms=start_ms, end_ms=end_ms, speaker=speaker.id)
