"""``mp4totext export``: converts a JSON transcript to other formats."""

import sys
from dataclasses import replace
from pathlib import Path

from mp4totext.commands import export_files
from mp4totext.commands.export_files import Files
from mp4totext.commands.inputs import absolute
from mp4totext.commands.messages import note, print_json, printable, shown
from mp4totext.commands.replacing import replacing
from mp4totext.exports import captions, json_reader
from mp4totext.exports.documents import Document, document
from mp4totext.exports.options import parse_options
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit import unicode
from mp4totext.kit.errors import Invalid
from mp4totext.kit.languages import three_letters
from mp4totext.media import copying
from mp4totext.media.copying import TimedText

STDIN = "-"


def export(
    file: str,
    formats: tuple[str, ...],
    output: str | None,
    settings: tuple[str, ...],
    media: Path | None,
    overwrite: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    target = export_files.parse_target(None if media else output, formats)
    raw = _settings(settings)
    path = None if file == STDIN else Path(file)
    content = sys.stdin.buffer.read() if path is None else path.read_bytes()
    transcript, found = json_reader.read(content)
    options = replace(
        parse_options({"title": found.title, **raw}),
        made_at=found.made_at,
        findings=found.findings,
    )
    writer = Files(target, overwrite=overwrite)
    translation = raw.get("translation")
    if target.stdout:
        (_, body), *_ = writer.rendered(transcript, options, translation=translation)
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    written = []
    if formats:
        written += writer.write_all(
            transcript,
            recording=path or Path("transcript"),
            source=None if path is None else absolute(path),
            options=options,
            translation=translation,
        )
    if media is not None:
        whole = Document(transcript=transcript, options=options)
        captioned = document(whole, EXPORTS["srt"], translation=translation)
        written.append(_copied(media, output, captioned, overwrite=overwrite))
    if as_json:
        print_json({"written": [printable(str(each)) for each in written]})
    elif not quiet:
        note("Written: " + ", ".join(shown(str(each)) for each in written))


def _copied(media: Path, output: str | None, captioned: Document, *, overwrite: bool) -> Path:
    """Write a copy of the recording with captions and chapters; return its path.

    ``output``: path of the copy; None: beside the recording, such as ``talk.captioned.mp4``.
    Raises Invalid if the file exists and may not be replaced.
    """
    target = media.with_suffix(f".captioned{media.suffix}") if output is None else Path(output)
    if target.suffix.lower() != media.suffix.lower():
        raise Invalid(
            f"The copy must be a {media.suffix} file, like the recording, not {target.name!r}."
        )
    if target.exists() and (not overwrite or target.samefile(media)):
        raise Invalid(f"{target.name!r} exists. Choose another file with -o, or add --overwrite.")
    cues = captions.of(captioned.transcript, captioned.options)
    chapters = captioned.options.findings.chapters
    with replacing(target) as copy:
        copying.write_copy(
            media,
            copy,
            captions=[
                TimedText(start_ms=cue.start_ms, end_ms=cue.end_ms, text="\n".join(cue.lines))
                for cue in cues
            ],
            chapters=[
                TimedText(
                    start_ms=each.start_ms, end_ms=each.end_ms, text=unicode.clean(each.title)
                )
                for each in chapters
            ],
            language=three_letters(captioned.transcript.language),
        )
    return target


def _settings(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for setting in given:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Invalid(f"--option takes NAME=VALUE, for example preset=broadcast; not {name!r}.")
        found[name] = value
    return found
