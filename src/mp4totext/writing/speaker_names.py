"""Names that speakers may have by what is said in English: "I'm Sarah", "Thanks, John." Pure.

A guess is never more than that: people speak of others, quote them, and are misheard.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.wordlists import lines, words

_ONE = r"(?:[A-Z][a-z]+|[A-Z]['’][A-Z][a-z]+)(?:-[A-Z][a-z]+)?"
_NAME = rf"({_ONE}(?: {_ONE})?)"
_END = r"(?=\s*(?:[.,!?;:]|$|(?:and|from|here|with|speaking|calling)\b))"
_I_AM = re.compile(rf"\b(?:[Mm]y name(?: is|['’]s)|I(?:['’]m| am)|[Tt]his is) {_NAME}{_END}")
_THANKED = re.compile(rf"\b[Tt]hank(?:s| you),? {_NAME}{_END}")
_GREETED = re.compile(
    rf"\b(?:[Hh]i|[Hh]ello|[Ww]elcome|[Gg]ood (?:morning|afternoon|evening)|[Oo]ver to you),? "
    rf"{_NAME}{_END}"
)
_ASKED = re.compile(
    rf"^{_NAME}, (?:what|how|why|where|when|do|did|are|can|could|would|you)\b", re.MULTILINE
)
_NO_WORDS = words("no_names") | words("months")  # lower case
_NO_NAMES = words("languages") | frozenset((*lines("countries"), *lines("places")))
_OWN_SCORE = 0.7  # somebody who says who they are
_CALLED_SCORE = 0.4  # somebody who speaks just before or after their name is said to them
_NEAR_MS = 5_000  # between a name that is called and the one who answers to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    speaker: str
    name: str
    score: float  # 0 to 1; what is said more often counts more
    evidence: tuple[Segment, ...]


def guesses(transcript: Transcript) -> tuple[Guess, ...]:
    """The best name of each speaker for which something speaks, the surest first."""
    if (transcript.language or "en").partition("-")[0] != "en":
        return ()
    found: dict[tuple[str, str], list[tuple[float, Segment]]] = defaultdict(list)
    for speaker, name, score, segment in _heard(transcript.segments):
        found[speaker, name].append((score, segment))
    best: dict[str, Guess] = {}
    for (speaker, name), said in found.items():
        doubt = 1.0
        for score, _segment in said:
            doubt *= 1.0 - score
        guess = Guess(
            speaker=speaker,
            name=name,
            score=round(1.0 - doubt, 2),
            evidence=tuple(segment for _score, segment in said),
        )
        if speaker not in best or guess.score > best[speaker].score:
            best[speaker] = guess
    return tuple(sorted(best.values(), key=lambda guess: -guess.score))


def _heard(segments: Sequence[Segment]) -> Iterator[tuple[str, str, float, Segment]]:
    """(speaker, name, score, segment) of each time a name is said by or to its owner."""
    for segment in segments:
        if segment.speaker is not None:
            for name in _names(segment, _I_AM):
                yield segment.speaker, name, _OWN_SCORE, segment
    for before, after in pairwise(segments):
        if _answered(before, after):
            for name in _names(before, _GREETED, _ASKED):  # who is greeted or asked answers next
                yield after.speaker or "", name, _CALLED_SCORE, before
            for name in _names(after, _THANKED):  # who is thanked has just spoken
                yield before.speaker or "", name, _CALLED_SCORE, after


def _answered(before: Segment, after: Segment) -> bool:
    """Whether two different people speak, one right after the other."""
    if before.speaker is None or after.speaker is None:
        return False
    return before.speaker != after.speaker and after.start_ms - before.end_ms <= _NEAR_MS


def _names(segment: Segment, *patterns: re.Pattern[str]) -> Iterator[str]:
    for pattern in patterns:
        for name in pattern.findall(segment.text):
            if name not in _NO_NAMES and _NO_WORDS.isdisjoint(name.lower().split()):
                yield name
