"""Places in a file where another recording begins that its header does not cover."""

import re
import struct
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from mp4totext.media import heads, joins
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import NotMedia
from mp4totext.media.joins import Join, Reached
from mp4totext.media.probe import probe
from mp4totext.media.structure import RawSound
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.joined_files import FORMS, problems_of_join
from tests.support.media_files import chirps, write_wav
from tests.support.media_matrix import differences, problems_of_file, source_of
from tests.support.slow_tests import one_in


def reached(
    container: str,
    end: int | None,
    *,
    codec: str = "pcm_s16le",
    video: bool = False,
    offset: int = 0,
) -> Reached:
    return Reached(
        join=Join(offset=offset),
        start=offset + 44,
        end=end,
        container=container,
        codec=codec,
        sample_rate=16_000,
        channels=1,
        has_video=video,
    )


def wav(samples: int) -> bytes:
    data = bytes(2 * samples)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        16_000,
        32_000,
        2,
        16,
        b"data",
        len(data),
    )
    return head + data


def box(kind: bytes, content: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if size is None else size, kind) + content


def file(folder: Path, *parts: bytes) -> Path:
    path = folder / "recording"
    path.write_bytes(b"".join(parts))
    return path


def id3(picture: bytes) -> bytes:
    size = len(picture)
    return b"ID3\x04\x00\x00" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + picture


def test_a_second_wav_is_found_by_how_it_begins(tmp_path: Path) -> None:
    first = wav(16_000)
    path = file(tmp_path, first, wav(8_000))
    found = list(joins.candidates(path, reached("wav", len(first))))
    assert found[0] == Join(offset=len(first))


def test_samples_after_the_declared_length_are_read_as_samples(tmp_path: Path) -> None:
    path = file(tmp_path, wav(16_000), b"\x01\x02\x03\xf4" * 8_000)
    end = len(wav(16_000))
    (found,) = joins.candidates(path, reached("w64", end))
    assert found == Join(offset=end, raw=RawSound(format="s16le", sample_rate=16_000, channels=1))


@pytest.mark.parametrize(
    "rest", [b"LIST" + bytes(60_000), b"\0id3 " + bytes(60_000), b"\x01\x02" * 100, b""]
)
def test_a_chunk_or_a_few_bytes_are_no_samples(tmp_path: Path, rest: bytes) -> None:
    path = file(tmp_path, wav(16_000), rest)
    assert list(joins.candidates(path, reached("w64", len(wav(16_000))))) == []


def test_a_signature_across_two_reads_is_found(tmp_path: Path) -> None:
    gap = bytes(joins._SEARCH_BYTES - 2)
    path = file(tmp_path, wav(100), gap, wav(100))
    end = len(wav(100))
    found, *_ = joins.candidates(path, reached("wav", end, codec="adpcm_ms"))
    assert found == Join(offset=end + len(gap))


def test_nothing_is_looked_for_where_pictures_are_or_the_end_is_not_known(tmp_path: Path) -> None:
    path = file(tmp_path, wav(100), wav(100))
    assert list(joins.candidates(path, reached("wav", None))) == []
    assert list(joins.candidates(path, reached("wav", len(wav(100)), video=True))) == []


def test_the_next_mp4_begins_after_an_index(tmp_path: Path) -> None:
    one = box(b"ftyp", b"isom") + box(b"mdat", bytes(100)) + box(b"moov", bytes(50))
    path = file(tmp_path, one, one)
    mp4 = reached(joins.MP4, 100, codec="aac")
    assert list(joins.candidates(path, mp4)) == [Join(offset=len(one))]
    again = reached(joins.MP4, 100, codec="aac", offset=len(one))
    assert list(joins.candidates(path, again)) == []


def test_fragments_with_an_index_of_their_own_are_another_recording(tmp_path: Path) -> None:
    fragment = box(b"moof", bytes(20)) + box(b"mdat", bytes(100))
    first = box(b"ftyp", b"isom") + box(b"moov", bytes(50)) + fragment + fragment
    path = file(tmp_path, first, box(b"moov", bytes(50)), fragment)
    assert joins.first(path) == Join(end=len(first))
    finished = file(tmp_path, first, box(b"moov", bytes(500)))
    assert joins.first(finished) == Join()  # the index of the whole, by the recorder's end


def test_frames_behind_an_mp4_that_look_like_a_box_are_none(tmp_path: Path) -> None:
    one = box(b"ftyp", b"isom") + box(b"mdat", bytes(100)) + box(b"moov", bytes(50))
    frame = b"\xff\xfd\x94\xc4" + b"abcd" + bytes(472)  # MP2: 160 kbit/s at 48 kHz
    path = file(tmp_path, one, frame * 6)
    assert list(joins.candidates(path, reached(joins.MP4, 100, codec="aac"))) == [
        Join(offset=len(one))
    ]


def test_boxes_of_every_length_are_walked(tmp_path: Path) -> None:
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 10) + bytes(10)
    path = file(tmp_path, box(b"moov"), large, box(b"free", size=0), bytes(20))
    kinds = [kind for kind, _, _ in heads.boxes(path, 0)]
    assert kinds == [b"moov", b"mdat", b"free"]
    assert joins.unread_bytes(path, reached(joins.MP4, 10, codec="aac")) == 0
    broken = file(tmp_path, box(b"moov"), b"\xff" * 100_000)
    assert joins.unread_bytes(broken, reached(joins.MP4, 8, codec="aac")) == 100_000
    reserved = file(tmp_path, box(b"moov"), bytes(100_000))
    assert joins.unread_bytes(reserved, reached(joins.MP4, 8, codec="aac")) == 0


def test_unread_bytes_are_told_where_they_are_no_tags(tmp_path: Path) -> None:
    end = len(wav(100))
    noise = file(tmp_path, wav(100), b"\xff\x01\x02\x03" * 50_000)
    assert joins.unread_bytes(noise, reached("wav", end)) == 200_000
    tagged = file(tmp_path, wav(100), b"TAG" + bytes(200_000))
    assert joins.unread_bytes(tagged, reached("wav", end)) == 0
    few = file(tmp_path, wav(100), b"\xff\x01\x02\x03" * 50)
    assert joins.unread_bytes(few, reached("wav", end)) == 0
    assert joins.unread_bytes(noise, reached("ogg", end)) == 0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.amr", ("-ar", 8_000, "-c:a", "libopencore_amrnb", "-b:a", "12.2k")),
        ("a.flv", ("-c:v", "flv", "-ar", 44_100, "-c:a", "libmp3lame")),
        ("a.wmv", ("-c:v", "wmv2", "-ar", 44_100, "-c:a", "wmav2", "-b:a", "128k")),
        ("a.mxf", ("-c:v", "mpeg2video", "-r", 25, "-ar", 48_000, "-c:a", "pcm_s16le")),
    ],
)
def test_joined_speech_of_phones_and_joined_videos_are_read_on(
    tmp_path: Path, name: str, options: tuple[object, ...]
) -> None:
    sound, path = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / name
    picture = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=3")
    ffmpeg(*(picture if name != "a.amr" else ()), "-i", sound, *options, path)
    one = decoded(path)
    path.write_bytes(path.read_bytes() * 2)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(np.concatenate([one, one], axis=1), found) == []
    assert probe(path).warnings == ()


@pytest.mark.parametrize("live", [(), ("-live", 1)], ids=["known sizes", "unknown sizes"])
@pytest.mark.parametrize("channels", [(6, 2), (2, 6), (2, 2, 6)], ids=str)
def test_joined_webm_with_other_channels_is_read_on(
    tmp_path: Path, channels: tuple[int, ...], live: tuple[object, ...]
) -> None:
    sound = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000))
    parts = [tmp_path / f"{number}.webm" for number in range(len(channels))]
    for part, count in zip(parts, channels, strict=True):
        layout = "5.1" if count == 6 else "stereo"
        same = f"pan={layout}|" + "|".join(f"c{n}=c0" for n in range(count))
        ffmpeg("-i", sound, "-af", same, "-c:a", "libopus", *live, part)
    path = tmp_path / "a.webm"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)[:1]
        assert reader.warnings == []
    alone = [decoded(p, channels=n)[:1] for p, n in zip(parts, channels, strict=True)]
    assert differences(np.concatenate(alone, axis=1), found) == []


@pytest.mark.parametrize(
    "joined",
    one_in(
        3,
        [
            *(("mp3", other) for other in ("m4a", "wav", "flac", "ogg", "opus", "amr")),
            *(("m4a", other) for other in ("mp3", "aac", "wav", "ogg")),
            *(("aac", other) for other in ("m4a", "mp3", "mp2", "ts")),
            *(("mp3", other) for other in ("aac", "ac3", "eac3", "webm", "ts")),
            *(("ogg", other) for other in ("mp3", "m4a", "webm", "wav")),
            *(("flac", other) for other in ("mp3", "m4a", "ogg", "wav")),
            *(("webm", other) for other in ("m4a", "mp3")),
            *(("wav", other) for other in ("aac", "ts", "m4a")),
            *((first, "mp3") for first in ("amr", "ac3", "wv", "flv", "wma")),
            *((first, "aac") for first in ("mp2", "eac3")),
            *(("ts", other) for other in ("m4a", "mp3", "aac")),
            *(("mpg", other) for other in ("ts", "mp3")),
            *(("avi", other) for other in ("m4a", "mp3")),
            *(("mxf", other) for other in ("mp3", "m4a", "mpg")),
            *(("au", other) for other in ("ogg", "mp3")),
            *(("mp3", other) for other in ("wv", "w64", "au", "tta", "dts", "loas", "mxf", "mpg")),
            *((first, "m2ts") for first in ("mp3", "m4a", "wav")),
            *((first, "mp3") for first in ("dts", "loas")),
            ("m4a", "ts"),
            ("mp3", "mp2"),
            ("ts", "m2ts"),
            ("m2ts", "ts"),
            *(("w64", other) for other in ("ts", "dts", "mxf")),
            ("mp3", "m4a", "mp3"),
            ("aac", "mp3", "aac"),
            ("flac", "mp3", "flac"),
        ],
    ),
    ids=" ".join,
)
def test_another_format_behind_a_recording_is_read_on(
    tmp_path: Path, joined: tuple[str, ...]
) -> None:
    assert problems_of_join(joined, tmp_path) == []


def test_fragments_joined_without_a_file_type_are_read_on(tmp_path: Path) -> None:
    parts = []
    for number in range(2):
        part = tmp_path / f"{number}.mp4"
        fragments = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
        ffmpeg("-i", source_of(tmp_path, 1, number), "-c:a", "aac", *fragments, part)
        parts.append(part)
    path, second = tmp_path / "a.mp4", parts[1].read_bytes()
    path.write_bytes(parts[0].read_bytes() + second[second.index(b"moov") - 4 :])
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(np.concatenate([decoded(part) for part in parts], axis=1), found) == []
    assert probe(path).warnings == ()


@pytest.mark.parametrize("form", ["wav", "m4a", "webm", "amr", "wma", "flac", "ogg", "ts"])
def test_a_tag_before_any_format_is_skipped(tmp_path: Path, form: str) -> None:
    sound, part = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / f"part.{form}"
    ffmpeg("-i", sound, *FORMS[form], part)
    path = tmp_path / f"a.{form}"
    path.write_bytes(id3(bytes(1_000)) + part.read_bytes())
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(decoded(part), found) == []
    assert probe(path).warnings == ()


@pytest.mark.parametrize(
    ("form", "before"),
    [
        *((form, bytes(4_096)) for form in ("wav", "m4a", "flac", "ogg")),
        ("m4a", b"HTTP/1.1 200 OK\r\nContent-Type: audio/mp4\r\n\r\n"),
        ("wav", b'--1234\r\nContent-Disposition: form-data; name="file"\r\n\r\n'),
        ("wav", id3(bytes(70_000))),
        *((form, b"\xef\xbb\xbf") for form in ("wav", "m4a", "webm")),
        *((form, b"\r\n \n") for form in ("wav", "m4a", "flac")),
    ],
)
def test_what_was_stored_before_a_recording_hides_nothing(
    tmp_path: Path, form: str, before: bytes
) -> None:
    path, part = tmp_path / f"a.{form}", tmp_path / f"part.{form}"
    ffmpeg("-i", source_of(tmp_path, 1, 1), *FORMS[form], part)
    path.write_bytes(before + part.read_bytes())
    assert problems_of_file(path, {1: decoded(part)}) == []


@pytest.mark.parametrize("lost", [0, 50])
def test_the_pieces_of_a_webm_in_the_wrong_order(tmp_path: Path, lost: int) -> None:
    """Browsers send a recording in pieces; a page may send the second one first.

    What comes first is missing if it does not begin where the container begins a piece.
    """
    whole, path = tmp_path / "whole.webm", tmp_path / "a.webm"
    live = ("-live", 1, "-cluster_time_limit", 1_000)
    ffmpeg("-i", source_of(tmp_path, 1, 0), *FORMS["webm"], *live, whole)
    data = whole.read_bytes()
    second, third = [found.start() for found in re.finditer(rb"\x1f\x43\xb6\x75", data)][1:3]
    path.write_bytes(data[second + lost : third] + data[:second] + data[third:])
    expected = decoded(whole)
    if not lost:
        assert problems_of_file(path, {1: expected}) == []
        return
    (warning,) = probe(path).warnings
    assert warning.startswith(f"The first {third - second - lost} bytes of the file could not be")
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(expected[:, 32_000:], found[:, 32_000:]) == []
    assert differences(expected[:, :16_000], found[:, :16_000]) == []


def test_recordings_in_an_archive_are_not_looked_for(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.webm", tmp_path / "a.zip"
    ffmpeg("-i", source_of(tmp_path, 1, 1), *FORMS["webm"], whole)
    with ZipFile(path, "w") as archive:
        archive.write(whole)
    with pytest.raises(NotMedia):
        probe(path)


def test_tracks_that_begin_in_the_middle_of_an_flv_hide_no_sound(tmp_path: Path) -> None:
    """FFmpeg finds such tracks, here in the bytes of a WAV, while it reads; PyAV fails then."""
    one, two, path = tmp_path / "one.flv", tmp_path / "two.wav", tmp_path / "a.flv"
    ffmpeg("-i", source_of(tmp_path, 1, 0), *FORMS["flv"], one)
    ffmpeg("-i", source_of(tmp_path, 1, 1), two)
    path.write_bytes(one.read_bytes() + two.read_bytes())
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(np.concatenate([decoded(one), decoded(two)], axis=1), found) == []


def test_the_footer_of_a_tag_belongs_to_it(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000))
    one, two = tmp_path / "one.mp3", tmp_path / "two.m4a"
    ffmpeg("-i", sound, "-ar", 44_100, "-id3v2_version", 0, one)
    ffmpeg("-i", sound, "-ar", 44_100, two)
    tag = bytearray(id3(bytes(1_000)))
    tag[3], tag[5] = 4, 0x10
    path = tmp_path / "a.mp3"
    path.write_bytes(tag + b"3DI" + tag[3:10] + one.read_bytes() + two.read_bytes())
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(np.concatenate([decoded(one), decoded(two)], axis=1), found) == []


# Such junk, and what follows it, was decoded as samples.
BEHIND_JUNK = [("wav", "mp3"), ("wav", "aac"), ("aiff", "mp3"), ("aiff", "ogg"), ("au", "ac3")]


@pytest.mark.parametrize(
    ("joined", "between"),
    [
        (("wav", "mp3"), bytes(4_096)),
        (("m4a", "mp3"), bytes(4_096)),
        (("m4a", "m4a"), bytes(4_096)),
        (("m4a", "m4a"), b"\xfe\xdc\xba" * 1_000),
        *(((first, second), b"\xfe\xdc\xba" * 1_000) for first, second in BEHIND_JUNK),
    ],
    ids=[
        *("wav zeros mp3", "m4a zeros mp3", "m4a zeros m4a", "m4a junk m4a"),
        *(f"{first} junk {second}" for first, second in BEHIND_JUNK),
    ],
)
def test_zeros_or_junk_between_two_recordings_hide_neither(
    tmp_path: Path, joined: tuple[str, str], between: bytes
) -> None:
    sound, parts = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), []
    for number, form in enumerate(joined):
        parts.append(tmp_path / f"{number}.{form}")
        ffmpeg("-i", sound, *FORMS[form], parts[-1])
    path = tmp_path / f"a.{joined[0]}"
    path.write_bytes(parts[0].read_bytes() + between + parts[1].read_bytes())
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(np.concatenate([decoded(part) for part in parts], axis=1), found) == []
    assert probe(path).warnings == ()


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("mp4", ("-c:v", "mpeg4", "-c:a", "aac")),
        ("mkv", ("-c:v", "mpeg4", "-c:a", "aac")),
        ("ts", ("-c:v", "mpeg2video", "-c:a", "mp2")),
        ("mp3", ()),
        ("wav", ()),
        ("aiff", ()),
    ],
)
def test_a_second_recording_that_cannot_be_read_is_told(
    tmp_path: Path, form: str, options: tuple[object, ...]
) -> None:
    """Few bytes, and beside video: only the head of the second shows that it is no tag."""
    sound, path = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / f"a.{form}"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=3") if "-c:v" in options else ()
    ffmpeg(*picture, "-i", sound, *options, path)
    ffmpeg("-i", sound, "-c:a", "aac", tmp_path / "second.m4a")
    one, second = path.read_bytes(), (tmp_path / "second.m4a").read_bytes()
    without_index = second[: second.index(b"moov") - 4]
    path.write_bytes(one + without_index)
    info = probe(path)
    (warning,) = info.warnings
    assert warning.startswith(f"The last {len(without_index)} bytes of the file could not be read")
    assert info.duration_ms == pytest.approx(3_000, abs=100)
    path.write_bytes(one + bytes(20_000))
    assert probe(path).warnings == ()


def test_frames_end_mp3_only_if_they_follow_each_other(tmp_path: Path) -> None:
    sound, path = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / "a.mp3"
    ffmpeg("-i", sound, *FORMS["mp3"], path)
    ffmpeg("-i", sound, *FORMS["aac"], tmp_path / "s.aac")
    data, frames = path.read_bytes(), (tmp_path / "s.aac").read_bytes()
    length = (frames[3] & 3) << 11 | frames[4] << 3 | frames[5] >> 5
    few = frames[:length] + bytes(100) + frames[length : 2 * length]
    path.write_bytes(data[:9_000] + few + data[9_000:])
    assert joins.first(path) == Join()
    path.write_bytes(data[:9_000] + frames + data[9_000:])
    assert joins.first(path) == Join(end=9_000)


def test_bytes_in_mp3_that_only_look_like_mp4_end_nothing(tmp_path: Path) -> None:
    sound, path = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / "a.mp3"
    ffmpeg("-i", sound, *FORMS["mp3"], path)
    data = path.read_bytes()
    path.write_bytes(data[:-100] + box(b"ftyp", b"isom") + data[-100:])
    assert joins.first(path) == Join()
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x40" + box(b"ftyp") + box(b"moov") + bytes(48)
    path.write_bytes(tag + data[heads.id3_bytes(data) :])
    assert joins.first(path) == Join()


@pytest.mark.parametrize(
    "looks_like",
    [
        b"ID36\x11\x30\x08\x08\x3eL",  # no version
        b"ID3\x04\x00\x01\x00\x00\x40\x00",  # a flag that no version has
        b"ID3\x04\x00\x00\x00\x00\xc0\x00",  # eight bits of a size of seven
        b"ID3\x04\x00\x00\x08\x08\x3e\x4c",  # longer than the rest of the file
    ],
)
def test_sound_that_only_looks_like_a_tag_ends_nothing(tmp_path: Path, looks_like: bytes) -> None:
    """An audiobook of six minutes ended after 281 s, where its sound had such letters."""
    sound, path = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / "a.mp3"
    ffmpeg("-i", sound, *FORMS["mp3"], path)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + looks_like + data[middle + len(looks_like) :])
    assert joins.first(path) == Join()


PICTURE = np.random.default_rng(1).integers(0, 256, 200_000, np.uint8).tobytes()


def ape(picture: bytes) -> bytes:
    def end(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII8x", 2_000, len(picture) + 32, 1, flags)

    return end(5 << 29) + picture + end(4 << 29)


@pytest.mark.parametrize("form", ["mp3", "aac"])
@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        (id3(PICTURE), id3(PICTURE), b""),
        (b"", b"TAG" + bytes(125) + id3(PICTURE), id3(PICTURE)),
        (b"", ape(PICTURE), b""),
        (b"", b"", ape(PICTURE)),
        (id3(bytes(100)), b"", ape(PICTURE) + b"TAG" + bytes(125)),
    ],
    ids=["id3", "id3 between", "ape between", "ape", "id3 and ape"],
)
def test_a_picture_in_a_tag_is_no_sound(
    tmp_path: Path, form: str, before: bytes, between: bytes, after: bytes
) -> None:
    sound, part = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / f"part.{form}"
    ffmpeg("-i", sound, *FORMS[form], "-id3v2_version", 0, part)
    path, data = tmp_path / f"a.{form}", part.read_bytes()
    path.write_bytes(before + data + between + data + after)
    info = probe(path)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert info.duration_ms == pytest.approx(2 * decoded(part).shape[1] / 16, abs=90)
    assert found.shape[1] / 16 == pytest.approx(info.duration_ms, abs=2)
    assert [*info.warnings, *reader.warnings] == []
