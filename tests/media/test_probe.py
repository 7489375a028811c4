import struct
import sys
import threading
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from mp4totext.media.errors import (
    DamagedMedia,
    EmptyFile,
    MediaError,
    NoAudio,
    NotMedia,
    TooComplex,
    TooLong,
)
from mp4totext.media.probe import ProbeLimits, probe
from mp4totext.media.sandbox import Child
from tests.support.media_files import chirps, write, write_video, write_wav


def test_facts_of_a_plain_recording(tmp_path: Path) -> None:
    info = probe(write_wav(tmp_path / "a.wav", chirps(1.5, 16_000)))
    assert (info.container, info.codec, info.duration_ms) == ("wav", "pcm_s16le", 1_500)
    assert (info.sample_rate, info.channels, info.has_video, info.truncated) == (
        16_000, 1, False, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.ogg", "flac"), ("a.opus", "libopus"),
     ("a.webm", "libopus"), ("a.flac", "flac"), ("a.mka", "flac"), ("a.aac", "aac"),
     ("a.ac3", "ac3"), ("a.mp2", "mp2"), ("a.ts", "aac"), ("a.aiff", "pcm_s16be"),
     ("a.wma", "wmav2"),
     ("a.avi", "libmp3lame"), ("a.mov", "aac"), ("a.au", "pcm_mulaw"),
     ("a.caf", "alac")],
)  # fmt: skip
def test_length_is_measured_in_every_container(tmp_path: Path, name: str, codec: str) -> None:
    info = probe(write(tmp_path / name, chirps(2.0), codec=codec))
    assert abs(info.duration_ms - 2_000) <= 110


def test_a_header_of_twelve_hours_is_not_believed(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(1.0, 16_000))
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 12 * 3_600 * 32_000)
    path.write_bytes(bytes(data))
    assert probe(path).duration_ms == 1_000


def test_a_recording_cut_in_the_middle_is_as_long_as_what_is_left(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", chirps(9.0), codec="libmp3lame")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    info = probe(path)
    assert 2_800 < info.duration_ms < 3_200
    assert info.truncated
    assert "cut off" in info.warnings[0]


def test_time_stamps_that_jump_are_counted_instead(tmp_path: Path) -> None:
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for second, start in enumerate((0, 12 * 3_600)):
            part = (chirps(1.0, 16_000) * 32_000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start * 16_000
            container.mux(stream.encode(frame))
            assert second < 2
    assert probe(path).duration_ms == pytest.approx(2_000, abs=20)


def test_type_is_taken_from_the_content_not_the_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ogg", chirps(1.0), codec="libopus").rename(tmp_path / "a.mp3")
    assert probe(path).container == "ogg"


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    with pytest.raises(EmptyFile, match="empty"):
        probe(path)


def test_text_under_a_media_name_is_not_media(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("Dear all,\nplease find the minutes below.\n" * 50)
    with pytest.raises(NotMedia, match="MP4, MP3") as raised:
        probe(path)
    assert raised.value.code == "not_media"


def test_an_mp4_without_its_index_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", chirps(2.0), codec="aac")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])
    with pytest.raises(DamagedMedia, match="cut off"):
        probe(path)


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoAudio, match="no audio track"):
        probe(write_video(tmp_path / "a.mp4", None))


def test_a_video_with_sound_has_video(tmp_path: Path) -> None:
    info = probe(write_video(tmp_path / "a.mp4", chirps(2.0)))
    assert info.has_video
    assert abs(info.duration_ms - 2_000) <= 60


def test_a_cover_picture_is_not_a_video(tmp_path: Path) -> None:
    sound = write(tmp_path / "plain.mp3", chirps(1.0), codec="libmp3lame").read_bytes()
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 16, 16, "rgb24"
    picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
    encoder.time_base = 1
    png = b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
    body = b"\0image/png\0\x03\0" + png
    tag = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = bytes((len(tag) >> shift) & 127 for shift in (21, 14, 7, 0))
    path = tmp_path / "cover.mp3"
    path.write_bytes(b"ID3\x03\0\0" + size + tag + sound)
    with av.open(str(path)) as container:
        assert container.streams.video, "the test's file has a cover"
    assert not probe(path).has_video


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{target}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet '
        'mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>",
    ],
    ids=["hls-file", "hls-address", "concat", "sdp", "dash"],
)
@pytest.mark.parametrize("name", ["list.mp4", "list.m3u8"])
def test_a_playlist_never_opens_what_it_names(tmp_path: Path, playlist: str, name: str) -> None:
    target = write(tmp_path / "secret.ts", chirps(1.0), codec="aac")
    path = tmp_path / name
    path.write_text(playlist.format(target=target))
    # Opened, the list would play: the sound it names is a valid recording.
    with pytest.raises(NotMedia):
        probe(path)


def test_a_name_like_a_protocol_is_only_a_name(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(0.5, 16_000))
    path = path.rename(tmp_path / "concat:b|c.wav")
    assert probe(path).duration_ms == 500


def test_a_recording_over_the_limit_is_refused_with_both_lengths(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros((1, 16_000 * 130), np.float32))
    with pytest.raises(TooLong, match="2 min long; the limit is 1 min"):
        probe(path, limits=ProbeLimits(duration_ms_max=60_000))


def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(0.5, 16_000))
    with pytest.raises(TooComplex, match="more memory or time"):
        probe(path, limits=ProbeLimits(timeout_s=0.001))


@pytest.mark.skipif(sys.platform == "win32", reason="no niceness")
def test_a_probe_that_takes_long_goes_behind_all_other_work(tmp_path: Path) -> None:
    path = tmp_path / "slow.amr"
    path.write_bytes(b"#!AMR\n" + b"\x7c" * (1 << 18))  # each byte is a frame
    child = Child("probe", path)
    process = psutil.Process(child._process.pid)
    begun = process.nice()
    niceness: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            niceness.append(process.nice())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with pytest.raises(DamagedMedia):  # after all of it was read
            list(child.ask())
    finally:
        over.set()
        watching.join()
        child.close()
    assert set(niceness) - {begun} == {min(begun + 10, 19), 19}


def test_every_error_is_one_family() -> None:
    assert all(issubclass(e, MediaError) for e in (EmptyFile, NotMedia, NoAudio, TooComplex))
