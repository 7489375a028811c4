"""The words that all fake speech engines recognise, and their times."""

import io
from dataclasses import dataclass

import av

WORDS = (
    ("It", 0.02, 0.05), ("was", 0.05, 0.08), ("1859,", 0.08, 0.14), ("the", 0.14, 0.18),
    ("best", 0.18, 0.24), ("of", 0.24, 0.27), ("times.", 0.27, 0.38), ("Was", 0.52, 0.57),
    ("it", 0.57, 0.62), ("the", 0.62, 0.70), ("worst?", 0.70, 0.88),
)  # fmt: skip  # shares of the recording's length
SENTENCES = ((0, 7), (7, 11))


@dataclass(frozen=True)
class Spoken:
    text: str
    start_s: float
    end_s: float


def words(length_s: float) -> list[Spoken]:
    return [Spoken(text, a * length_s, b * length_s) for text, a, b in WORDS]


def sentences(length_s: float) -> list[list[Spoken]]:
    spoken = words(length_s)
    return [spoken[a:b] for a, b in SENTENCES]


TEXT = " ".join(text for text, _, _ in WORDS)


def seconds_of(sound: bytes) -> float | None:
    """The length of an encoded recording; None when it is not one."""
    try:
        with av.open(io.BytesIO(sound)) as container:
            samples = sum(frame.samples for frame in container.decode(audio=0))
            return float(samples / container.streams.audio[0].rate)
    except av.FFmpegError:
        return None
