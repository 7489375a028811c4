"""What is read from a finished video, and where."""

from pathlib import Path

import pytest

from mp4totext.media import produced
from mp4totext.media.produced import facts_of
from mp4totext.media.sandbox import Child
from tests.support.ffmpeg import ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x36:rate=30")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000")
CODECS = ("-c:v", "libx264", "-bf", 2, "-pix_fmt", "yuv420p", "-c:a", "aac", "-t", 4)


def test_frames_lengths_and_size(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    ffmpeg(*PICTURE, *SOUND, *CODECS, path)
    facts = facts_of(path)
    assert (facts.frames, facts.steady) == (120, True)
    assert (facts.video_ms, facts.audio_ms) == (4_000, 4_000)
    assert (facts.width, facts.height) == (64, 36)


def test_a_frame_that_is_left_out_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    ffmpeg(*PICTURE, *SOUND, "-vf", "select='not(eq(n,50))'", "-fps_mode", "vfr", *CODECS, path)
    facts = facts_of(path)
    assert (facts.frames, facts.steady) == (119, False)


def test_the_index_is_not_read_in_the_process_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of an hour takes 20 MB, of which a process returns little."""
    path = tmp_path / "video.mp4"
    ffmpeg(*PICTURE, *SOUND, *CODECS, path)
    asked: list[str] = []

    class Watched(Child):
        def __init__(self, work: str, path: Path) -> None:
            asked.append(work)
            super().__init__(work, path)

    monkeypatch.setattr(produced, "Child", Watched)
    assert facts_of(path).frames == 120
    assert asked == ["produced"]
