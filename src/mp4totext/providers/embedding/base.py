"""Text embeddings: the interface. Texts of similar meaning are close, in any two languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

# One row each, of length 1, so that a dot product is the cosine.
Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingCapabilities:
    model: str  # vectors of different models are not comparable
    dimensions: int


class TextEmbedding(Protocol):
    """A model. Safe to call from several threads; the same text has the same vector."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched: (texts, dimensions)."""
        ...

    def question(self, text: str) -> Vectors:
        """The vector of a search query: (dimensions,)."""
        ...
