"""``mp4totext live``: transcribes the microphone."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import av
import click

from mp4totext.commands.messages import note
from mp4totext.commands.output import quiet_logs
from mp4totext.kit.errors import Invalid, Unavailable
from mp4totext.kit.timecode import short_clock
from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.speech.decoding.streaming import LiveDecoder, Utterance
from mp4totext.providers.speech.table import bundled_engine, live_engine
from mp4totext.providers.vad import Vad
from mp4totext.settings import Settings

# FFmpeg's input for microphones, and its name for the default one.
_MICROPHONES = {"linux": ("alsa", "default"), "darwin": ("avfoundation", ":default")}
# PyAV's own ALSA looks for the configuration at its build path, so the system's is named.
_ALSA_SETTINGS = "/usr/share/alsa/alsa.conf"
_WINDOWS = ("dshow", None)  # no default device: the user must name the microphone


def live(device: str | None, driver: str | None, language: str | None, output: Path | None) -> None:
    quiet_logs()
    known_driver, known_device = _MICROPHONES.get(sys.platform, _WINDOWS)
    driver = driver or known_driver
    device = device or (known_device if driver == known_driver else None)
    if device is None:
        raise Invalid(f"{driver} has no default: name one with --input, such as audio=Microphone.")
    if driver == "alsa":
        os.environ.setdefault("ALSA_CONFIG_PATH", _ALSA_SETTINGS)  # noqa: TID251  for the library
    engine = live_engine(bundled_engine(), Settings())
    engine.load()
    decoder = LiveDecoder(engine, Vad(), language=language)
    with ExitStack() as opened:
        file = None
        if output is not None:
            file = opened.enter_context(output.open("w", encoding="utf-8"))
        printer = _Printer(file)
        note(f"Listening to {device} ({driver}). Ctrl-C ends it.")
        try:
            for samples in _sound(driver, device):
                printer.show(decoder.add(samples))
        except KeyboardInterrupt:
            pass
        printer.show(decoder.finish())


def _sound(driver: str, device: str) -> Iterator[Samples]:
    """Yield samples of the microphone at the engines' rate. Raises Unavailable."""
    try:
        with av.open(device, format=driver) as container:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    yield piece.to_ndarray().reshape(-1)
    except (av.FFmpegError, ValueError) as error:  # ValueError: unknown driver
        reason = getattr(error, "strerror", None) or str(error)
        raise Unavailable(
            f"There is no sound from {device!r} ({driver}): {reason}. "
            "Choose a microphone with --input, and its sound system with --driver.",
            code="no_microphone",
        ) from error


class _Printer:
    """Prints finished utterances on stdout, and the current one on a terminal's last line."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self._shows_open = sys.stderr.isatty()

    def show(self, utterances: Iterable[Utterance]) -> None:
        for utterance in utterances:
            if self._shows_open:
                open_text = "" if utterance.final else utterance.text
                click.echo(f"\r\033[K{open_text}", nl=False, err=True)
            if utterance.final and utterance.text:
                line = f"[{short_clock(utterance.start_ms, hours=True)}] {utterance.text}"
                click.echo(line)
                if self._file is not None:
                    self._file.write(line + "\n")
                    self._file.flush()
