"""Which channels of which tracks are transcribed, and how they are mixed into feeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from mp4totext.media.structure import Structure
from mp4totext.transcript import Source


@dataclass(frozen=True, slots=True)
class Input:
    """One channel of one sound track, both numbered from 1, and its weight in a feed."""

    track: int
    channel: int
    weight: float


@dataclass(frozen=True, slots=True)
class Feed:
    """A signal that is transcribed separately: the weighted sum of its inputs."""

    inputs: tuple[Input, ...]
    # Used only where no other feed has a voice: it has the voices of the others, perhaps more.
    fills: bool = False
    # Level of its loudest half second of voice: microphones have different gains.
    voice_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Mix:
    """All feeds: several if people have a microphone, or sides of a call a channel, each."""

    feeds: tuple[Feed, ...]
    # An offset or rumble is so loud that it would impair voice activity detection.
    high_pass: bool = False

    @property
    def apart(self) -> bool:
        return len(self.feeds) > 1

    @property
    def voices(self) -> int:
        """How many people, or groups of people, have their own feed."""
        return sum(not feed.fills for feed in self.feeds)

    @classmethod
    def of(cls, sources: Sequence[Source]) -> Self | None:
        """The mix of an existing transcript; None if the transcript does not state it."""
        signals: dict[int, list[Input]] = {}
        for source in sources:
            if source.signal is not None:
                part = Input(source.track, source.channel, source.weight)
                signals.setdefault(source.signal, []).append(part)
        return cls(tuple(Feed(tuple(inputs)) for inputs in signals.values())) if signals else None

    @classmethod
    def plain(cls, structure: Structure) -> Self:
        """The average of the channels of the first track that can be decoded."""
        track = structure.first
        weight = 1.0 / track.channels
        inputs = (Input(track.number, n, weight) for n in range(1, track.channels + 1))
        return cls((Feed(tuple(inputs)),))

    @classmethod
    def each_channel(cls, structure: Structure, *tracks: int) -> Self:
        """Every channel of all tracks separately, in order."""
        named = [t for t in structure.tracks if t.number in tracks]
        return cls(
            tuple(Feed((Input(t.number, n, 1.0),)) for t in named for n in range(1, t.channels + 1))
        )
