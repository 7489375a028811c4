"""Definitions of commands are quick to import and match the functions that they run."""

import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import get_args

import click
import pytest

from mp4totext.cli import COMMANDS, main, names
from mp4totext.exports.options import OPTION_NAMES
from mp4totext.exports.registry import EXPORTS
from mp4totext.images.styles import DEFAULT, STYLES
from mp4totext.kit.queue_names import QUEUES
from mp4totext.media import sound
from mp4totext.media.backgrounds import PALETTES, Palette
from mp4totext.media.stills import MEDIA_TYPES
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.image.base import Aspect
from mp4totext.providers.kinds import KINDS as PROVIDER_KINDS
from mp4totext.providers.model_catalogue import shipped
from mp4totext.transcriptions.options import SpeechUnderstanding
from mp4totext.videos import presets, storyboard
from mp4totext.videos.clips.schemas import ClipsRequest
from mp4totext.videos.presets import CLIP_MS_MAX, CLIP_MS_MIN, PRESETS
from mp4totext.writing.kinds import KINDS
from tests.support.command_line import run
from tests.support.slow_tests import one_in

RATIO_MAX = 6.0  # to `python -c pass`, in processor time
CPU_S_MAX = 0.3
MEMORY_KB_MAX = 60_000
ATTEMPTS = 20  # the best counts: other processes can only make it slower

MEASURED = """
import sys, time
sys.argv = ["mp4totext", *sys.argv[1:]]
try:
    from mp4totext.cli import main
    main()
finally:
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    sys.stderr.write(f"\\n{time.process_time()} {peak.split()[1]}")
"""
NOTHING = "import time; pass; print(time.process_time())"

ARGUMENT_ERRORS = (
    ("transcribe",),
    ("transcribe", "x.wav", "-f", "doc"),
    ("transcribe", "x.wav", "--track", "first"),
    ("say",),
    ("say", "Hello", "-o", "hello.doc"),
    ("transcribe", "x.wav", "-o", f"{__file__}/texts/"),
    ("transcribe", "x.wav", "-o", "/proc/version/x.srt"),
    ("say", "Hello", "-o", f"{__file__}/hello.mp3"),
    ("image", "Hello", "-o", f"{__file__}/hello.png"),
    ("video", "x.mp4", "-o", f"{__file__}/x.mp4"),
    ("clips", "x.mp4", "-o", f"{__file__}/x.mp4"),
    ("video", "x.mp4", "--from", "soon"),
    ("video", "x.mp4", "--preset", "dubbed"),
    ("video", "x.mp4", "--picture-style", "cinematic"),
    ("clips", "x.mp4", "--least", "50", "--most", "20"),
    ("clips", "x.mp4", "--least", "3"),
    ("worker", "--queues", "fast"),
    ("admin", "models", "set", "text", "openai", "gpt-6"),
    ("serve", "--port", "many"),
    ("nonsense",),
)
ABSENT_FILES = (
    ("transcribe", "absent.wav"),
    ("transcribe", "absent.wav", "*.absent", "--json"),
    ("ask", "Who?", "absent.wav"),
    ("video", "absent.mp4"),
    ("clips", "absent.mp4"),
)


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups as well."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def definition(path: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return command


def measured(*arguments: str) -> tuple[int, float, int]:
    """Exit code, processor seconds and peak memory in kB of one process."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    cpu, peak = done.stderr.rsplit("\n", 1)[1].split()
    return done.returncode, float(cpu), int(peak)


@pytest.fixture(scope="module")
def nothing_s() -> float:
    """Processor seconds of a Python that does nothing."""
    command = [sys.executable, "-c", NOTHING]
    return min(float(subprocess.check_output(command, timeout=60)) for _ in range(10))


@pytest.mark.parametrize(
    "arguments",
    one_in(4, [("--help",), *((*path, "--help") for path in commands()), *ARGUMENT_ERRORS]),
    ids=" ".join,
)
def test_help_and_argument_errors_come_at_once(
    arguments: tuple[str, ...], nothing_s: float
) -> None:
    cpu_s = float("inf")
    for _ in range(ATTEMPTS):
        code, once_s, peak_kb = measured(*arguments)
        assert code == (2 if arguments in ARGUMENT_ERRORS else 0)
        assert peak_kb <= MEMORY_KB_MAX
        cpu_s = min(cpu_s, once_s)
        if cpu_s <= nothing_s * RATIO_MAX:
            break
    assert cpu_s <= CPU_S_MAX
    assert cpu_s <= nothing_s * RATIO_MAX


@pytest.mark.parametrize("arguments", ABSENT_FILES, ids=" ".join)
def test_a_file_that_is_absent_is_named_before_the_imports(arguments: tuple[str, ...]) -> None:
    code, cpu_s, peak_kb = min(measured(*arguments) for _ in range(3))
    assert code == 3
    assert cpu_s <= CPU_S_MAX
    assert peak_kb <= MEMORY_KB_MAX


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_a_command_gives_its_function_what_it_takes(path: tuple[str, ...]) -> None:
    command = definition(path)
    if isinstance(command, click.Group):
        return
    assert command.callback is not None
    module = command.callback.__module__.replace(".cli.", ".commands.")
    function = getattr(importlib.import_module(module), command.callback.__name__)
    given = {option.name: None for option in command.params if option.expose_value}
    inspect.signature(function).bind(**given)


def test_names_in_help_are_those_of_the_tables() -> None:
    assert tuple(EXPORTS) == names.FORMATS
    assert tuple(OPTION_NAMES) == names.EXPORT_OPTIONS
    assert set(DIARIZATION) == set(names.DIARIZERS)
    assert set(names.FEATURES) < set(SpeechUnderstanding.model_fields)
    assert set(KINDS) == set(names.TEXT_KINDS)
    assert set(QUEUES) == set(names.QUEUES)
    assert set(sound.MEDIA_TYPES) == set(names.SOUND_CODECS)
    assert set(PRESETS) == set(names.VIDEO_PRESETS)
    assert set(get_args(presets.Aspect)) == set(names.VIDEO_ASPECTS)
    assert set(get_args(storyboard.Fit)) == set(names.VIDEO_FITS)
    assert set(get_args(presets.CaptionChoice)) == set(names.VIDEO_CAPTIONS)
    assert set(get_args(storyboard.SoundMode)) == set(names.VIDEO_SOUNDS)
    offered = ClipsRequest.model_fields["captions"].annotation
    assert set(get_args(offered)) == set(names.CLIP_CAPTIONS)
    assert tuple(1000 * seconds for seconds in names.CLIP_S) == (CLIP_MS_MIN, CLIP_MS_MAX)
    assert tuple(PALETTES) == get_args(Palette) == names.PALETTES
    assert (tuple(STYLES), DEFAULT) == (names.IMAGE_STYLES, names.IMAGE_STYLE)
    assert get_args(Aspect) == names.IMAGE_ASPECTS
    assert set(MEDIA_TYPES) | {"jpg"} == {ending[1:] for ending in names.IMAGE_ENDINGS}
    assert {model.kind for model in shipped().models} <= set(names.MODEL_KINDS)
    assert set(names.MODEL_KINDS) <= set(PROVIDER_KINDS)


def test_every_command_of_the_table_is_defined_under_its_name() -> None:
    assert [definition((name,)).name for name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("arguments", ARGUMENT_ERRORS, ids=" ".join)
def test_an_argument_error_says_what_is_accepted(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""
