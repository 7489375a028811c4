"""What is heard of a recording: which channels of which tracks, mixed into which signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from mp4totext.media.structure import Structure
from mp4totext.transcript import Source


@dataclass(frozen=True, slots=True)
class Input:
    """One channel of one sound track, both counted from 1, and how loud it is in a signal."""

    track: int
    channel: int
    weight: float


@dataclass(frozen=True, slots=True)
class Feed:
    """A signal that is transcribed by itself: the sum of its inputs."""

    inputs: tuple[Input, ...]
    # Heard only where no other feed has a voice: it holds what the others have, and perhaps more.
    fills: bool = False
    voice_db: float = 0.0  # of its loudest half second of voice: microphones are set differently


@dataclass(frozen=True, slots=True)
class Mix:
    """All feeds. More than one: people with a microphone, or a side of a call, each."""

    feeds: tuple[Feed, ...]
    high_pass: bool = False  # an offset or rumble is louder than is good for voice activity

    @property
    def apart(self) -> bool:
        return len(self.feeds) > 1

    @property
    def voices(self) -> int:
        """How many people, or groups of them, have a signal of their own."""
        return sum(not feed.fills for feed in self.feeds)

    @classmethod
    def of(cls, sources: Sequence[Source]) -> Self | None:
        """What a transcript was made from; None when it does not say."""
        signals: dict[int, list[Input]] = {}
        for source in sources:
            if source.signal is not None:
                part = Input(source.track, source.channel, source.weight)
                signals.setdefault(source.signal, []).append(part)
        return cls(tuple(Feed(tuple(inputs)) for inputs in signals.values())) if signals else None

    @classmethod
    def plain(cls, structure: Structure) -> Self:
        """The average of the first track that can be read."""
        track = structure.first
        weight = 1.0 / track.channels
        inputs = (Input(track.number, n, weight) for n in range(1, track.channels + 1))
        return cls((Feed(tuple(inputs)),))

    @classmethod
    def each_channel(cls, structure: Structure, *tracks: int) -> Self:
        """Every channel of the tracks by itself, in order."""
        named = [t for t in structure.tracks if t.number in tracks]
        return cls(
            tuple(Feed((Input(t.number, n, 1.0),)) for t in named for n in range(1, t.channels + 1))
        )
