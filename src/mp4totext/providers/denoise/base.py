"""Noise filters: the interface."""

from dataclasses import dataclass
from typing import Literal, Protocol

from mp4totext.providers.base import Samples

Denoise = Literal["off", "auto", "on"]
"""``auto``: only for kinds of noise with which the filter was measured to help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DenoiseCapabilities:
    limit_db: int  # the most by which noise is reduced


class NoiseFilter(Protocol):
    """A noise filter. Safe to call from several threads."""

    def clean(self, samples: Samples) -> Samples:
        """As many samples as given, without delay."""
        ...
