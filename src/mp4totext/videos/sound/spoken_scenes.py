"""Moves scenes to where a voice says the words that begin them. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Transcript
from mp4totext.videos.storyboard import Scene, Storyboard

_SHORTEST_MS = 1_500  # of a moved scene, unless it was shorter
_LEAD_MS = 400  # longest time for which a scene is shown before its first word


def starts(board: Storyboard, spoken: Transcript, voiced: Transcript) -> tuple[int, ...]:
    """When each scene begins, in the recording.

    ``voiced``: the words of ``spoken``, which are those in the range of the storyboard, at the
    times at which a voice says them.
    """
    segments = {segment.id: segment for segment in voiced.segments}
    firsts = list(_first_words(spoken, segments))
    times = [original_ms for original_ms, _ in firsts]
    wanted = []
    for scene in board.scenes:
        at_ms = scene.start_ms - board.from_ms
        first = bisect_left(times, at_ms)
        if scene is not board.scenes[0] and first < len(firsts):
            original_ms, voiced_ms = firsts[first]
            if voiced_ms != original_ms:
                at_ms = voiced_ms - min(original_ms - at_ms, _LEAD_MS)
        wanted.append(board.from_ms + at_ms)
    return tuple(_apart(board.scenes, wanted))


def timed(board: Storyboard, starts_ms: Sequence[int]) -> Storyboard:
    """The storyboard with its scenes at these times; unchanged if there are none."""
    if not starts_ms:
        return board
    ends_ms = [*starts_ms[1:], board.to_ms]
    scenes = tuple(
        scene.model_copy(update={"start_ms": start_ms, "end_ms": end_ms})
        for scene, start_ms, end_ms in zip(board.scenes, starts_ms, ends_ms, strict=True)
    )
    return board.model_copy(update={"scenes": scenes})


def _first_words(spoken: Transcript, voiced: dict[str, Segment]) -> Iterator[tuple[int, int]]:
    """The start of each word: in the recording, and where the voice says its first letter.

    The voice divides a text into words otherwise than an engine, but it has the same letters.
    """
    for segment in spoken.segments:
        units = segment.words or (segment,)
        says = voiced[segment.id].words or (voiced[segment.id],)
        ends = list(accumulate(len(unicode.letters(word.text)) for word in says))
        letters = 0
        for unit in units:
            said = min(bisect_left(ends, letters + 1), len(says) - 1)
            yield unit.start_ms, says[said].start_ms
            letters += len(unicode.letters(unit.text))


def _apart(scenes: Sequence[Scene], wanted_ms: Sequence[int]) -> Iterator[int]:
    """The times in order, with room for each scene."""
    least = [min(_SHORTEST_MS, scene.end_ms - scene.start_ms) for scene in scenes]
    free_ms, left_ms = scenes[0].start_ms, sum(least)
    for room_ms, at_ms in zip(least, wanted_ms, strict=True):
        start_ms = min(max(at_ms, free_ms), scenes[-1].end_ms - left_ms)
        yield start_ms
        free_ms, left_ms = start_ms + room_ms, left_ms - room_ms
