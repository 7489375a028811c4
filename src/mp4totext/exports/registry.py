"""The table of export formats; the API, the command and the web page list themselves from it."""

from collections.abc import Callable
from dataclasses import dataclass

from mp4totext.exports import (
    csv_file,
    docx_file,
    json_file,
    markdown,
    pdf,
    rttm,
    srt,
    text_file,
    ttml,
    vtt,
)
from mp4totext.exports.options import OPTION_NAMES, ExportOptions
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    name: str  # what callers ask for
    title: str
    media_type: str
    extension: str
    description: str
    options: tuple[str, ...]  # names from OPTION_NAMES that change the file
    render: Callable[[Transcript, ExportOptions], bytes]
    of_texts: bool = False  # also writes a text alone
    of_chapters: bool = False  # has nothing to show of a recording without


_READING = ("title", "speakers", "timestamps", "findings", "translation")
_CAPTIONS = (
    *("preset", "max_columns", "max_lines", "speaker_mark", "speakers"),
    *("translation", "bilingual"),
)

EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        Export(
            name="txt",
            title="Plain text",
            media_type="text/plain; charset=utf-8",
            extension="txt",
            description="Paragraphs by speaker, with times.",
            options=_READING,
            render=text_file.render,
            of_texts=True,
        ),
        Export(
            name="md",
            title="Markdown",
            media_type="text/markdown; charset=utf-8",
            extension="md",
            description="Paragraphs by speaker for notes and wikis.",
            options=_READING,
            render=markdown.render,
            of_texts=True,
        ),
        Export(
            name="srt",
            title="SubRip captions",
            media_type="application/x-subrip; charset=utf-8",
            extension="srt",
            description="Captions every player and video site takes.",
            options=_CAPTIONS,
            render=srt.render,
        ),
        Export(
            name="vtt",
            title="WebVTT captions",
            media_type="text/vtt; charset=utf-8",
            extension="vtt",
            description="Captions for web players, with a voice tag for each speaker.",
            options=("title", *_CAPTIONS),
            render=vtt.render,
        ),
        Export(
            name="ttml",
            title="TTML captions",
            media_type="application/ttml+xml; charset=utf-8",
            extension="ttml",
            description="Captions for broadcasters and streaming services.",
            options=("title", *_CAPTIONS),
            render=ttml.render,
        ),
        Export(
            name="json",
            title="JSON",
            media_type="application/json; charset=utf-8",
            extension="json",
            description="Everything: words with times, confidence, speakers and coverage.",
            options=("title",),
            render=json_file.render,
        ),
        Export(
            name="csv",
            title="CSV",
            media_type="text/csv; charset=utf-8",
            extension="csv",
            description="One row a segment, for spreadsheets.",
            options=("speakers", "translation", "bom"),
            render=csv_file.render,
        ),
        Export(
            name="docx",
            title="Word",
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            extension="docx",
            description="A document to edit: times in the margin, names in bold.",
            options=_READING,
            render=docx_file.render,
            of_texts=True,
        ),
        Export(
            name="pdf",
            title="PDF",
            media_type="application/pdf",
            extension="pdf",
            description="A document to print and send, with its fonts inside.",
            options=_READING,
            render=pdf.render,
            of_texts=True,
        ),
        Export(
            name="rttm",
            title="RTTM speaker turns",
            media_type="text/plain; charset=utf-8",
            extension="rttm",
            description="Who speaks when, for diarization tools.",
            options=("title",),
            render=rttm.render,
        ),
    )
}


def export_named(name: str) -> Export:
    """The row for a format; raises Invalid listing the formats there are."""
    found = EXPORTS.get(name.lower())
    if found is None:
        raise Invalid(
            f"There is no export {name[:40]!r}; choose one of {', '.join(EXPORTS)}.",
            code="unknown_export",
            formats=list(EXPORTS),
        )
    return found


def text_export_named(name: str) -> Export:
    """The row for a format that writes a text alone; raises Invalid listing those."""
    export = export_named(name)
    if not export.of_texts:
        formats = [each.name for each in EXPORTS.values() if each.of_texts]
        raise Invalid(
            f"A text is not written as {export.name}; choose one of {', '.join(formats)}.",
            code="unknown_export",
            formats=formats,
        )
    return export


def docs_table() -> str:
    """The Markdown tables of formats and options that docs/exports.md carries."""
    rows = ["| format | file | options | what it is |", "|---|---|---|---|"]
    for export in EXPORTS.values():
        options = ", ".join(f"`{option}`" for option in export.options)
        rows.append(
            f"| `{export.name}` | {export.title}, `.{export.extension}` | {options} "
            f"| {export.description} |"
        )
    rows += ["", "| option | what it does |", "|---|---|"]
    rows += [f"| `{name}` | {text} |" for name, text in OPTION_NAMES.items()]
    return "\n".join(rows)
