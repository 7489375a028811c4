"""The most central sentences of a text: TextRank over tf-idf vectors, selected without repeats.

Mihalcea and Tarau, "TextRank: Bringing Order into Texts", EMNLP 2004 (damping 0.85); Carbonell and
Goldstein, "The Use of MMR", SIGIR 1998. The similarity matrix is never built: its product with a
vector is computed from the sentences' terms, so memory grows with the words, not the sentences
squared.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DAMPING = 0.85
ITERATIONS = 30  # of the power method; 0.85 ** 30 is below 1 %, what is left of the start values
IMPORTANCE_WEIGHT = 0.7  # MMR's lambda: importance against similarity to selected sentences
REPEAT_SIMILARITY = 0.8  # a sentence this similar to a selected one repeats it
FULL_LENGTH_TERMS = 8  # terms; shorter sentences get a lower weight, as they say less alone

Vector = dict[str, float]


def vectors(terms: Sequence[Sequence[str]]) -> list[Vector]:
    """One unit tf-idf vector per sentence; empty for a sentence without terms."""
    counts = [Counter(sentence) for sentence in terms]
    document_counts = Counter(term for count in counts for term in count)
    rows: list[Vector] = []
    for count in counts:
        weights = {
            term: (1 + math.log(times)) * math.log((1 + len(terms)) / (0.5 + document_counts[term]))
            for term, times in count.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        rows.append({term: weight / norm for term, weight in weights.items()} if norm else {})
    return rows


def rank(rows: Sequence[Vector]) -> NDArray[np.float64]:
    """The importance of each sentence: the highest is the most central."""
    size = len(rows)
    columns = {term: number for number, term in enumerate({term for row in rows for term in row})}
    # The vectors as one sparse matrix: weight[i] is at (row[i], column[i]).
    row = np.repeat(np.arange(size), [len(vector) for vector in rows])
    column = np.array([columns[term] for vector in rows for term in vector], dtype=np.int64)
    weight = np.array([value for vector in rows for value in vector.values()], dtype=np.float64)
    self_similarity = np.bincount(row, weight * weight, minlength=size)

    def times_similarity(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        term_sums = np.bincount(column, weight * vector[row], minlength=len(columns))
        product = np.bincount(row, weight * term_sums[column], minlength=size)
        return product - self_similarity * vector  # a sentence does not vote for itself

    degree = np.maximum(times_similarity(np.ones(size)), 1e-9)
    importance = np.full(size, 1 / max(1, size))
    for _ in range(ITERATIONS if len(weight) else 0):
        importance = (1 - DAMPING) / size + DAMPING * times_similarity(importance / degree)
    lengths = np.array([len(row) for row in rows], dtype=np.float64)
    return importance * np.clip(lengths / FULL_LENGTH_TERMS, 0.1, 1)


def choose(rows: Sequence[Vector], scores: NDArray[np.float64], limit: int) -> list[int]:
    """Select at most ``limit`` sentences that are important and unlike one another.

    Returns their indices in the text's order.
    """
    pool = [int(index) for index in np.argsort(-scores, kind="stable")[: max(50, limit * 5)]]
    pool = [index for index in pool if rows[index]]
    best = max((float(scores[index]) for index in pool), default=1.0) or 1.0
    chosen: list[int] = []
    nearest = dict.fromkeys(pool, 0.0)
    while pool and len(chosen) < limit:
        pick = max(
            pool,
            key=lambda index: (
                IMPORTANCE_WEIGHT * float(scores[index]) / best
                - (1 - IMPORTANCE_WEIGHT) * nearest[index]
            ),
        )
        pool.remove(pick)
        chosen.append(pick)
        for index in pool:
            nearest[index] = max(nearest[index], similarity(rows[index], rows[pick]))
        pool = [index for index in pool if nearest[index] < REPEAT_SIMILARITY]
    return sorted(chosen)


def similarity(a: Vector, b: Vector) -> float:
    """Cosine of two unit vectors."""
    return sum(weight * b.get(term, 0.0) for term, weight in a.items())
