"""Cuts a transcript into chunks of a few sentences, which are embedded for search by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from mp4totext.kit import unicode

CHUNK_BYTES = 240
"""In UTF-8: three sentences of English, 55 tokens. Bytes, as a letter of Chinese says more."""

TURN_BYTES = 90  # characters after which a change of speaker ends a chunk


class Said(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def speaker(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    segment_ids: tuple[str, ...]
    text: str

    @property
    def digest(self) -> str:
        """A hash of the text, by which chunks that an edit did not change are recognised."""
        return sha256(self.text.encode()).hexdigest()[:16]


def chunks(segments: Sequence[Said]) -> list[Chunk]:
    """Group segments into chunks, in order. Segments without text are left out."""
    result: list[Chunk] = []
    part: list[Said] = []
    size = 0

    def close() -> None:
        nonlocal part, size
        if part:
            ids = tuple(segment.id for segment in part)
            text = unicode.joined(segment.text.strip() for segment in part)
            result.append(Chunk(segment_ids=ids, text=text))
        part, size = [], 0

    for segment in segments:
        if not segment.text.strip():
            continue
        turn = bool(part) and segment.speaker != part[-1].speaker
        if size >= CHUNK_BYTES or (turn and size >= TURN_BYTES):
            close()
        part.append(segment)
        size += len(segment.text.encode())
    close()
    return result
