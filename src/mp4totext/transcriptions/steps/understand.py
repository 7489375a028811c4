"""Sentiment, chapters, highlights and entities, computed on this machine."""

from dataclasses import dataclass
from typing import Any, cast

from mp4totext.providers.speech.base import Feature
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.meaning import Embed


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    answer: dict[str, Any]
    ran: tuple[str, ...]
    warnings: tuple[str, ...]


def run(transcript: Transcript, features: tuple[str, ...], *, embed: Embed | None) -> Understood:
    """Run the features that support the transcript's language; warn about the others."""
    # Most recordings request none of it, and its patterns take 0.15 s to import.
    from mp4totext.writing.extractive import understanding  # noqa: PLC0415

    requested = cast("tuple[Feature, ...]", features)
    found = understanding.understand(transcript, requested, embed=embed)
    return Understood(
        answer=dict(understanding.answer(found)),
        ran=found.ran,
        warnings=tuple(
            f"{name} does not work for the language {transcript.language!r}; it is not billed."
            for name in found.refused
        ),
    )
