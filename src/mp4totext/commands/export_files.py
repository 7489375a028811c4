"""Writes the exports of a transcript beside its recording, without replacing other files."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mp4totext.commands.messages import printable
from mp4totext.commands.replacing import replacing
from mp4totext.exports.documents import Document, document
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import EXPORTS, Export, export_named
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Transcript

if TYPE_CHECKING:
    from mp4totext.commands.watch import Delivery

DEFAULT_FORMATS = ("srt", "txt")
STDOUT = "-"
ALL = "all"
Identity = tuple[int, int]  # (device, inode)
_NAME_BYTES_MAX = 255  # bytes of a file name that common file systems allow


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where exports are written: a folder (None: that of each recording), one file, or stdout."""

    formats: tuple[Export, ...]
    folder: Path | None = None
    file: Path | None = None
    stdout: bool = False
    skips_missing_chapters: bool = False  # formats that contain only chapters, if there are none


def parse_target(output: str | None, formats: Sequence[str], *, several: bool = False) -> Target:
    """Parse the options for output, of one recording or of ``several``.

    Raises Invalid for an unknown format, and for several formats or recordings in one file.
    """
    everything = ALL in formats
    chosen = tuple(EXPORTS.values()) if everything else tuple(map(export_named, formats))
    if output is None:
        return Target(formats=chosen or _default(), skips_missing_chapters=everything)
    if output == STDOUT:
        if len(chosen) > 1:
            raise Invalid("-o - takes one format: choose it with -f.")
        return Target(formats=chosen or (EXPORTS["txt"],), stdout=True)
    path = Path(output)
    extension = path.suffix.lower().lstrip(".")
    if path.is_dir() or output.endswith(("/", os.sep)) or not extension:
        if path.is_file():
            raise Invalid(f"{output!r} is a file, not a folder: choose another with -o.")
        return Target(formats=chosen or _default(), folder=path, skips_missing_chapters=everything)
    if several or len(chosen) > 1:
        raise Invalid(f"{output!r} is one file. Name a folder for several recordings or formats.")
    return Target(formats=chosen or (export_named(extension),), file=path)


def _default() -> tuple[Export, ...]:
    return tuple(EXPORTS[name] for name in DEFAULT_FORMATS)


def stem_of(recording: Path) -> str:
    """The recording's name without its extension; "Call at 12.30" has none."""
    return recording.name if recording.suffix[1:].isdigit() else recording.stem


def folder_for(target: Target, source: Path | None) -> Path:
    """The folder of the recording, or the current folder if that is not writable."""
    if target.folder is not None:
        return target.folder
    if source is not None and os.access(source.parent, os.W_OK):
        return source.parent
    return Path.cwd()


def refuse_unwritable(target: Target, sources: Iterable[Path | None]) -> None:
    """Raises Invalid, before work of minutes, where no file could be written for a recording.

    Or where the file that -o names is a recording. What else -o names is checked with the
    arguments. ``sources`` are as in ``Files.write_all``.
    """
    sources = list(sources)
    if target.file is not None and _identity(target.file) in _identities(sources):
        raise Invalid(
            f"{printable(target.file.name)!r} is the recording itself: choose another file with -o."
        )
    if target.stdout or target.file is not None or target.folder is not None:
        return
    for source in sources:
        if not os.access(folder_for(target, source), os.W_OK):
            folders = "The current folder cannot"
            if source is not None:
                folders = f"Neither {printable(str(source.parent))!r} nor the current folder can"
            raise Invalid(f"{folders} be written to: choose another with -o.")


class Files:
    """Writes the files of one command, under different names for different recordings.

    None of them replaces one of ``recordings``, which may be called ``talk.txt``.
    """

    def __init__(
        self, target: Target, *, overwrite: bool, recordings: Iterable[Path | None] = ()
    ) -> None:
        self._target = target
        self._overwrite = overwrite
        self._recordings = _identities(recordings)
        self._written: dict[Identity, Path] = {}  # -> its recording

    def write_all(
        self,
        transcript: Transcript,
        *,
        recording: Path,
        source: Path | None,
        options: ExportOptions | None = None,
        translation: str | None = None,
        more: Sequence[tuple[str, bytes]] = (),
        watched: "Delivery | None" = None,
    ) -> list[Path]:
        """Write all formats; return the paths of the files.

        ``recording`` gives the names, and ``source`` (None: no file on this machine) the folder.
        ``more``: further files as (extension, content). ``watched`` is told the paths before they
        are written.
        """
        options = options or ExportOptions(title=printable(stem_of(recording)))
        rendered = self.rendered(transcript, options, translation=translation)
        if self._target.file is not None:
            with replacing(self._target.file) as new:  # named by the user, so it is replaced
                new.write_bytes(rendered[0][1])
            return [self._target.file]
        folder = folder_for(self._target, source)
        owner = source or recording
        replaceable = watched.own_files if watched is not None else frozenset()
        planned: dict[Path, bytes] = {}
        stem = stem_of(recording)
        for extension, content in (*rendered, *more):
            number = 1
            path = folder / _name(stem, number, extension)
            while path in planned or not (
                path.absolute() in replaceable or self._is_free(path, content, owner)
            ):
                number += 1  # talk-2.srt, when talk.srt exists with other content
                path = folder / _name(stem, number, extension)
            planned[path] = content
        if watched is not None:
            watched.announce(list(planned))
        for path, content in planned.items():
            if not _holds(path, content):
                with replacing(path) as new:
                    new.write_bytes(content)
            if (identity := _identity(path)) is not None:
                self._written[identity] = owner
        return list(planned)

    def rendered(
        self, transcript: Transcript, options: ExportOptions, *, translation: str | None = None
    ) -> list[tuple[str, bytes]]:
        """Return extension and content of each format. Raises NoChapters and NoTranslation."""
        whole = Document(transcript=transcript, options=options)
        found = []
        for export in self._target.formats:
            is_empty = export.of_chapters and not options.findings.chapters
            if is_empty and self._target.skips_missing_chapters:
                continue
            shown = document(whole, export, translation=translation)
            found.append((export.extension, shown.rendered(export)))
        return found

    def _is_free(self, path: Path, content: bytes, owner: Path) -> bool:
        found = _identity(path)
        if found is None:
            return True
        if not path.is_file() or found in self._recordings:
            return False
        if self._written.get(found, owner) != owner:
            return False
        return self._overwrite or _holds(path, content)


def _name(stem: str, number: int, extension: str) -> str:
    """A file name with the recording's stem, byte for byte so that players find the captions.

    It is shortened if it is too long for the file system.
    """
    end = os.fsencode(f".{extension}" if number == 1 else f"-{number}.{extension}")
    raw = os.fsencode(stem)
    room = _NAME_BYTES_MAX - len(end)
    while len(raw) > room:
        stem, raw = stem[:-1], os.fsencode(stem[:-1])  # whole letters
    return os.fsdecode(raw + end)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _identity(path: Path) -> Identity | None:
    """What a path leads to, as one file can have several names; None if there is nothing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _identities(paths: Iterable[Path | None]) -> frozenset[Identity | None]:
    return frozenset(_identity(path) for path in paths if path is not None) - {None}
