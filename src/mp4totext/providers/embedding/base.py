"""Embeddings: texts as vectors, near where they mean nearly the same, in any two languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]  # a row each, of length 1: a product is a cosine


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingCapabilities:
    model: str  # vectors of two models are not compared
    dimensions: int


class TextEmbedding(Protocol):
    """Safe to call from several threads. The same text has the same vector."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Of texts that are searched: (texts, dimensions)."""
        ...

    def question(self, text: str) -> Vectors:
        """Of a text that is searched for: (dimensions,)."""
        ...
