"""A stereo mix for listening, from the tracks that were transcribed."""

from collections.abc import Sequence

from mp4totext.media.sources import Feed, Input, Mix
from mp4totext.media.structure import Structure, Track
from mp4totext.transcript import Source

LISTENING_RATE = 48_000

# Gains of a channel on the left and on the right, as in the usual downmix of cinema sound
# (ITU-R BS.775): the centre in both at -3 dB, the sides at -3 dB, the low effects in none.
_LEFT_RIGHT = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (0.707, 0.707),
    "LFE": (0.0, 0.0),
    "BL": (0.707, 0.0),
    "SL": (0.707, 0.0),
    "BR": (0.0, 0.707),
    "SR": (0.0, 0.707),
    "BC": (0.5, 0.5),
}


def stereo_mix(structure: Structure, sources: Sequence[Source]) -> Mix:
    """Left and right feed.

    ``sources``: of the transcript; without any the first track that can be decoded is used. A track
    of two channels, of which only one has a voice, is played on both sides.
    """
    used = {(s.track, s.channel) for s in sources if s.weight > 0}
    numbers = {track for track, _ in used} or {structure.first.number}
    left: list[Input] = []
    right: list[Input] = []
    for track in structure.tracks:
        if track.number not in numbers or not track.readable:
            continue
        voiced = [c for t, c in used if t == track.number]
        for channel, (on_left, on_right) in _places(track, voiced):
            left.append(Input(track.number, channel, on_left))
            right.append(Input(track.number, channel, on_right))
    return Mix((Feed(tuple(left)), Feed(tuple(right))))


def _places(track: Track, voiced: Sequence[int]) -> list[tuple[int, tuple[float, float]]]:
    if track.channels == 1 or (track.channels == 2 and len(voiced) == 1):
        return [(voiced[0] if voiced else 1, (1.0, 1.0))]
    if track.channels == 2:
        return [(1, (1.0, 0.0)), (2, (0.0, 1.0))]
    known = [_LEFT_RIGHT.get(position, (0.5, 0.5)) for position in track.positions]
    known += [(0.5, 0.5)] * (track.channels - len(known))
    loudest = max(sum(pair[side] for pair in known) for side in (0, 1)) or 1.0
    return [(n, (a / loudest, b / loudest)) for n, (a, b) in enumerate(known, 1)]
