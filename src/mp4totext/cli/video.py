"""``mp4totext video``: makes a video of a recording, with captions, on this machine."""

from typing import Any

import click

from mp4totext.cli.names import (
    PALETTES,
    VIDEO_ASPECTS,
    VIDEO_CAPTIONS,
    VIDEO_FITS,
    VIDEO_PRESETS,
    VIDEO_SOUNDS,
)
from mp4totext.cli.options import FilePath, action, file_names, json_option, refuse_unwritable
from mp4totext.cli.times import milliseconds
from mp4totext.cli.transcribe import refuse_absent, text_options


def _check(given: dict[str, Any]) -> None:
    needs = [f"--preset {given['preset']}"] * (given["preset"] == "dubbed")
    needs += ["--captions two"] * (given["captions"] == "two")
    if needs and given["text_language"] is None:
        raise click.UsageError(f"{needs[0]} needs a --text-language to translate to.")
    spoken = given["preset"] == "dubbed" or given["sound"] in ("voice", "voice_over_original")
    if given["preset"] == "dubbed" and given["sound"] in ("original", "silent"):
        raise click.UsageError("--preset dubbed needs --sound voice_over_original or voice.")
    if (given["voices"] or given["voice_provider"] is not None) and not spoken:
        raise click.UsageError("A voice needs --sound voice or voice_over_original.")
    if given["voice_model"] is not None and given["voice_provider"] is None:
        raise click.UsageError("--voice-model needs the --voice-provider of that model.")
    if given["picture_style"] is not None and given["pictures"] is None:
        raise click.UsageError("--picture-style needs --pictures.")
    refuse_unwritable(given["output"] or "")
    refuse_absent(given)


@click.command()
@click.argument("file", metavar="FILE", shell_complete=file_names)
@click.option("--preset", type=click.Choice(VIDEO_PRESETS), default="captioned", show_default=True)
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    metavar="PATH",
    help="File to write. Default: FILE-PRESET.mp4 in the current folder.",
)
@click.option("--from", "from_ms", callback=milliseconds, metavar="TIME", help="Start: 75 or 1:15.")
@click.option(
    "--to",
    "to_ms",
    callback=milliseconds,
    metavar="TIME",
    help="End. Without --from and --to, a clip shows the best passage.",
)
@click.option("--aspect", type=click.Choice(VIDEO_ASPECTS), help="Default: the preset's.")
@click.option(
    "--fit",
    type=click.Choice(VIDEO_FITS),
    default="fit",
    show_default=True,
    help="In another aspect, show the whole picture, or fill the frame with part of it.",
)
@click.option(
    "--captions",
    type=click.Choice(VIDEO_CAPTIONS),
    help="word: highlight the spoken word; sweep: the colour runs through the words; box: the "
    "spoken word on a plate; big: a few large words; speakers: a colour for each, with --diarize; "
    "two: show the translation below; soft: only a track that players can show. Default: word, and "
    "two for a dubbed video.",
)
@click.option(
    "--sound",
    type=click.Choice(VIDEO_SOUNDS),
    help="original: the recording; voice_over_original: spoken lines over it; voice: only the "
    "spoken lines; silent: nothing. Spoken are the transcript or, with --text-language, its "
    "translation. Default: original, and voice_over_original for a dubbed video.",
)
@click.option(
    "--music",
    type=FilePath(exists=True, dir_okay=False),
    metavar="PATH",
    help="File whose sound is played in the background, lowered while somebody speaks.",
)
@click.option("--voice-provider", help="Provider of the voices: one of `providers list`.")
@click.option("--voice-model", help="Voice model of that provider.")
@click.option(
    "--voice",
    "voices",
    multiple=True,
    metavar="[SPEAKER=]VOICE",
    help="Voice of the spoken lines, one of `say --list`; for one speaker: 'Speaker 1=af_heart'. "
    "Default: a different voice for each speaker that --diarize finds.",
)
@click.option("--diarize", is_flag=True, help="Label speakers, and give each their own voice.")
@click.option(
    "--planner",
    default="local",
    show_default=True,
    metavar="MODEL",
    help="What chooses the scenes of a slideshow or a lesson: local, or a language model, such as "
    "openai or openai:gpt-6-luna.",
)
@click.option(
    "--pictures",
    metavar="MODEL",
    help="Model that draws a picture for each scene: replicate. Default: cards and frames.",
)
@click.option(
    "--picture-style", help="Style of those pictures. Default: the planner's, or cinematic."
)
@click.option("--palette", type=click.Choice(PALETTES), default="dusk", show_default=True)
@click.option("--title", help="Title drawn on a background. Default: the file's name.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Random seed of the background.")
@click.option("--language", default="auto", help="Spoken language, or auto.")
@click.option("--engine", default="auto", help="auto, or one of `providers list`.")
@text_options
@click.option("-q", "--quiet", is_flag=True, help="Print only the result, no progress.")
@json_option
@action(_check, reads_media=True)
def video() -> None:
    """Make a video of FILE with its words as captions.

    A dubbed video speaks a translation to --text-language, which a model writes first.
    Nothing leaves this machine unless you choose a vendor's engine or model.
    """
