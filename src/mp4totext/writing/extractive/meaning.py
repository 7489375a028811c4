"""Measures changes of meaning between the sentences before and after each place."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SPAN = 8  # sentences on each side that are compared: about a minute

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to vectors, a row each, that are near where two texts mean nearly the same."""


def shifts(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The change of meaning before each sentence, in standard deviations from the text's mean.

    It is 0 for the first sentence. The cosines of a model are close together and differ between
    languages, so only their differences within one text are used.
    """
    sums = np.vstack([np.zeros(vectors.shape[1]), np.cumsum(vectors, axis=0, dtype=np.float64)])
    at = np.arange(len(vectors))
    before = sums[at] - sums[np.maximum(at - SPAN, 0)]
    after = sums[np.minimum(at + SPAN, len(vectors))] - sums[at]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    changes = 1.0 - np.sum(before * after, axis=1) / np.maximum(lengths, 1e-9)
    inner = changes[1:]
    deviation = inner.std() if len(inner) else 0.0
    result = np.zeros(len(vectors))
    if deviation > 1e-9:
        result[1:] = (inner - inner.mean()) / deviation
    return result
