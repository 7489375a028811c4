"""Guesses names of speakers from English speech, such as "I'm Sarah" or "Thanks, John."

They are only suggestions: people talk about others, quote them, and are misheard.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.wordlists import lines, words

_NAME_PART = r"(?:[A-Z][a-z]+|[A-Z]['’][A-Z][a-z]+)(?:-[A-Z][a-z]+)?"
_NAME = rf"({_NAME_PART}(?: {_NAME_PART})?)"
_END = r"(?=\s*(?:[.,!?;:]|$|(?:and|from|here|with|speaking|calling)\b))"
_INTRODUCTION = re.compile(
    rf"\b(?:[Mm]y name(?: is|['’]s)|I(?:['’]m| am)|[Tt]his is) {_NAME}{_END}"
)
_THANKS = re.compile(rf"\b[Tt]hank(?:s| you),? {_NAME}{_END}")
_GREETING = re.compile(
    rf"\b(?:[Hh]i|[Hh]ello|[Ww]elcome|[Gg]ood (?:morning|afternoon|evening)|[Oo]ver to you),? "
    rf"{_NAME}{_END}"
)
_QUESTION = re.compile(
    rf"^{_NAME}, (?:what|how|why|where|when|do|did|are|can|could|would|you)\b", re.MULTILINE
)
_NO_WORDS = words("no_names") | words("months")  # lower case
_NO_NAMES = words("languages") | frozenset((*lines("countries"), *lines("places")))
_OWN_SCORE = 0.7  # a speaker who introduces themselves
_ADDRESSED_SCORE = 0.4  # a speaker who talks just before or after being addressed by name
_NEAR_MS = 5_000  # between the two turns of an address and its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    speaker: str
    name: str
    score: float  # 0 to 1; more evidence gives more
    evidence: tuple[Segment, ...]


def guesses(transcript: Transcript) -> tuple[Guess, ...]:
    """The best guess for each speaker with any evidence, the most certain first."""
    if (transcript.language or "en").partition("-")[0] != "en":
        return ()
    mentions: dict[tuple[str, str], list[tuple[float, Segment]]] = defaultdict(list)
    for speaker, name, score, segment in _mentions(transcript.segments):
        mentions[speaker, name].append((score, segment))
    best: dict[str, Guess] = {}
    for (speaker, name), scored in mentions.items():
        doubt = math.prod(1.0 - score for score, _segment in scored)
        guess = Guess(
            speaker=speaker,
            name=name,
            score=round(1.0 - doubt, 2),
            evidence=tuple(segment for _score, segment in scored),
        )
        if speaker not in best or guess.score > best[speaker].score:
            best[speaker] = guess
    return tuple(sorted(best.values(), key=lambda guess: -guess.score))


def _mentions(segments: Sequence[Segment]) -> Iterator[tuple[str, str, float, Segment]]:
    """(speaker, name, score, segment) of each time a name is said by or to its owner."""
    for segment in segments:
        if segment.speaker is not None:
            for name in _names(segment, _INTRODUCTION):
                yield segment.speaker, name, _OWN_SCORE, segment
    for before, after in pairwise(segments):
        if _takes_turn(before, after):
            for name in _names(before, _GREETING, _QUESTION):  # the next speaker answers it
                yield after.speaker or "", name, _ADDRESSED_SCORE, before
            for name in _names(after, _THANKS):  # they are for the speaker before
                yield before.speaker or "", name, _ADDRESSED_SCORE, after


def _takes_turn(before: Segment, after: Segment) -> bool:
    """Whether two different speakers talk, one right after the other."""
    if before.speaker is None or after.speaker is None:
        return False
    return before.speaker != after.speaker and after.start_ms - before.end_ms <= _NEAR_MS


def _names(segment: Segment, *patterns: re.Pattern[str]) -> Iterator[str]:
    for pattern in patterns:
        for name in pattern.findall(segment.text):
            if name not in _NO_NAMES and _NO_WORDS.isdisjoint(name.lower().split()):
                yield name
