"""All kinds of providers with their tables, for lists, self-tests and settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from mp4totext.providers.denoise.table import DENOISE
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.embedding.table import EMBEDDING
from mp4totext.providers.image.table import IMAGE
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.search.table import SEARCH
from mp4totext.providers.speech.table import SPEECH
from mp4totext.providers.text.table import TEXT
from mp4totext.providers.voice.table import VOICE

KINDS: Mapping[str, Table[Any]] = {
    "speech": SPEECH,
    "diarization": DIARIZATION,
    "text": TEXT,
    "search": SEARCH,
    "denoise": DENOISE,
    "embedding": EMBEDDING,
    "image": IMAGE,
    "voice": VOICE,
}


def entries() -> Iterator[tuple[str, str, Entry[Any]]]:
    """(kind, name, entry) of every provider."""
    for kind, table in KINDS.items():
        for name, entry in table.items():
            yield kind, name, entry
