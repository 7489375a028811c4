"""Probes a video that this service made, before it is delivered."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mp4totext.media.sandbox import Child


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducedVideo:
    frames: int
    steady: bool  # every frame is equally long
    video_ms: int
    audio_ms: int
    width: int
    height: int


def facts_of(path: Path) -> ProducedVideo:
    """Read in a separate process, because the index of an hour takes 20 MB."""
    with closing(Child("produced", path)) as child:
        (answer,) = child.ask(do="facts")
    return ProducedVideo(**answer.facts)
