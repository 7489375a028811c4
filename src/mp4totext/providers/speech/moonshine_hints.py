"""Leads Moonshine's greedy decoding towards words that the user named.

Shallow fusion with a list of phrases: a token that begins or goes on with a phrase gets a bonus in
proportion to the part of the phrase that it adds, as pyctcdecode weighs hot words.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BONUS = 8.0  # nats for a whole phrase
HINT_COST_MAX = 8.0  # nats that a text with one phrase more may be less likely
_CANDIDATES = 40  # tokens looked at in each step


class Hints:
    """The vocabulary, as the tokens' bytes spell it: each word after a space."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        phrases = [" ".join(entry.split()) for entry in vocabulary]
        self.phrases = tuple(f" {phrase}".encode() for phrase in phrases if phrase)
        self._words = [
            re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)") for phrase in phrases if phrase
        ]

    def count(self, text: bytes) -> int:
        """How many phrases the text has, each as often as it is there."""
        plain = text.decode(errors="replace")
        return sum(len(words.findall(plain)) for words in self._words)

    def path(self) -> "_Path":
        return _Path(self.phrases)


class _Path:
    """Which phrases the text decoded so far has begun, and how far."""

    def __init__(self, phrases: Sequence[bytes]) -> None:
        self._phrases = phrases
        self._begun: list[tuple[bytes, int]] = []  # (phrase, bytes of it that are there)

    def choose(self, logits: NDArray[np.float32], pieces: Sequence[bytes]) -> int:
        """The token of the best score; steps on with it."""
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
        """The phrases that go on or begin with a piece, with how far they are then."""
        begins = [(phrase, 0) for phrase in self._phrases]
        return [
            (phrase, at + len(piece))
            for phrase, at in [*self._begun, *begins]
            if piece and phrase.startswith(piece, at)
        ]
