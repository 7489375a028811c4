"""Which sentences stand for a text: TextRank over tf-idf vectors, and a choice without repeats.

Mihalcea and Tarau, "TextRank: Bringing Order into Texts", EMNLP 2004 (damping 0.85); Carbonell and
Goldstein, "The Use of MMR", SIGIR 1998. The similarity matrix is never built, so that hours of
speech need memory for their words only.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DAMPING = 0.85
ROUNDS = 30
NOVELTY = 0.7  # MMR's lambda: weight of importance against likeness to what is chosen
REPEAT = 0.8  # likeness from which a sentence says the same again
FULL_LENGTH_TERMS = 8  # shorter sentences say less on their own and are held back

Vector = dict[str, float]


def vectors(terms: Sequence[Sequence[str]]) -> list[Vector]:
    """Unit tf-idf vectors, one a sentence; empty for a sentence without terms."""
    counts = [Counter(sentence) for sentence in terms]
    spread = Counter(term for count in counts for term in count)
    return [_unit(count, spread, len(terms)) for count in counts]


def _unit(count: Counter[str], spread: Counter[str], sentences: int) -> Vector:
    weights = {
        term: (1 + math.log(times)) * math.log((1 + sentences) / (0.5 + spread[term]))
        for term, times in count.items()
    }
    norm = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / norm for term, weight in weights.items()} if norm else {}


def rank(rows: Sequence[Vector]) -> NDArray[np.float64]:
    """Importance of each sentence, highest is most central; longer sentences first among equals."""
    size = len(rows)
    names = {term: number for number, term in enumerate({term for row in rows for term in row})}
    owner = np.repeat(np.arange(size), [len(row) for row in rows])
    column = np.array([names[term] for row in rows for term in row], dtype=np.int64)
    weight = np.array([value for row in rows for value in row.values()], dtype=np.float64)
    own = np.bincount(owner, weight * weight, minlength=size)

    def similar(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        by_term = np.bincount(column, weight * vector[owner], minlength=len(names))
        return np.bincount(owner, weight * by_term[column], minlength=size) - own * vector

    degree = np.maximum(similar(np.ones(size)), 1e-9)
    importance = np.full(size, 1 / max(1, size))
    for _ in range(ROUNDS if len(weight) else 0):
        importance = (1 - DAMPING) / size + DAMPING * similar(importance / degree)
    lengths = np.array([len(row) for row in rows], dtype=np.float64)
    return importance * np.clip(lengths / FULL_LENGTH_TERMS, 0.1, 1)


def choose(rows: Sequence[Vector], scores: NDArray[np.float64], limit: int) -> list[int]:
    """At most ``limit`` indices in the text's order: important, and unlike one another."""
    pool = [int(index) for index in np.argsort(-scores, kind="stable")[: max(50, limit * 5)]]
    pool = [index for index in pool if rows[index]]
    best = max((float(scores[index]) for index in pool), default=1.0) or 1.0
    chosen: list[int] = []
    nearest = dict.fromkeys(pool, 0.0)
    while pool and len(chosen) < limit:
        pick = max(
            pool,
            key=lambda index: (
                NOVELTY * float(scores[index]) / best - (1 - NOVELTY) * nearest[index]
            ),
        )
        pool.remove(pick)
        chosen.append(pick)
        for index in pool:
            nearest[index] = max(nearest[index], likeness(rows[index], rows[pick]))
        pool = [index for index in pool if nearest[index] < REPEAT]
    return sorted(chosen)


def likeness(one: Vector, other: Vector) -> float:
    """Cosine of two unit vectors."""
    return sum(weight * other.get(term, 0.0) for term, weight in one.items())
