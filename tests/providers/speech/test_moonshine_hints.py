"""Decoding towards named words: no model, only scores."""

import numpy as np
import pytest

from mp4totext.providers.speech.moonshine_hints import BONUS, Hints

PIECES = [b" k", b" K", b"eep", b"ubernetes", b" Post", b"man", b"gre", b"SQL", b".", b" the", b""]
PIECES += [f" other{n}".encode() for n in range(60)]  # a step looks at its likeliest 40 only


def chosen(hints: Hints, *steps: dict[str, float]) -> str:
    """The text after some steps; each gives scores of a few pieces, and the rest are unlikely."""
    path = hints.path()
    text = b""
    for step in steps:
        logits = np.full(len(PIECES), -20.0, np.float32)
        for piece, score in step.items():
            logits[PIECES.index(piece.encode())] = score
        text += PIECES[path.choose(logits, PIECES)]
    return text.decode().strip()


def test_a_named_word_wins_where_it_is_nearly_as_likely() -> None:
    steps = ({" k": 2.0, " K": 1.8}, {"eep": 3.0, "ubernetes": 1.0}, {".": 1.0})
    assert chosen(Hints(["Kubernetes"]), *steps) == "Kubernetes."
    assert chosen(Hints(["Prague"]), *steps) == "keep."


def test_a_named_word_loses_where_it_is_unlikely() -> None:
    steps = ({" the": 5.0, " K": 1.0}, {".": 4.0, "ubernetes": 4.0 - 1.1 * BONUS})
    assert chosen(Hints(["Kubernetes"]), *steps) == "the."


def test_a_phrase_goes_on_only_where_it_stands() -> None:
    """The middle of a phrase gets nothing where its beginning was not said."""
    assert chosen(Hints(["PostgreSQL"]), {" the": 5.0}, {"man": 2.0, "gre": 1.9}) == "theman"
    assert chosen(Hints(["PostgreSQL"]), {" Post": 5.0}, {"man": 2.0, "gre": 1.9}) == "Postgre"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (" Ask Ana about Kubernetes, Ana.", 3),
        (" Anatomy of kubernetes", 0),
        (b"\xff Ana".decode("latin-1"), 1),
    ],
)
def test_phrases_are_counted_as_whole_words(text: str, count: int) -> None:
    assert Hints(["Ana", "Kubernetes", " "]).count(text.encode()) == count
