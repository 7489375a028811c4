"""Writes a copy of a recording with captions and chapters."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mp4totext.kit.errors import Invalid
from mp4totext.media.probe import probe
from mp4totext.media.sandbox import Child

# The keys of ``copy_process.CONTAINERS``, which only the child process imports.
ENDINGS = (".mp4", ".m4v", ".m4a", ".mov", ".mkv", ".mka", ".webm", ".mp3")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedText:
    start_ms: int
    end_ms: int
    text: str


def write_copy(
    source: Path,
    target: Path,
    *,
    captions: Sequence[TimedText],
    chapters: Sequence[TimedText],
    language: str,
) -> None:
    """Copy a recording with captions and chapters; video and sound are not re-encoded.

    ``language``: ISO 639-2, "und" if unknown. MP3 supports chapters only. Raises Invalid for other
    containers and for joined recordings, or MediaError.
    """
    if source.suffix.lower() not in ENDINGS:
        raise Invalid(
            f"A {source.suffix.lstrip('.').upper() or 'nameless'} file cannot hold captions or "
            f"chapters. Formats that can: {', '.join(ENDINGS)}.",
            code="no_room_for_captions",
        )
    source = source.absolute()
    structure = probe(source).structure
    if not structure.is_one_recording:
        raise Invalid(
            "Several recordings are joined in this file, its clock jumps, or it goes on after the "
            "end that its header declares: a copy would lack what other programs do not read. A "
            "caption file, as of `-f srt`, covers all of it."
        )
    child = Child("copy", source)
    try:
        with target.open("wb") as file:
            for message in child.ask(
                ending=source.suffix.lower(),
                part=asdict(structure.parts[0]),
                captions=[(each.start_ms, each.end_ms, each.text) for each in captions],
                chapters=[(each.start_ms, each.end_ms, each.text) for each in chapters],
                language=language,
            ):
                file.seek(message.facts["at"])
                file.write(message.data)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        child.close()
