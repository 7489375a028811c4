"""Carries edits of speakers over to a new version, by their times."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from mp4totext.editing.speakers import free_id, reassign_range, relabelled, touched
from mp4totext.transcript import Speaker, Transcript

_MOST = 0.5  # share of a word that must overlap for an edit to apply to it


def carried(*, recognised: Transcript, edited: Transcript, fresh: Transcript) -> Transcript:
    """The new version with a person's edits of speakers in the old one, matched by time.

    ``recognised`` is the old version before the edits. Names follow the speaker; merged speakers
    are merged again; reassigned stretches are reassigned again. A speaker who is only in the new
    version stays without a name, and gets a new id.
    """
    if not edited.speakers or not fresh.speakers:
        return fresh
    if recognised.speakers:
        own = became(recognised, edited)
        same_voice = _paired(_shared(fresh, recognised))
        known = {f: own.get(r, r) for f, r in same_voice.items()}
    else:  # no speaker was recognised: a person added all of them
        recognised, known = fresh, _paired(_shared(fresh, edited))
        own = known
    ids = _carried_ids(fresh, edited, known)
    names = {speaker.id: speaker.name for speaker in edited.speakers}
    speakers = tuple(
        Speaker(id=each, name=names.get(each))
        for each in dict.fromkeys(ids[speaker.id] for speaker in fresh.speakers)
    )
    result = replace(fresh, segments=relabelled(fresh.segments, ids), speakers=speakers)
    for start_ms, end_ms, speaker in _moved(recognised, edited, own):
        result = _reassigned_again(
            result, start_ms, end_ms, Speaker(id=speaker, name=names.get(speaker))
        )
    return result


def became(recognised: Transcript, edited: Transcript) -> dict[str, str]:
    """The edited speaker for each recognised one: the one with most of the shared time."""
    best: dict[str, tuple[int, str]] = {}
    for (left, right), overlap in _shared(recognised, edited).items():
        if left not in best or overlap > best[left][0]:
            best[left] = (overlap, right)
    return {left: right for left, (_overlap, right) in best.items()}


_Span = tuple[int, int, str]


def _spans(transcript: Transcript) -> list[_Span]:
    """(start_ms, end_ms, speaker) of each word, or of each segment that has none."""
    found: list[_Span] = []
    for segment in transcript.segments:
        for part in segment.words or (segment,):
            speaker = part.speaker or segment.speaker
            if speaker is not None:
                found.append((part.start_ms, part.end_ms, speaker))
    return sorted(found)


def _meetings(one: list[_Span], two: list[_Span]) -> Iterator[tuple[_Span, _Span, int]]:
    """Pairs of overlapping spans and their overlaps. Both lists are ordered by start."""
    first = 0
    longest = max((end - start for start, end, _who in two), default=0)
    for span in one:
        while first < len(two) and two[first][0] + longest <= span[0]:
            first += 1
        for other in two[first:]:
            if other[0] >= span[1]:
                break
            overlap = min(span[1], other[1]) - max(span[0], other[0])
            if overlap > 0:
                yield span, other, overlap


_Overlaps = Mapping[tuple[str, str], int]


def _shared(one: Transcript, two: Transcript) -> _Overlaps:
    """Milliseconds during which a speaker of one and a speaker of the other talk at once."""
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for span, other, overlap in _meetings(_spans(one), _spans(two)):
        shared[span[2], other[2]] += overlap
    return shared


def _paired(shared: _Overlaps) -> dict[str, str]:
    """One-to-one pairs, those with the longest overlap first."""
    pairs: dict[str, str] = {}
    for left, right in sorted(shared, key=lambda pair: -shared[pair]):
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


def _moved(recognised: Transcript, edited: Transcript, own: Mapping[str, str]) -> list[_Span]:
    """The spans that a person reassigned to another speaker than the rest of their speaker's."""
    moved: list[_Span] = []
    goes_on = False  # only if no unmoved word is between the last moved word and this one
    for was, now, overlap in _meetings(_spans(recognised), _spans(edited)):
        if overlap < _MOST * (was[1] - was[0]):
            continue
        if own.get(was[2]) == now[2]:
            goes_on = False
        elif goes_on and moved[-1][2] == now[2]:
            moved[-1] = (moved[-1][0], max(moved[-1][1], was[1]), now[2])
        else:
            moved.append((was[0], was[1], now[2]))
            goes_on = True
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
