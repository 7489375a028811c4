"""Voices of programs of the operating system: eSpeak NG, Flite, and macOS's say."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderMisconfigured, ProviderRejected, ProviderUnsupported
from mp4totext.providers.voice.base import VoiceCapabilities, VoiceRequest, VoiceResult
from mp4totext.providers.voice.system_programs import PROGRAMS, program_path

_TIMEOUT_S = 120
_WORDS_PER_MINUTE = 165  # at speed 1, for programs that count words


class SystemVoice:
    """Robotic voices for nearly every language; each request starts a program."""

    def __init__(self, access: Access[VoiceCapabilities]) -> None:
        path = program_path()
        if path is None:
            raise ProviderMisconfigured(
                f"No speech program was found: install one of {', '.join(PROGRAMS)}.",
                provider=access.vendor.name,
            )
        self._program = path
        self._command = _COMMANDS[Path(path).name]

    def speak(self, request: VoiceRequest) -> VoiceResult:
        with tempfile.TemporaryDirectory() as folder:
            text, sound = Path(folder) / "text.txt", Path(folder) / "speech.wav"
            # In a file, as an argument that starts with a dash would be an option.
            text.write_text(request.text, encoding="utf-8")
            command = [self._program, *self._command(request, text, sound)]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603  no shell
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                raise ProviderRejected(
                    f"{Path(self._program).name} could not say the text.",
                    provider="system",
                    code="not_spoken",
                ) from error
            return VoiceResult(sound=sound.read_bytes(), model=Path(self._program).name)


def _espeak(request: VoiceRequest, text: Path, sound: Path) -> list[str]:
    pace = round(_WORDS_PER_MINUTE * request.speed)
    return ["-v", request.language.lower(), "-s", str(pace), "-f", str(text), "-w", str(sound)]


def _flite(request: VoiceRequest, text: Path, sound: Path) -> list[str]:
    _english_only(request, "flite")
    stretch = f"duration_stretch={1 / request.speed:.3f}"
    return ["-voice", "slt", "--setf", stretch, "-f", str(text), "-o", str(sound)]


def _say(request: VoiceRequest, text: Path, sound: Path) -> list[str]:
    _english_only(request, "say")
    pace = round(_WORDS_PER_MINUTE * request.speed)
    return ["-r", str(pace), "-f", str(text), "-o", str(sound), "--data-format=LEI16@22050"]


def _english_only(request: VoiceRequest, program: str) -> None:
    if request.language.partition("-")[0] != "en":
        raise ProviderUnsupported(
            f"{program} speaks English here; install espeak-ng for {request.language!r}.",
            provider="system",
        )


_COMMANDS: dict[str, Callable[[VoiceRequest, Path, Path], list[str]]] = {
    "espeak-ng": _espeak,
    "espeak": _espeak,
    "flite": _flite,
    "say": _say,
}
