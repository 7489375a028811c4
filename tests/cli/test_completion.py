"""The scripts of ``mp4totext completion``, where somebody presses Tab in each shell."""

import fcntl
import os
import pty
import select
import shutil
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import environment_of
from tests.support.waiting import until

STARTS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "-i"),
}
PROMPT = "ready$ "  # is split below, as the terminal shows what is typed, too
SET_UP = {
    "bash": """eval "$(mp4totext completion bash)"; PS1='ready''$ '\n""",
    "zsh": """eval "$(mp4totext completion zsh)"; PROMPT='ready''$ '\n""",
    "fish": """mp4totext completion fish | source
function fish_prompt; echo -n 'ready''$ '; end\n""",
}
# Completes as the command does, but records its arguments instead of running.
PROGRAM = """#!/bin/sh
if [ "$1" = completion ] || [ -n "$_MP4TOTEXT_COMPLETE" ]; then
    exec {python} -c "from mp4totext.cli import main; main(prog_name='mp4totext')" "$@"
fi
printf '%s\\n' "$@" > ran.new && mv ran.new ran
"""


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, shell: str, folder: Path, environment: dict[str, str]) -> None:
        self._end, end_of_shell = pty.openpty()
        self._folder = folder
        self._output = b""
        self._process = subprocess.Popen(
            STARTS[shell],
            cwd=folder,
            env=environment,
            stdin=end_of_shell,
            stdout=end_of_shell,
            stderr=end_of_shell,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(end_of_shell)

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def has_shown(self, text: str) -> bool:
        if select.select([self._end], [], [], 0)[0]:
            self._output += os.read(self._end, 65_536)
        return text.encode() in self._output

    def arguments(self, keys: str) -> list[str]:
        """What the command gets after these keys and Enter."""
        file = self._folder / "ran"
        file.unlink(missing_ok=True)
        self.type(f"mp4totext {keys}\r")
        until(lambda: self.has_shown("") and file.exists(), what=keys)
        return file.read_text().splitlines()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)


@pytest.fixture(scope="module", params=STARTS)
def terminal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terminal]:
    shell: str = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"the program {shell} is not installed")
    folder = tmp_path_factory.mktemp(shell)
    program = folder / "bin" / "mp4totext"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "talk.wav").touch()
    path = os.pathsep.join([str(program.parent), os.defpath])
    environment = environment_of(
        folder, PATH=path, HOME=str(folder), TERM="dumb", LANG="C.UTF-8", LC_ALL="C.UTF-8"
    )
    opened = Terminal(shell, folder, environment)
    opened.type(SET_UP[shell])
    until(lambda: opened.has_shown(PROMPT), what=f"the prompt of {shell}")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("keys", "arguments"),
    [
        ("transc\t --engi\tauto", ["transcribe", "--engine", "auto"]),
        ("transcribe -f srt,vtt,tx\t", ["transcribe", "-f", "srt,vtt,txt"]),
        ("transcribe ta\t", ["transcribe", "talk.wav"]),
        ("ask Who ta\t", ["ask", "Who", "talk.wav"]),
        ("export ta\t -o ta\t", ["export", "talk.wav", "-o", "talk.wav"]),
        ("clips ta\t", ["clips", "talk.wav"]),
        ("video ta\t", ["video", "talk.wav"]),
    ],
)
def test_tab_completes_commands_names_and_files(
    terminal: Terminal, keys: str, arguments: list[str]
) -> None:
    assert terminal.arguments(keys) == arguments


def test_tab_keeps_an_option_that_stands_in_the_same_word(terminal: Terminal) -> None:
    last = terminal.arguments("transcribe --text=summ\t")[-1]
    assert last in ("--text=summary", "--text=summ")  # bash and fish complete it after a space
