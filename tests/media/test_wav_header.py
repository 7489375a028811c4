"""WAV files whose header is too short are read to their end, in any codec."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from mp4totext.media import wav_header
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import DamagedMedia, MediaError, TooComplex
from mp4totext.media.playable import is_playable
from mp4totext.media.probe import probe
from tests.support import odd_bytes
from tests.support.ffmpeg import Channels, decoded, ffmpeg
from tests.support.media_files import chirps, write_wav
from tests.support.media_matrix import differences, problems_of_file, source_of


def shortened(path: Path, length: int) -> Path:
    """The header says that the samples are so many bytes."""
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    struct.pack_into("<I", data, at, length)
    struct.pack_into("<I", data, 4, at + length - 4)
    short = path.with_name("short.wav")
    short.write_bytes(data)
    return short


@pytest.mark.parametrize(
    ("codec", "rate"),
    [
        ("pcm_s24le", 48_000),
        ("pcm_mulaw", 8_000),
        ("pcm_u8", 16_000),
        ("adpcm_ima_wav", 16_000),
        ("libmp3lame", 44_100),
    ],
)
def test_sound_after_the_end_that_the_header_gives(tmp_path: Path, codec: str, rate: int) -> None:
    """The length may end within a sample: it wraps at a number that is none of theirs."""
    source, path = write_wav(tmp_path / "a.wav", chirps(5.0, 16_000)), tmp_path / "b.wav"
    ffmpeg("-i", source, "-ar", rate, "-c:a", codec, "-bitexact", path)
    short = shortened(path, 20_481)
    with AudioReader(short) as reader:
        found = reader.read_channels(0, 60_000)
    assert differences(decoded(path), found) == []
    assert probe(short).warnings == ()


@pytest.mark.parametrize("codec", ["pcm_s16le", "adpcm_ima_wav"])
@pytest.mark.parametrize("chunks", [2, 3])
def test_sound_in_several_chunks(tmp_path: Path, codec: str, chunks: int) -> None:
    """FFmpeg reads only the last one."""
    body, expected = b"", []
    for number in range(chunks):
        part = tmp_path / f"{number}.wav"
        ffmpeg("-i", source_of(tmp_path, 1, number % 2), "-c:a", codec, "-bitexact", part)
        data = part.read_bytes()
        body += data[data.index(b"data") if number else 8 :] + b"LIST\x04\x00\x00\x00note"
        expected.append(decoded(part))
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
        late = reader.read_channels(9_000, 60_000)
    assert differences(np.concatenate(expected, axis=1), found) == []
    assert differences(found[:, 9_000 * 16 :], late) == []
    assert probe(path).warnings == ()


def big_endian(path: Path, codec: str, channels: int = 2) -> tuple[bytes, Channels]:
    """(a RIFX with these samples, what they are)."""
    tag, bits = 3 if codec.startswith("f") else 1, int(codec[1:3])
    head = (16, tag, channels, 16_000, 2_000 * channels * bits, channels * bits // 8, bits)
    ffmpeg("-i", path, "-ac", channels, "-f", codec, samples := path.with_name("samples"))
    ffmpeg(
        "-i", path, "-ac", channels, "-c:a", f"pcm_{codec[:-2]}le", plain := path.with_name("p.wav")
    )
    data = samples.read_bytes()
    chunks = b"WAVEfmt " + struct.pack(">IHHIIHH", *head) + b"data" + struct.pack(">I", len(data))
    body = chunks + data + b"LIST\0\0\0\4note"
    return b"RIFX" + struct.pack(">I", len(body)) + body, decoded(plain, channels=channels)


@pytest.mark.parametrize("codec", ["s16be", "s24be", "f32be"])
def test_a_wav_in_big_endian_byte_order(tmp_path: Path, codec: str) -> None:
    """FFmpeg decodes it as little-endian, which is noise."""
    data, expected = big_endian(write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), codec)
    path = tmp_path / "a.wav"
    for whole, samples in ((data, expected), (data * 2, np.concatenate([expected] * 2, axis=1))):
        path.write_bytes(whole)
        info = probe(path)
        with AudioReader(path) as reader:
            assert differences(samples, reader.read_channels(0, 60_000)) == []
        assert (info.container, info.codec, info.warnings) == ("wav", f"pcm_{codec}", ())
        assert not is_playable(path, info.structure, (1,))


def extensible(bits: int, used: int, frame_bytes: int) -> bytes:
    pcm = struct.pack("<HHI", 22, used, 4) + b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    return struct.pack("<HHIIHH", 0xFFFE, 1, 16_000, 16_000 * frame_bytes, frame_bytes, bits) + pcm


@pytest.mark.parametrize(
    "form",
    [
        extensible(32, 24, 4),  # Windows' own format of many sound cards
        struct.pack("<HHIIHH", 1, 1, 16_000, 64_000, 4, 24),
        extensible(32, 32, 4),
        struct.pack("<HHIIHH", 1, 1, 16_000, 64_000, 4, 32),
    ],
    ids=["24 in 32", "24 in 32, old", "32", "32, old"],
)
def test_samples_of_24_bits_in_32(tmp_path: Path, form: bytes) -> None:
    """FFmpeg reads 24 bits in 32 as noise."""
    plain, path = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / "a.wav"
    samples = np.frombuffer(plain.read_bytes()[-96_000:], "<i2").astype("<i4") << 16
    path.write_bytes(odd_bytes.riff(b"WAVE", (b"fmt ", form), (b"data", samples.tobytes())))
    assert problems_of_file(path, {1: decoded(plain)}) == []


@pytest.mark.parametrize("silence", [0, 16_000])
def test_floats_that_are_said_to_be_integers(tmp_path: Path, silence: int) -> None:
    """Programs that write the format of their sound card by hand forget its tag."""
    sound = np.concatenate([np.zeros(silence, np.float32), chirps(3.0, 16_000)[0]])
    plain, path = tmp_path / "plain.wav", tmp_path / "a.wav"
    form = struct.pack("<HHIIHH", 3, 1, 16_000, 64_000, 4, 32)
    plain.write_bytes(odd_bytes.riff(b"WAVE", (b"fmt ", form), (b"data", sound.tobytes())))
    path.write_bytes(plain.read_bytes().replace(form, b"\x01" + form[1:]))
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 60_000)
    assert np.allclose(found, decoded(plain), atol=1e-3)


@pytest.mark.parametrize("level", [1.0, 1e-2, 1e-4])
def test_integers_of_32_bits_are_not_taken_for_floats(tmp_path: Path, level: float) -> None:
    path = tmp_path / "a.wav"
    noise = np.random.default_rng(1).uniform(-level, level, 48_000) * (2**31 - 1)
    form = struct.pack("<HHIIHH", 1, 1, 16_000, 64_000, 4, 32)
    path.write_bytes(
        odd_bytes.riff(b"WAVE", (b"fmt ", form), (b"data", noise.astype("<i4").tobytes()))
    )
    assert wav_header.misread(path, 0) is None


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_u8", "pcm_mulaw", "pcm_f32le"])
def test_a_chunk_of_odd_length_that_is_not_filled_up(tmp_path: Path, codec: str) -> None:
    """FFmpeg finds no samples behind it."""
    plain, path = tmp_path / "plain.wav", tmp_path / "a.wav"
    source = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000))
    ffmpeg("-i", source, "-c:a", codec, "-fflags", "+bitexact", plain)
    data = plain.read_bytes()
    at = data.index(b"data")
    path.write_bytes(data[:at] + b"LIST" + struct.pack("<I", 7) + b"INFOabc" + data[at:])
    assert problems_of_file(path, {1: decoded(plain)}) == []


FMT = "<HHIIHH"  # tag, channels, rate, bytes a second, bytes a frame, bits


@pytest.mark.parametrize(
    ("codec", "form"),
    [
        ("pcm_s16le", (1, 2, 16_000, 64_000, 4, 0)),
        ("pcm_s16le", (1, 2, 16_000, 0, 4, 0)),
        ("pcm_s24le", (1, 2, 16_000, 96_000, 0, 0)),
        ("pcm_u8", (1, 2, 16_000, 32_000, 2, 0)),
        ("pcm_s16le", (1, 2, 16_000, 0, 0, 0)),
        ("pcm_f32le", (3, 2, 16_000, 128_000, 8, 0)),
        ("pcm_f32le", (3, 2, 16_000, 128_000, 8, 16)),
        ("pcm_s16le", (1, 2, 16_000, 32_000, 2, 16)),  # as if for mono
        ("pcm_s16le", (1, 2, 16_000, 64_000, 4, 12)),
    ],
)
def test_fields_that_contradict_each_other(
    tmp_path: Path, codec: str, form: tuple[int, ...]
) -> None:
    """FFmpeg refuses 0 bits, and floats of 16; in the last two it reads the samples rightly."""
    plain, path = tmp_path / "plain.wav", tmp_path / "a.wav"
    ffmpeg("-i", source_of(tmp_path, 2, 0), "-ar", 16_000, "-c:a", codec, "-bitexact", plain)
    data = plain.read_bytes()
    samples = data[data.index(b"data") + 8 :]
    fmt = (b"fmt ", struct.pack(FMT, *form))
    path.write_bytes(odd_bytes.riff(b"WAVE", fmt, (b"data", samples)))
    assert problems_of_file(path, {1: decoded(plain, channels=2)}) == []


@pytest.mark.parametrize("silent", [False, True])
def test_samples_in_a_list_of_chunks(tmp_path: Path, silent: bool) -> None:
    """FFmpeg looks into no list."""
    plain, path = write_wav(tmp_path / "s.wav", chirps(7.0, 16_000)), tmp_path / "a.wav"
    data = plain.read_bytes()
    samples = data[data.index(b"data") + 8 :]
    some = [(b"data", samples[at : at + 50_000]) for at in range(0, len(samples), 50_000)]
    if silent:
        some.insert(2, (b"slnt", struct.pack("<I", 8_000)))
    listed = (b"LIST", odd_bytes.riff(b"wavl", *some)[8:])
    path.write_bytes(odd_bytes.riff(b"WAVE", odd_bytes.pcm_format(), listed))
    expected = decoded(plain)
    assert problems_of_file(path, {1: expected}) == []
    with AudioReader(path) as reader:
        assert differences(expected[:, 4_000 * 16 :], reader.read_channels(4_000, 60_000)) == []


def test_a_big_endian_wav_that_was_cut_off(tmp_path: Path) -> None:
    data, _ = big_endian(write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), "s16be", 1)
    path = tmp_path / "a.wav"
    path.write_bytes(data[: 44 + 48_000])
    info = probe(path)
    assert (info.duration_ms, info.truncated) == (1_500, True)


@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_big_endian_and_other_recordings_behind_each_other(tmp_path: Path, form: str) -> None:
    source, other = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / f"o.{form}"
    data, expected = big_endian(source, "s16be", 1)
    ffmpeg("-i", source, "-bitexact", other)
    path = tmp_path / "a.wav"
    for parts in ((data, other.read_bytes()), (other.read_bytes(), data)):
        path.write_bytes(b"".join(parts))
        both = [expected, decoded(other)] if parts[0] is data else [decoded(other), expected]
        with AudioReader(path) as reader:
            found = reader.read_channels(0, 60_000)
        assert differences(np.concatenate(both, axis=1), found) == []
        assert probe(path).warnings == ()


@pytest.mark.parametrize("form", ["mp3", "m4a", "flac"])
def test_another_recording_behind_undeclared_samples(tmp_path: Path, form: str) -> None:
    """It was decoded as samples, which is noise."""
    path, other = write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), tmp_path / f"o.{form}"
    ffmpeg("-i", path, "-ar", 44_100, other)
    short = shortened(path, 32_000)
    expected = np.concatenate([decoded(path), decoded(other)], axis=1)
    short.write_bytes(short.read_bytes() + other.read_bytes())
    with AudioReader(short) as reader:
        assert differences(expected, reader.read_channels(0, 60_000)) == []
    assert probe(short).warnings == ()


@pytest.mark.parametrize("form", ["mp3", "aac", "ac3"])
def test_frames_far_behind_the_declared_end(tmp_path: Path, form: str) -> None:
    """MP3, AAC and AC-3 have no header; more than 128 kB behind the end they were not sought."""
    path, other = write_wav(tmp_path / "s.wav", chirps(12.0, 16_000)), tmp_path / f"o.{form}"
    ffmpeg("-i", path, "-ar", 48_000, "-id3v2_version", 0, other)
    short = shortened(path, 32_000)
    expected = np.concatenate([decoded(path), decoded(other)], axis=1)
    short.write_bytes(short.read_bytes() + other.read_bytes())
    with AudioReader(short) as reader:
        assert differences(expected, reader.read_channels(0, 60_000)) == []
    assert probe(short).warnings == ()


def test_a_steady_tone_is_not_taken_for_frames(tmp_path: Path) -> None:
    """Its samples repeat what could be the header of an MP3 at the distance of two such frames."""
    period = np.zeros(192, "<i2")
    period[:2] = np.frombuffer(b"\xff\xfb\x94\x00", "<i2")  # 128 kbit/s at 48 kHz: 384 bytes
    path = write_wav(tmp_path / "s.wav", chirps(12.0, 16_000))
    with wave.open(str(path)) as file:
        sound = file.readframes(200_000)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(sound + period.tobytes() * 1_000)
    info = probe(shortened(path, 32_000))
    assert (len(info.structure.parts), info.duration_ms) == (1, 12_000 + 12_000)


@pytest.mark.parametrize(
    ("channels", "error", "words"),
    [
        (0, DamagedMedia, "says that it has no channels"),
        (513, TooComplex, "513 channels at 16000 Hz; at most 64 channels"),
        (65_535, TooComplex, "65535 channels"),
    ],
)
def test_channels_that_no_wav_has(
    tmp_path: Path, channels: int, error: type[MediaError], words: str
) -> None:
    """FFmpeg takes them for one."""
    path = write_wav(tmp_path / "a.wav", chirps(3.0, 16_000))
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, data.index(b"fmt ") + 10, channels)
    path.write_bytes(data)
    with pytest.raises(error, match=words):
        probe(path)


def test_an_rf64_that_was_never_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ffmpeg("-i", write_wav(tmp_path / "s.wav", chirps(3.0, 16_000)), "-rf64", "always", path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<QQQ", data, data.index(b"ds64") + 8, 0, 0, 0)
    path.write_bytes(data)
    assert probe(path).duration_ms == pytest.approx(3_000, abs=10)


@pytest.mark.parametrize(
    "rest",
    [
        b"LIST\x64\x00\x00\x00" + bytes(100) + b"id3 \x00\x80\x00\x00" + b"\x01" * 0x8000,
        b"<?xml version='1.0'?>" + b" " * 40_000,
        bytes(40_000),
        b"TAG" + b"\x01" * 40_000,
    ],
    ids=["chunks", "text", "zeros", "tag"],
)
def test_what_follows_and_is_no_sound_is_left_out(tmp_path: Path, rest: bytes) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(1.0, 16_000))
    path.write_bytes(path.read_bytes() + rest)
    info = probe(path)
    assert (info.duration_ms, info.warnings) == (1_000, ())


def test_an_mp3_joined_to_a_wav_is_read_as_one(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(2.0, 16_000))
    whole, second = decoded(path), tmp_path / "b.mp3"
    ffmpeg("-i", path, "-ar", 44_100, second)
    expected = np.concatenate([whole, decoded(second)], axis=1)
    path.write_bytes(path.read_bytes() + second.read_bytes())
    with AudioReader(path) as reader:
        assert differences(expected, reader.read_channels(0, 60_000)) == []
