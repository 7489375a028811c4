"""`mp4totext export --media`: copies the recording with captions and chapters."""

import json
import subprocess
from pathlib import Path

import av
import pysubs2
import pytest
from click.testing import CliRunner, Result

from mp4totext.cli import main
from mp4totext.exports.captions import build
from mp4totext.exports.presets import DEFAULT
from mp4totext.exports.registry import EXPORTS
from mp4totext.media import copying, ffmpeg
from mp4totext.media.copy_process import CONTAINERS
from tests.exports.samples import lecture, paid

PICTURE = ("-f", "lavfi", "-i", "testsrc=d=45:r=5:s=64x48")
SOUND = ("-f", "lavfi", "-i", "sine=d=45:sample_rate=16000")
CODECS = {
    ".mp4": (*PICTURE, *SOUND, "-c:v", "libx264", "-c:a", "aac"),
    ".m4a": (*SOUND, "-c:a", "aac", "-metadata", "title=Lecture"),
    ".mov": (*PICTURE, *SOUND, "-c:v", "libx264", "-c:a", "aac"),
    ".mkv": (*PICTURE, *SOUND, "-c:v", "libx264", "-c:a", "aac"),
    ".webm": (*PICTURE, *SOUND, "-c:v", "libvpx", "-c:a", "libopus"),
    ".mp3": (*SOUND, "-metadata", "title=Lecture"),
    ".wav": SOUND,
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for ending, codecs in CODECS.items():
        ffmpeg.run([*codecs, f"talk{ending}"], folder=folder, check=lambda: None)
    (folder / "talk.json").write_bytes(EXPORTS["json"].render(lecture(), paid()))
    return folder


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["export", str(folder / "talk.json"), *words])


def packets(path: Path) -> dict[str, list[bytes]]:
    with av.open(str(path)) as opened:
        found: dict[str, list[bytes]] = {}
        for packet in opened.demux(*opened.streams.video, *opened.streams.audio):
            if packet.size:
                found.setdefault(packet.stream.type, []).append(bytes(packet))
        return found


@pytest.mark.parametrize("ending", [".mp4", ".m4a", ".mov", ".mkv", ".webm", ".mp3"])
def test_players_find_captions_and_chapters_in_the_copy(recordings: Path, ending: str) -> None:
    media = recordings / f"talk{ending}"
    done = run(recordings, "--media", str(media), "--json", "--overwrite")
    assert done.exit_code == 0, done.output
    (name,) = json.loads(done.stdout)["written"]
    copy = Path(name)
    assert copy == recordings / f"talk.captioned{ending}"
    assert packets(copy) == packets(media)
    with av.open(str(copy)) as opened:
        chapters = [
            (round(c["start"] * c["time_base"] * 1000), c["metadata"]["title"])
            for c in opened.chapters()
        ]
        assert opened.metadata.get("title") == (
            "Lecture" if "a" in ending or "3" in ending else None
        )
    begin_ms = chapters[0][0]
    assert [at - begin_ms for at, _ in chapters] == [0, 15_000, 30_123]
    assert [title for _, title in chapters] == [
        "How the alphabet came",
        'A --> B, <B> & "C"; D=E\\F',
        "文字 in Arabic",
    ]
    if CONTAINERS[ending][1] is None:
        return
    read = subprocess.run(
        [ffmpeg.program(), "-v", "error", "-i", str(copy), "-map", "0:s:0", "-f", "srt", "-"],
        capture_output=True,
        check=True,
    )
    cues = build(lecture(), DEFAULT)
    found = pysubs2.SSAFile.from_string(read.stdout.decode(), format_="srt")
    # WebM and MP4 begin where their first packet does; players take that off again.
    assert [event.start - begin_ms for event in found] == [cue.start_ms for cue in cues]
    assert [event.end - event.start for event in found] == [c.end_ms - c.start_ms for c in cues]
    assert found[0].plaintext == "Good morning, everyone, and welcome"


def test_a_translation_can_be_the_captions(recordings: Path) -> None:
    words = ("--media", str(recordings / "talk.mkv"), "-o", str(recordings / "german.mkv"))
    done = run(recordings, *words, "--option", "translation=de", "-f", "srt", "--overwrite")
    assert done.exit_code == 0, done.output
    with av.open(str(recordings / "german.mkv")) as opened:
        (track,) = opened.streams.subtitles
        assert track.language == "deu"
    assert (recordings / "talk.srt").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--media", "talk.wav"), "A WAV file cannot hold captions"),
        (("--media", "talk.mp4", "-o", "talk.mkv"), "must be a .mp4 file"),
        (("--media", "talk.mp4", "-o", "talk.mp4", "--overwrite"), "exists. Choose another file"),
        (("--media", "fake.mp4"), "not a recording"),
        (("--media", "joined.mp4"), "Several recordings are joined in this file"),
        (("--media", "joined.mkv"), "Several recordings are joined in this file"),
        ((), "Name a --format"),
    ],
)
def test_what_cannot_be_copied_is_refused_and_leaves_no_file(
    recordings: Path, words: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(recordings)
    (recordings / "fake.mp4").write_text("no film")
    for ending in ("mp4", "mkv"):
        twice = (recordings / f"talk.{ending}").read_bytes() * 2
        (recordings / f"joined.{ending}").write_bytes(twice)
    done = run(recordings, *words)
    assert done.exit_code != 0
    assert message in done.output
    assert not list(recordings.glob("[fj]*.captioned.*"))


def test_a_recording_behind_a_tag_is_copied(recordings: Path, tmp_path: Path) -> None:
    """Other programs do not open such an MP4 at all."""
    talk, tagged = recordings / "talk.mp4", tmp_path / "tagged.mp4"
    tagged.write_bytes(b"ID3\x03\0\0\0\0\x10\0" + bytes(2_048) + talk.read_bytes())
    done = run(recordings, "--media", str(tagged), "--overwrite")
    assert done.exit_code == 0, done.output
    assert packets(tmp_path / "tagged.captioned.mp4") == packets(talk)


def test_the_endings_are_those_of_the_process_that_writes() -> None:
    assert tuple(CONTAINERS) == copying.ENDINGS
