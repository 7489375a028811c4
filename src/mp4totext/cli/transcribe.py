"""``mp4totext transcribe``: its arguments and options."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import click

from mp4totext.cli.names import DIARIZERS, FEATURES, FORMATS, TEXT_KINDS
from mp4totext.cli.options import (
    FilePath,
    Names,
    action,
    file_names,
    json_option,
    refuse_unwritable,
)


def _words(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _numbers(
    context: click.Context, option: click.Parameter, given: Sequence[str]
) -> tuple[int, ...] | Literal["auto", "all"]:
    words = [word for text in given for word in _words(context, option, text)]
    if words in ([], ["auto"]):
        return "auto"
    if words == ["all"]:
        return "all"
    if not all(word.isascii() and word.isdigit() for word in words):
        raise click.UsageError(
            f"{option.opts[0]} takes numbers from 1, or all, not {' '.join(words)!r}."
        )
    return tuple(int(word) for word in words)


_SPEECH_OPTIONS = (
    click.option(
        "--language", default="auto", help="auto, or a language: en, pt-BR, deu, German, zh-Hant."
    ),
    click.option("--engine", default="auto", help="auto, or one of `providers list`."),
    click.option("--model", help="The engine's model."),
    click.option(
        "--quality",
        type=click.Choice(("fast", "balanced", "best")),
        help="Speed against accuracy, with the bundled models. Default: balanced.",
    ),
    click.option(
        "--allow-fallback",
        is_flag=True,
        help="Use another engine when this one is not available.",
    ),
    click.option("--diarize", is_flag=True, help="Label speakers."),
    click.option(
        "--diarizer", default="local", help=f"What finds the speakers: {', '.join(DIARIZERS)}."
    ),
    click.option("--min-speakers", type=click.IntRange(1, 30), help="Fewest speakers to find."),
    click.option("--max-speakers", type=click.IntRange(1, 30), help="Most speakers to find."),
    click.option(
        "--track",
        "tracks",
        multiple=True,
        callback=_numbers,
        metavar="N|all",
        help="Audio track to transcribe, from 1. Default: each one with its own voices.",
    ),
    click.option(
        "--channel",
        "channels",
        multiple=True,
        callback=_numbers,
        metavar="N|all",
        help="Channel of those tracks, from 1. Default: each one with a voice.",
    ),
    click.option(
        "--denoise",
        type=click.Choice(("off", "auto", "on")),
        default="off",
        help="Filter noise out before transcribing. auto: only steady noise and background voices.",
    ),
    click.option(
        "--vocabulary",
        callback=_words,
        metavar="WORDS",
        help="Names and terms to expect, comma-separated.",
    ),
    click.option(
        "--features",
        type=Names("feature", FEATURES),
        metavar="NAMES",
        help=f"Comma-separated: {', '.join(FEATURES)}.",
    ),
    click.option(
        "--translate", is_flag=True, help="Translate to English, with an engine that supports it."
    ),
    click.option(
        "--strict/--no-strict",
        default=True,
        help="Refuse features that cannot run, or skip them with a warning.",
    ),
)


_TEXT_OPTIONS = (
    click.option(
        "--text-provider", help="Provider that writes the texts: local, or one of `providers list`."
    ),
    click.option("--text-model", help="Model of that provider."),
    click.option("--text-language", help="Language of the texts, and the target of `translate`."),
)


def speech_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a transcription, with the names of the API."""
    for option in reversed(_SPEECH_OPTIONS):
        command = option(command)
    return command


def text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The provider, model and language of texts."""
    for option in reversed(_TEXT_OPTIONS):
        command = option(command)
    return command


def _check(given: dict[str, Any]) -> None:
    if not given["files"] and not given["sample"] and given["watch_folder"] is None:
        raise click.UsageError("Name a FILE, - for stdin, --sample or --watch FOLDER.")
    kinds = given["texts"]
    if "custom" in kinds and given["prompt"] is None:
        raise click.UsageError("--text custom needs a --prompt.")
    if "translate" in kinds and given["text_language"] is None:
        raise click.UsageError("--text translate needs a --text-language.")
    if "questions" in kinds:
        raise click.UsageError("Ask questions with `mp4totext ask QUESTION FILE...`.")
    if given["output"] not in (None, "-"):
        refuse_unwritable(given["output"])
    if given["watch_folder"] is None and not given["sample"]:
        refuse_absent(given)


def refuse_absent(given: dict[str, Any]) -> None:
    """Before the slow imports; its own are only needed where files are named."""
    inputs = importlib.import_module("mp4totext.commands.inputs")
    files = given["files"] if "files" in given else (given["file"],)
    inputs.refuse_absent(files, as_json=given["as_json"])


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...", shell_complete=file_names)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    shell_complete=file_names,
    help="A folder, a file, or - for stdout. Default: beside each recording.",
)
@click.option(
    "-f",
    "--format",
    "formats",
    type=Names("export", (*FORMATS, "all")),
    default=(),
    metavar="NAMES",
    help=f"Comma-separated: {', '.join(FORMATS)}. Or all. Default: srt,txt.",
)
@speech_options
@click.option(
    "--text",
    "texts",
    type=Names("kind of text", TEXT_KINDS),
    default=(),
    metavar="KINDS",
    help=f"Write texts as well. Comma-separated: {', '.join(TEXT_KINDS)}.",
)
@click.option("--prompt", help="The instructions for `--text custom`.")
@text_options
@click.option(
    "--watch",
    "watch_folder",
    type=FilePath(file_okay=False),
    metavar="FOLDER",
    help="Transcribe each new recording in FOLDER, once, until Ctrl-C.",
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("--sample", is_flag=True, help="Transcribe a recording that comes with the install.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the result, no progress.")
@json_option
@action(_check, reads_media=True)
def transcribe() -> None:
    """Print the transcript of each FILE and write caption files.

    FILE is an audio or video file, a folder of them, a pattern such as "talks/**/*.mp4", or the
    address of a recording; - reads stdin. Nothing leaves this machine unless you choose a
    vendor's engine or model.

    A terminal shows paragraphs as they are transcribed; with --diarize, when the speakers of the
    whole recording are known. A file or a program gets the text when it is complete. A vendor
    that is busy or cannot be reached is tried again, and each attempt is named on stderr.
    """
