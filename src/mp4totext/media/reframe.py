"""Chooses the part of a wide video that an upright one shows: the face of the speaker. Pure.

Faces in neighbouring looks (examined frames) that overlap are one track. Of the tracks at a time,
the one is followed that is most often visible while its speaker talks, or whose mouth moves most
then, or else the largest. The view rests while the face stays near its middle, follows it without
overshooting, and cuts to another face at once: not for less than one and a half seconds while the
first is there, and not twice within two.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from mp4totext.media.faces import Face

LOOKS_A_SECOND = 2
_SAME = 0.2  # overlap above which two boxes, half a second apart, are the same face
_LOST_LOOKS = 4  # a track ends after this many looks without the face
_SHORTEST_LOOKS = 2  # a shorter track is a picture on a wall, or a false detection
_SEEN = 0.4  # share of looks with a face below which the middle of the picture is shown
_MOVES_LEAST = 2.0  # levels of grey: less is noise
_HOLD_LOOKS = 4  # looks between two cuts
_STAYS_LOOKS = 3  # looks for which another face must be better before the view moves to it
_KNOWN_LOOKS = 10  # a face that is seen less often cannot be attributed to a person
_DEAD = 0.08  # share of the shown width by which a face may move before the view follows
_GLIDE_S = 0.5  # time constant: a critically damped movement is nearly complete after three of them
_LEAD_S = 1.0  # look-ahead that compensates the delay of the movement


@dataclass(slots=True)
class _Track:
    places: dict[int, Face] = field(default_factory=dict)  # by the index of the look

    @property
    def last(self) -> int:
        return next(reversed(self.places))

    def moves(self) -> dict[int, float]:
        """By how many levels of grey the region of the mouth changed before a look."""
        found = {}
        for number, face in self.places.items():
            former = self.places.get(number - 1)
            if former is not None and former.mouth and face.mouth:
                one, other = (np.frombuffer(each.mouth, np.uint8) for each in (former, face))
                found[number] = float(np.abs(one.astype(int) - other).mean())
        return found


def centres(
    looks: Sequence[Sequence[Face]],
    speakers: Sequence[str | None],
    *,
    shown: float,
    frames: int,
    fps: int,
) -> tuple[float, ...]:
    """The horizontal centre of each frame's view, as a share of the width.

    Empty if too few looks have a face. ``speakers``: who talks at each look. ``shown``: the share
    of the width that is visible.
    """
    tracks = _tracks(looks)
    followed = _followed(tracks, speakers, len(looks))
    seen = [at for at, item in enumerate(followed) if item and at in item[0].places]
    if len(seen) < _SEEN * len(looks) or not seen:
        return ()
    return _path(followed, shown=shown, frames=frames, fps=fps)


def _tracks(looks: Sequence[Sequence[Face]]) -> list[_Track]:
    tracks: list[_Track] = []
    for number, faces in enumerate(looks):
        free = [track for track in tracks if number - track.last <= _LOST_LOOKS]
        for face in sorted(faces, key=lambda each: -each.area):
            best = max(free, key=lambda t: face.overlap(t.places[t.last]), default=None)
            if best is None or face.overlap(best.places[best.last]) < _SAME:
                best = _Track()
                tracks.append(best)
            else:
                free.remove(best)
            best.places[number] = face
    return [track for track in tracks if len(track.places) >= _SHORTEST_LOOKS]


def _followed(
    tracks: Sequence[_Track], speakers: Sequence[str | None], count: int
) -> list[tuple[_Track, Face] | None]:
    """The followed track at each look, with its face; the last position stays while it is lost."""
    best = _best(tracks, speakers, count)
    current: _Track | None = None
    changed = -_HOLD_LOOKS
    found: list[tuple[_Track, Face] | None] = []
    place: Face | None = None
    for number, (here, chosen) in enumerate(best):
        stays = [each for _, each in best[number : number + _STAYS_LOOKS]] == [
            chosen
        ] * _STAYS_LOOKS
        ended = current is None or number > current.last
        free = ended or (number - changed >= _HOLD_LOOKS and (stays or current not in here))
        if chosen is not None and chosen is not current and free:
            current, changed = chosen, number
        if current is not None and number in current.places:
            place = current.places[number]
        found.append(None if current is None or place is None else (current, place))
    return found


def _best(
    tracks: Sequence[_Track], speakers: Sequence[str | None], count: int
) -> list[tuple[list[_Track], _Track | None]]:
    """The tracks whose face is there at each look, and the one to show, whatever came before."""
    together = Counter(
        (speakers[number], at) for at, track in enumerate(tracks) for number in track.places
    )
    spoken = Counter(speakers)
    moves = [_moves_while(track, speakers) for track in tracks]
    there = _there(tracks, count)

    def fitness(at: int, number: int) -> float:
        # How much more often the face is visible while this speaker talks than in general.
        speaker, seen = speakers[number], len(tracks[at].places)
        known = speaker is not None and seen >= _KNOWN_LOOKS
        lift = together[speaker, at] / seen - spoken[speaker] / count if known else 0.0
        return lift * 4 + moves[at].get(speaker, 0.0) + there[number][at].area

    found: list[tuple[list[_Track], _Track | None]] = []
    for number, here in enumerate(there):
        chosen = max(here, key=lambda at: fitness(at, number), default=None)
        found.append(([tracks[at] for at in here], None if chosen is None else tracks[chosen]))
    return found


def _there(tracks: Sequence[_Track], count: int) -> list[dict[int, Face]]:
    """The faces at each look by the index of their track, with those that the detector missed.

    Where a face is not found beside another that is still there, it was missed; where another is
    found in its place, the camera has changed.
    """
    found: list[dict[int, Face]] = [{} for _ in range(count)]
    for at, track in enumerate(tracks):
        for number, face in track.places.items():
            found[number][at] = face
    visible = [set(faces) for faces in found]
    for at, track in enumerate(tracks):
        for before, after in pairwise(track.places):
            for number in range(before + 1, after):
                if visible[before] & visible[number]:
                    found[number][at] = track.places[before]
    return found


def _moves_while(track: _Track, speakers: Sequence[str | None]) -> dict[str | None, float]:
    """How much more the mouth moves while each speaker talks than in general, -1 to 1."""
    moves = track.moves()
    usual = sum(moves.values()) / max(1, len(moves))
    found = {}
    for speaker in {speakers[number] for number in moves} - {None}:
        own = [move for number, move in moves.items() if speakers[number] == speaker]
        rise = (sum(own) / len(own) - usual) / max(usual, _MOVES_LEAST)
        found[speaker] = min(1.0, max(-1.0, rise))
    return found


def _path(
    followed: Sequence[tuple[_Track, Face] | None], *, shown: float, frames: int, fps: int
) -> tuple[float, ...]:
    low, high = shown / 2, 1 - shown / 2

    def look(at_s: float) -> tuple[_Track, Face] | None:
        return followed[min(int(at_s * LOOKS_A_SECOND), len(followed) - 1)]

    track, face = next(item for item in followed if item is not None)
    at = goal = min(max(face.centre, low), high)
    speed, stiff = 0.0, 1 / _GLIDE_S
    path = []
    for frame in range(frames):
        now, ahead = look(frame / fps), look(frame / fps + _LEAD_S)
        if now is not None:
            if ahead is None or ahead[0] is not now[0]:
                ahead = now
            if now[0] is not track:
                track, speed = now[0], 0.0
                at = goal = min(max(now[1].centre, low), high)
            target = min(max(ahead[1].centre, low), high)
            if abs(target - goal) > _DEAD * shown:
                goal = target
        speed += (stiff * stiff * (goal - at) - 2 * stiff * speed) / fps
        at += speed / fps
        path.append(at)
    return tuple(path)
