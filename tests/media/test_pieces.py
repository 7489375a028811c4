"""Pieces of a browser's recording that a service stored in the wrong order are put in order."""

import io
import itertools
from pathlib import Path

import pytest

from mp4totext.media import pieces
from mp4totext.media.decode import AudioReader
from mp4totext.media.pieces import Pieces
from mp4totext.media.playable import is_playable
from mp4totext.media.probe import probe
from tests.support import odd_bytes
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_matrix import differences, problems_of_file, source_of

FORMS = {
    "webm": ("-c:a", "libopus", "-live", 1, "-cluster_time_limit", 1_000),
    "mp4": ("-c:a", "aac", *odd_bytes.FRAGMENTS),
}
FILM = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=7")


@pytest.fixture(scope="module", params=FORMS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pieces")
    path = folder / f"whole.{request.param}"
    ffmpeg("-i", source_of(folder, 1, 0), "-ar", 48_000, *FORMS[request.param], path)
    return path


def cut(whole: Path) -> tuple[bytes, list[bytes]]:
    """(the header, the pieces behind it)."""
    return odd_bytes.in_pieces(whole.read_bytes(), whole.suffix)


@pytest.mark.parametrize("order", [(0, 1, 3, 2), (1, 0), (0, 4, 2, 3, 1), (0, 1, 4, 5, 2, 3)])
def test_all_of_it_is_there_and_in_order(
    whole: Path, tmp_path: Path, order: tuple[int, ...]
) -> None:
    head, some = cut(whole)
    rest = range(len(order), len(some))
    path = tmp_path / f"a{whole.suffix}"
    path.write_bytes(head + b"".join(some[number] for number in (*order, *rest)))
    expected = decoded(whole)
    assert problems_of_file(path, {1: expected}) == []
    with AudioReader(path) as reader:
        late = reader.read_channels(4_000, 60_000)
    assert differences(expected[:, 4_000 * 16 :], late) == []
    assert not is_playable(path, probe(path).structure, (1,))


def test_a_film_and_what_follows_its_pieces(tmp_path: Path) -> None:
    """An index of fragments is at its end; FFmpeg reads none of the fragment that came late."""
    path, swapped = tmp_path / "a.mp4", tmp_path / "b.mp4"
    sound = ("-i", source_of(tmp_path, 1, 0), "-map", 0, "-map", 1, "-g", 10)
    ffmpeg(*FILM, *sound, "-ar", 48_000, "-c:v", "libx264", "-bf", 0, *FORMS["mp4"], path)
    head, some = cut(path)
    some[2], some[4] = some[4], some[2]
    swapped.write_bytes(head + b"".join(some))
    assert problems_of_file(swapped, {1: decoded(path)}) == []


def test_a_clock_that_begins_anew_is_no_wrong_order(whole: Path, tmp_path: Path) -> None:
    """The first pieces were sent twice: FFmpeg reads those of a WebM twice, too."""
    head, some = cut(whole)
    path = tmp_path / f"a{whole.suffix}"
    path.write_bytes(head + b"".join([*some, *some[:3]]))
    assert pieces.of_mp4(path) == ()
    assert pieces.of_webm(path) == ()


def test_pieces_in_order_stay_as_they_are(whole: Path) -> None:
    assert pieces.of_mp4(whole) == ()
    assert pieces.of_webm(whole) == ()


def test_a_file_of_ranges_reads_like_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    file = Pieces(path, ((0, 10), (50, 60), (10, 50)))
    data = b"".join(iter(lambda: file.read(7), b""))
    assert data == bytes([*range(10), *range(50, 60), *range(10, 50)])
    for at, whence in itertools.product((0, 9, 10, 35), (io.SEEK_SET, io.SEEK_END)):
        place = file.seek(at if whence == io.SEEK_SET else -at, whence)
        assert file.read(1) == data[place : place + 1]
    file.close()
