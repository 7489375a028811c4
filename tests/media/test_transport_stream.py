"""Joined transport streams whose sound changes its codec, its PID or its rate."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media import transport_stream
from mp4totext.media.decode import AudioReader
from mp4totext.media.probe import probe
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_matrix import differences, source_of

AAC, MP2, AC3, EAC3 = (("-c:a", codec) for codec in ("aac", "mp2", "ac3", "eac3"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (AAC, MP2),
        (AC3, AAC),
        (AAC, (*AAC, "-mpegts_start_pid", "0x300")),
        (AAC, (*AAC, "-mpegts_m2ts_mode", "1")),
        ((*AAC, "-mpegts_m2ts_mode", "1"), AAC),
        ((*AAC, "-ar", "24000"), AAC),
        (AAC, (*AAC, "-ar", "24000")),
        ((*AAC, "-mpegts_flags", "latm", "-ar", "24000"), (*AAC, "-mpegts_flags", "latm")),
    ],
    ids=[
        *("aac, mp2", "ac3, aac", "another PID", "188 to 192 bytes", "192 to 188 bytes"),
        *("rate up", "rate down", "rate of LATM"),
    ],
)
def test_all_of_both_is_read_one_after_the_other(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    halves = [tmp_path / f"{n}.ts" for n in range(2)]
    for number, options in enumerate((first, second)):
        ffmpeg("-i", source_of(tmp_path, 1, number), *options, halves[number])
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(half.read_bytes() for half in halves))
    expected = np.concatenate([decoded(half) for half in halves], axis=1)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
        late = reader.read_channels(9_000, 60_000)
    assert differences(expected, found) == []
    assert differences(found[:, 9_000 * 16 :], late) == []
    assert probe(path).warnings == ()


@pytest.mark.parametrize("size", [188, 192, 204])
def test_a_change_is_found_at_the_tables_before_it(tmp_path: Path, size: int) -> None:
    blu_ray = ("-mpegts_m2ts_mode", int(size == 192))
    parts = []
    for number, codec in enumerate((AC3, EAC3, EAC3)):
        part = tmp_path / f"{number}.ts"
        ffmpeg("-i", source_of(tmp_path, 1, number % 2), *codec, *blu_ray, part)
        packets = np.frombuffer(part.read_bytes(), np.uint8).reshape(
            -1, 192 if size == 192 else 188
        )
        parts.append(np.pad(packets, ((0, 0), (0, size - packets.shape[1]))).tobytes())
    path = tmp_path / "three.ts"
    path.write_bytes(b"".join(parts))
    change = transport_stream.next_change(path, 0)
    assert 0 <= change - len(parts[0]) <= 3 * size
    assert transport_stream.next_change(path, change) == 0


def test_a_stream_cut_inside_a_packet_is_followed_by_other_tracks(tmp_path: Path) -> None:
    parts = []
    for number, options in enumerate((AAC, (*AAC, "-mpegts_start_pid", "0x300"))):
        ffmpeg("-i", source_of(tmp_path, 1, number), *options, tmp_path / f"{number}.ts")
        parts.append((tmp_path / f"{number}.ts").read_bytes())
    cut = tmp_path / "0.ts"
    cut.write_bytes(parts[0][: -10 * 188 - 100])
    path = tmp_path / "both.ts"
    path.write_bytes(cut.read_bytes() + parts[1])
    expected = np.concatenate([decoded(cut), decoded(tmp_path / "1.ts")], axis=1)
    with AudioReader(path) as reader:
        assert differences(expected, reader.read_channels(0, 60_000)) == []


def test_damage_ends_no_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    ffmpeg("-i", source_of(tmp_path, 1, 0), *AAC, path)
    data = path.read_bytes()
    for damage in (bytes(2_000), b"\x47" * 2_000, data[:1_000] + bytes(1)):
        path.write_bytes(data[:18_800] + damage + data[18_800:])
        assert transport_stream.next_change(path, 0) == 0


def test_a_track_that_comes_or_goes_is_no_join(tmp_path: Path) -> None:
    """Broadcasters add a track for a programme; the first goes on."""
    one, two = tmp_path / "1.ts", tmp_path / "2.ts"
    source = source_of(tmp_path, 1, 0)
    ffmpeg("-i", source, *AAC, one)
    ffmpeg("-i", source, "-map", 0, "-map", 0, *AAC, two)
    for first, second in ((one, two), (two, one)):
        path = tmp_path / "both.ts"
        path.write_bytes(first.read_bytes() + second.read_bytes())
        assert transport_stream.next_change(path, 0) == 0


def test_other_files_are_no_transport_streams(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for content in (b"", b"\x47" * 100, bytes(10_000), b"RIFF" + b"\x47" * 10_000):
        path.write_bytes(content)
        assert transport_stream.next_change(path, 0) == 0
