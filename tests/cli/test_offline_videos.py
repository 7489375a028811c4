"""Films that the command makes without a network, with nothing but what is installed."""

import subprocess
import sys
from pathlib import Path

import av
import pytest

from mp4totext.media.sample import sample_file
from tests.support.command_line import command, environment_of
from tests.support.filmed import filmed
from tests.support.offline import refused_packets, without_network
from tests.support.servers import ProgramMissing, program

FROM_S, TO_S, FPS = 2, 9, 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return filmed(path, sample_file(), picture="testsrc2=size=320x180:rate=25")


def run_offline(folder: Path, *arguments: object) -> None:
    """Run a command, which must not try to reach a network."""
    try:
        program("unshare")
    except ProgramMissing as missing:
        pytest.skip(str(missing))
    counters = folder / "counters"
    done = subprocess.run(
        [*without_network(), *map(str, arguments)],
        cwd=folder,
        env=environment_of(folder / "data", COUNTERS=str(counters), LANG="C.UTF-8"),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if "unshare: " in done.stderr:
        pytest.skip(f"namespaces are not permitted: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert refused_packets(counters.read_text()) == 0, "it tried the network"


def ends_s(path: Path) -> tuple[int, float, float]:
    """The number of pictures, and when the last picture and the last sound end."""
    frames, ends = 0, {"video": 0.0, "audio": 0.0}
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        for frame in container.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                frames += 1
                ends["video"] = max(ends["video"], float(frame.time or 0) + 1 / FPS)
            else:
                length = frame.samples / frame.sample_rate
                ends["audio"] = max(ends["audio"], float(frame.time or 0) + length)
    return frames, ends["video"], ends["audio"]


def test_somebody_who_tries_the_network_is_noticed(tmp_path: Path) -> None:
    look_up = "import socket, contextlib\nwith contextlib.suppress(OSError):\n    "
    look_up += "socket.create_connection(('192.0.2.1', 80))"
    with pytest.raises(AssertionError, match="tried the network"):
        run_offline(tmp_path, sys.executable, "-c", look_up)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "is_film"),
    [
        ("captioned", True),
        ("audiogram", False),
        ("slideshow", False),
        ("clip", True),
        ("lesson", False),
    ],
)
def test_a_film_is_made_without_a_network_and_plays_to_its_end(
    preset: str, is_film: bool, film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    recording = film if is_film else sample_file()
    part = ("--from", FROM_S, "--to", TO_S)
    run_offline(tmp_path, *command("video", recording, "--preset", preset, *part, "-o", out))
    frames, video_s, audio_s = ends_s(out)
    assert frames == (TO_S - FROM_S) * FPS
    assert abs(video_s - audio_s) <= 1 / FPS
