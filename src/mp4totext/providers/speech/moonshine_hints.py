"""Biases Moonshine's greedy decoding towards words of the user's vocabulary.

Shallow fusion with a list of phrases: a token that starts or continues a phrase gets a bonus in
proportion to the part of the phrase that it adds, like hot words in pyctcdecode.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BONUS = 8.0  # nats for a complete phrase
HINT_COST_MAX = 8.0  # nats by which a text with one phrase more may be less likely
_CANDIDATES = 40  # tokens considered in each step


class Hints:
    """The vocabulary as bytes of tokens: each word follows a space."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        phrases = [" ".join(entry.split()) for entry in vocabulary]
        self.phrases = tuple(f" {phrase}".encode() for phrase in phrases if phrase)
        self._words = [
            re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)") for phrase in phrases if phrase
        ]

    def count(self, text: bytes) -> int:
        """The number of occurrences of the phrases in a text."""
        plain = text.decode(errors="replace")
        return sum(len(words.findall(plain)) for words in self._words)

    def path(self) -> "HintPath":
        return HintPath(self.phrases)


class HintPath:
    """The phrases that the text so far has started, and how far."""

    def __init__(self, phrases: Sequence[bytes]) -> None:
        self._phrases = phrases
        self._begun: list[tuple[bytes, int]] = []  # (phrase, how many of its bytes are there)

    def choose(self, logits: NDArray[np.float32], pieces: Sequence[bytes]) -> int:
        """The token with the best score; advances by it."""
        candidates = np.argpartition(logits, -_CANDIDATES)[-_CANDIDATES:]
        scores = [
            float(logits[token]) + self._bonus(pieces[token])
            if pieces[token]
            else float(logits[token])
            for token in candidates
        ]
        token = int(candidates[int(np.argmax(scores))])
        self._begun = self._after(pieces[token])
        return token

    def _bonus(self, piece: bytes) -> float:
        return max(
            (
                BONUS * min(len(piece), len(phrase)) / len(phrase)
                for phrase, _ in self._after(piece)
            ),
            default=0.0,
        )

    def _after(self, piece: bytes) -> list[tuple[bytes, int]]:
        """The phrases that continue or start with a piece, and how far they are then."""
        begins = [(phrase, 0) for phrase in self._phrases]
        return [
            (phrase, at + len(piece))
            for phrase, at in [*self._begun, *begins]
            if piece and phrase.startswith(piece, at)
        ]
