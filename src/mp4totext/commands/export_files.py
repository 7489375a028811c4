"""Writes the files of a transcript beside its recording, without replacing other files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mp4totext.exports.filenames import filename
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import EXPORTS, Export, export_named
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Transcript

DEFAULT_FORMATS = ("srt", "txt")
STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``folder`` None: beside each recording. ``file``: exactly this file. Or stdout."""

    formats: tuple[Export, ...]
    folder: Path | None = None
    file: Path | None = None
    stdout: bool = False


def parse_target(output: str | None, formats: str | None, *, inputs: int) -> Target:
    """Raises Invalid for an unknown format, or several formats or recordings for one file."""
    chosen = tuple(
        export_named(name.strip()) for name in (formats or "").split(",") if name.strip()
    )
    if output is None:
        return Target(formats=chosen or _default())
    if output == STDOUT:
        if len(chosen) > 1:
            raise Invalid("-o - takes one format: name one with -f.")
        return Target(formats=chosen or (EXPORTS["txt"],), stdout=True)
    path = Path(output).expanduser()
    extension = path.suffix.lower().lstrip(".")
    if path.is_dir() or output.endswith(("/", os.sep)) or not extension:
        return Target(formats=chosen or _default(), folder=path)
    if inputs > 1 or len(chosen) > 1:
        raise Invalid(f"{output!r} is one file. Name a folder for several recordings or formats.")
    return Target(formats=chosen or (export_named(extension),), file=path)


def _default() -> tuple[Export, ...]:
    return tuple(EXPORTS[name] for name in DEFAULT_FORMATS)


def folder_for(target: Target, source: Path | None) -> Path:
    """The recording's own folder, or the current one when that is not writable."""
    if target.folder is not None:
        return target.folder
    if source is not None and os.access(source.parent, os.W_OK):
        return source.parent
    return Path.cwd()


def write_all(
    transcript: Transcript,
    target: Target,
    *,
    title: str,
    source: Path | None,
    overwrite: bool,
    more: Sequence[tuple[str, bytes]] = (),
) -> list[Path]:
    """Returns the paths written. ``more`` are further (extension, content) pairs."""
    options = ExportOptions(title=title)
    rendered = [(e.extension, e.render(transcript, options)) for e in target.formats]
    if target.file is not None:
        target.file.parent.mkdir(parents=True, exist_ok=True)
        _replace(target.file, rendered[0][1])  # the user named this file, so it is replaced
        return [target.file]
    folder = folder_for(target, source)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(folder, title, extension, content, overwrite=overwrite)
        for extension, content in (*rendered, *more)
    ]


def _write(folder: Path, title: str, extension: str, content: bytes, *, overwrite: bool) -> Path:
    """``talk.srt``, or ``talk-2.srt`` when the first exists with other content."""
    number = 1
    while True:
        name = title if number == 1 else f"{title}-{number}"
        path = folder / filename(name, extension)
        if overwrite or not path.exists():
            break
        if path.is_file() and path.read_bytes() == content:
            return path
        number += 1
    _replace(path, content)
    return path


def _replace(path: Path, content: bytes) -> None:
    """Writes the whole file at once, so that a player never reads half of it."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a device
        return
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
