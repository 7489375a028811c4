"""Noise filters: sound in, the same sound with less noise out."""

from dataclasses import dataclass
from typing import Literal, Protocol

from mp4totext.providers.base import Samples

Denoise = Literal["off", "auto", "on"]
"""``auto``: where the noise is of a kind that the filter was measured to help with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DenoiseCapabilities:
    limit_db: int  # what noise is made quieter by, at most


class NoiseFilter(Protocol):
    """Safe to call from several threads."""

    def clean(self, samples: Samples) -> Samples:
        """As long as they were, with every voice at its place."""
        ...
