"""Exports of many recordings as one ZIP file, created while it is sent."""

import zipfile
from collections.abc import AsyncIterator, Sequence
from functools import partial
from io import RawIOBase

from mp4totext.downloads import documents
from mp4totext.exports.filenames import filename, without_media_extension
from mp4totext.exports.registry import Export
from mp4totext.exports.rendering import RENDERERS
from mp4totext.kit.errors import AppError
from mp4totext.kit.fair_slots import FairSlots
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.errors import NotReady

LEFT_OUT = "not-exported.txt"


def exportable(runtime: Runtime, user_id: str, ids: Sequence[str]) -> list[str]:
    """The ids without duplicates.

    Raises TranscriptionNotFound, and NotReady if no recording has a transcript.
    """
    distinct = list(dict.fromkeys(ids))
    with runtime.database.read() as session:
        rows = [queries.get(session, user_id=user_id, transcription_id=each) for each in distinct]
    if not any(row.version is not None for row in rows):
        raise NotReady("None of the recordings has a transcript yet. Wait for their jobs.")
    return distinct


async def zipped(
    runtime: Runtime, slots: FairSlots, user_id: str, ids: Sequence[str], export: Export
) -> AsyncIterator[bytes]:
    """Yield the archive in chunks. One recording at a time is in memory.

    Rendering it takes one of the account's slots.
    """
    sink = Sink()
    left_out: list[str] = []
    taken: dict[str, int] = {}

    def add(transcription_id: str) -> None:
        name, body = _rendered(runtime, user_id, transcription_id, export)
        archive.writestr(free_name(name, taken), body)  # deflated here: it may take a second

    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in ids:
            try:
                await slots.run(user_id, partial(add, each))
            except AppError as error:  # it was deleted, or has no transcript or no chapters
                left_out.append(f"{each}: {error.message}")
                continue
            yield sink.taken()
        if left_out:
            archive.writestr(LEFT_OUT, "\n".join(left_out) + "\n")
    yield sink.taken()


def _rendered(
    runtime: Runtime, user_id: str, transcription_id: str, export: Export
) -> tuple[str, bytes]:
    with runtime.database.read() as session:
        transcription = queries.get(session, user_id=user_id, transcription_id=transcription_id)
        document = documents.of_recording(session, transcription, export, {})
    name = filename(without_media_extension(document.options.title), export.extension)
    return name, RENDERERS.render(export, document)


def free_name(name: str, taken: dict[str, int]) -> str:
    """A file name that is not in use, even on file systems that ignore case.

    ``taken`` has the last number of each name, so that ten thousand equal names take little time.
    """
    stem, _, extension = name.rpartition(".")
    number, free = taken.get(name.casefold(), 1), name
    while free.casefold() in taken:
        number += 1
        free = f"{stem} ({number}).{extension}"
    taken[name.casefold()] = number
    taken.setdefault(free.casefold(), 1)
    return free


class Sink(RawIOBase):
    """Buffers written bytes until they are sent. It cannot seek, so ``zipfile`` writes a stream."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
