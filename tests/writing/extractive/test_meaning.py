"""Changes of meaning between sentences, with constructed vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.extractive.meaning import shifts
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import talk


def test_the_change_is_where_the_vectors_change() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0) + np.float32(0.2)
    result = shifts(vectors)
    assert {20, 40} == set(np.argsort(result)[-2:].tolist())
    assert result[0] == 0
    assert abs(result[1:].mean()) < 1e-9


def test_what_does_not_change_has_no_shift() -> None:
    for count in (1, 2, 30):
        assert not shifts(np.ones((count, 4), np.float32)).any()


def test_chapters_begin_where_words_and_meaning_change() -> None:
    sample, (border_ms,) = talk("bread", "court")
    said = sentences(TextIndex(sample))
    embedded: list[str] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        embedded.extend(texts)
        first = np.array([sentence.start_ms < border_ms for sentence in said])
        return np.stack([first, ~first], axis=1).astype(np.float32)

    _, second = chapters(said, embed=embed)
    assert second.start_ms == border_ms
    assert embedded == [sentence.text for sentence in said]
    assert chapters(said[:1], embed=embed)  # one sentence has nothing to be compared with
