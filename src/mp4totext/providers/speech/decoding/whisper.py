"""The interface of local Whisper models, and their tasks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.speech.decoding.word_timing import RawSegment
from mp4totext.providers.vad import Region

_HINT_TOKENS = 220  # Whisper keeps the last 223 tokens of a prompt

Vote = Mapping[str, float]  # Whisper's code -> probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One window and the options of its decoding."""

    samples: Samples
    language: str  # Whisper's code
    translate: bool
    hint: str | None  # the vocabulary

    @property
    def length_ms(self) -> int:
        return len(self.samples) * 1_000 // SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class EncodedSpan:
    """A span of at most 30 s, encoded once for votes, text and times."""

    region: Region  # in the window's time
    encoding: Any  # of the decoder's own type


class Decoder(Protocol):
    """A loaded model. Times of its segments are the window's."""

    @property
    def languages(self) -> frozenset[str]:
        """Whisper's codes; only "en" if the model is English."""
        ...

    def encode(self, samples: Samples, regions: Sequence[Region]) -> list[EncodedSpan]: ...

    def vote(self, span: EncodedSpan) -> Vote:
        """Probabilities of the languages."""
        ...

    def votes_inside(self, span: EncodedSpan, stretches: Sequence[Region]) -> Sequence[Vote]:
        """Votes of stretches of one length; none if each costs as much as another encoding."""
        ...

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        """The vocabulary as a prompt, and the number of entries that did not fit."""
        ...

    def decode(self, task: Task, spans: Sequence[EncodedSpan]) -> Iterator[RawSegment]: ...

    def decode_again(self, task: Task, region: Region) -> Iterator[RawSegment]:
        """Decode one stretch alone with all fallbacks against failure, however slow."""
        ...


def hint_of(
    vocabulary: Sequence[str], *, count_tokens: Callable[[str], int]
) -> tuple[str | None, int]:
    """The vocabulary as a prompt as far as it fits, and the number of entries that did not."""
    taken: list[str] = []
    tokens = 0
    for word in vocabulary:
        tokens += count_tokens(f" {word},")
        if tokens > _HINT_TOKENS:
            break
        taken.append(word)
    return ", ".join(taken) or None, len(vocabulary) - len(taken)


def cut(samples: Samples, span: Region) -> Samples:
    per_ms = SAMPLE_RATE // 1_000
    return samples[span.start_ms * per_ms : span.end_ms * per_ms]
