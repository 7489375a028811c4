"""Recordings that FFmpeg cannot write, and typical damages of files."""

import re
import struct
import wave
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from numpy.typing import NDArray

from mp4totext.media import heads
from tests.support.ffmpeg import ffmpeg

Make = Callable[[Path, Path], None]  # (folder with voice.wav, the file to write)

_DSD_RATE = 2_822_400
_DSD_BLOCK = 4_096
_CLUSTER = b"\x1f\x43\xb6\x75"  # the ID of a Matroska element
_SYNC = b"\x72\xf8\x1f\x4e"  # of IEC 61937


def encoded(folder: Path, name: str, *options: object) -> bytes:
    with TemporaryDirectory(dir=folder) as own:
        path = Path(own) / name
        ffmpeg("-i", folder / "voice.wav", *options, path)
        return path.read_bytes()


def samples(folder: Path) -> NDArray[np.int16]:
    with wave.open(str(folder / "voice.wav")) as file:
        return np.array(np.frombuffer(file.readframes(file.getnframes()), "<i2"))


def riff(
    form: bytes, *chunks: tuple[bytes, bytes], order: str = "<", form_id: bytes = b"RIFF"
) -> bytes:
    body = b"".join(
        name + struct.pack(f"{order}I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return form_id + struct.pack(f"{order}I", len(body) + 4) + form + body


def pcm_format(*, rate: int = 16_000, channels: int = 1, order: str = "<") -> tuple[bytes, bytes]:
    size = 2 * channels
    return b"fmt ", struct.pack(f"{order}HHIIHH", 1, channels, rate, rate * size, size, 16)


# Containers and codecs


def dsf(folder: Path, path: Path) -> None:
    bits = np.packbits(_one_bit(folder), bitorder="little").tobytes()
    bits += b"\x69" * (-len(bits) % _DSD_BLOCK)
    fmt = struct.pack(
        "<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 1, 1, _DSD_RATE, 1, len(bits) * 8, 4_096, 0
    )
    data = struct.pack("<4sQ", b"data", 12 + len(bits)) + bits
    path.write_bytes(struct.pack("<4sQQQ", b"DSD ", 28, 28 + 52 + len(data), 0) + fmt + data)


def dsdiff(folder: Path, path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack(">Q", len(data)) + data + b"\0" * (len(data) % 2)

    properties = b"SND " + chunk(b"FS  ", struct.pack(">I", _DSD_RATE))
    properties += chunk(b"CHNL", struct.pack(">H4s", 1, b"C   "))
    properties += chunk(b"CMPR", b"DSD \x0enot compressed")
    body = b"DSD " + chunk(b"FVER", b"\x01\x05\x00\x00") + chunk(b"PROP", properties)
    path.write_bytes(chunk(b"FRM8", body + chunk(b"DSD ", np.packbits(_one_bit(folder)).tobytes())))


def _one_bit(folder: Path) -> NDArray[np.uint8]:
    """Samples of one bit, by first-order sigma-delta modulation."""
    sound = samples(folder) / 32_768
    fine = np.interp(np.arange(0, len(sound), 16_000 / _DSD_RATE), np.arange(len(sound)), sound)
    ones: NDArray[np.uint8] = np.diff(np.floor(np.cumsum((fine + 1) / 2)), prepend=0).astype(
        np.uint8
    )
    return ones


def dictation(folder: Path, path: Path) -> None:
    """DSS of Olympus and Philips, long play: G.723.1 in blocks of 512 bytes."""
    wav = encoded(folder, "g.wav", "-ar", 8_000, "-c:a", "g723_1", "-b:a", "6.3k")
    frames = wav[wav.index(b"data") + 8 :]
    head = bytearray(2 * 512)
    head[:4] = b"\x02dss"
    head[0x26:0x32] = head[0x32:0x3E] = b"240501100000"
    head[0x2A4] = 2
    blocks = (frames[at : at + 506] for at in range(0, len(frames), 506))
    path.write_bytes(bytes(head) + b"".join(bytes(6) + block for block in blocks))


def dahua(folder: Path, path: Path) -> None:
    """A file of a Dahua video recorder: A-law in frames of 40 ms."""
    sound = encoded(folder, "a.wav", "-ar", 8_000, "-c:a", "pcm_alaw")
    sound = sound[sound.index(b"data") + 8 :]
    frames = []
    for number, at in enumerate(range(0, len(sound), 320)):
        payload = sound[at : at + 320]
        extension = bytes([0x83, 1, 0x0E, 0])  # one channel, A-law, 8 kHz
        size = 24 + len(extension) + len(payload) + 8
        ms = number * 40
        date = 24 << 26 | 5 << 22 | 1 << 17 | 10 << 12 | ms // 1_000
        head = struct.pack(
            "<4sBBBBIIIHBB", b"DHAV", 0xF0, 0, 0, 0, number, size, date, ms % 65_535, 4, 0
        )
        frames.append(head + extension + payload + b"dhav" + struct.pack("<I", size))
    path.write_bytes(b"".join(frames))


def sphere(folder: Path, path: Path) -> None:
    fields = (
        "sample_rate -i 16000",
        "channel_count -i 1",
        "sample_n_bytes -i 2",
        "sample_sig_bits -i 16",
    )
    coding = ("sample_byte_format -s2 01", "sample_coding -s3 pcm")
    lines = [
        "NIST_1A",
        "   1024",
        *fields,
        *coding,
        f"sample_count -i {len(samples(folder))}",
        "end_head\n",
    ]
    path.write_bytes("\n".join(lines).encode().ljust(1_024) + samples(folder).tobytes())


def big_endian(folder: Path, path: Path) -> None:
    sound = samples(folder).astype(">i2").tobytes()
    path.write_bytes(
        riff(b"WAVE", pcm_format(order=">"), (b"data", sound), order=">", form_id=b"RIFX")
    )


def wave64_of_broadcasters(folder: Path, path: Path) -> None:
    """BW64, whose sizes are in a separate chunk."""
    sound = samples(folder).tobytes()
    sizes = struct.pack("<QQQI", 36 + 36 + len(sound), len(sound), len(sound) // 2, 0)
    body = (
        b"WAVEds64"
        + struct.pack("<I", len(sizes))
        + sizes
        + b"fmt "
        + struct.pack("<I", 16)
        + pcm_format()[1]
    )
    path.write_bytes(b"BW64\xff\xff\xff\xff" + body + b"data\xff\xff\xff\xff" + sound)


def two_microphones_one_dead(folder: Path, path: Path) -> None:
    """WAVE_FORMAT_EXTENSIBLE with an empty channel mask."""
    sound = np.stack([samples(folder) * 0, samples(folder)], axis=1).tobytes()
    pcm = b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 2, 16_000, 64_000, 4, 16, 22, 16, 0) + pcm
    path.write_bytes(riff(b"WAVE", (b"fmt ", fmt), (b"data", sound)))


def sound_of_a_receiver(folder: Path, path: Path) -> None:
    """AC-3 from a digital audio cable (IEC 61937), recorded as 16-bit stereo."""
    cable = encoded(folder, "s.spdif", "-ar", 48_000, "-ac", 2, "-c:a", "ac3", "-f", "spdif")
    path.write_bytes(riff(b"WAVE", pcm_format(rate=48_000, channels=2), (b"data", cable)))


# Chunks and tags in the way


def many_notes(folder: Path, path: Path) -> None:
    """A WAV with chunks of editing programs before and after the samples."""
    notes = [
        (name, bytes(size)) for name, size in ((b"JUNK", 28), (b"bext", 858), (b"iXML", 5_001))
    ]
    after = [(b"cue ", bytes(28)), (b"LIST", b"adtl" + bytes(200)), (b"id3 ", bytes(4_000))]
    path.write_bytes(
        riff(b"WAVE", *notes, pcm_format(), (b"data", samples(folder).tobytes()), *after)
    )


def picture_before_mp3(folder: Path, path: Path) -> None:
    size = 3_000_000
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x04\0\0" + digits + bytes(size) + _mp3(folder))


def mp3_with_tags_behind(folder: Path, path: Path) -> None:
    ape = b"APETAGEX" + struct.pack("<IIII", 2_000, 32 + 500, 1, 0xA0000000) + bytes(8 + 500)
    path.write_bytes(_mp3(folder) + ape + b"TAG" + bytes(125))


def mp3_after_noise(folder: Path, path: Path) -> None:
    """MP3 that begins in the middle of a stream."""
    path.write_bytes(bytes(range(1, 250)) * 60 + _mp3(folder)[200:])


def mp3_in_riff(folder: Path, path: Path) -> None:
    path.write_bytes(riff(b"RMP3", (b"data", _mp3(folder))))


def mp3_with_two_tags(folder: Path, path: Path) -> None:
    tag = b"ID3\x03\0\0\0\0\x07\x76" + bytes(1_014)
    path.write_bytes(tag + tag + _mp3(folder))


def tagged_flac(folder: Path, path: Path) -> None:
    tag = b"ID3\x03\0\0\0\0\x07\x76" + bytes(1_014)
    path.write_bytes(tag + encoded(folder, "t.flac") + b"TAG" + bytes(125))


def segment_of_radio(folder: Path, path: Path) -> None:
    """A segment of HLS packed audio, which has its time stamp in an ID3 tag."""
    owner = b"com.apple.streaming.transportStreamTimestamp\0" + struct.pack(">Q", 8_589_000_000)
    frame = b"PRIV" + struct.pack(">I", len(owner)) + b"\0\0" + owner
    path.write_bytes(
        b"ID3\x04\0\0\0\0\0" + bytes([len(frame)]) + frame + encoded(folder, "r.aac", "-ar", 48_000)
    )


def chapters(folder: Path, path: Path) -> None:
    """Two files of an action camera, which begins a new one every few minutes, in one."""
    parts = ("-t", 4.475), ("-ss", 4.475)
    form = ("-ar", 48_000, "-c:a", "pcm_s16le", "-timecode", "10:00:00:00")
    path.write_bytes(b"".join(encoded(folder, "c.mov", *part, *form) for part in parts))


def segments(*options: object) -> Make:
    """A function that joins all segments of an HLS stream, with the first part of fragments."""

    def make(folder: Path, path: Path) -> None:
        with TemporaryDirectory(dir=folder) as own:
            film = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=8.35", "-i", folder / "voice.wav")
            coded = ("-c:v", "libx264", "-g", 10, "-ar", 48_000, "-c:a", "aac")
            names = ("-hls_segment_filename", f"{own}/2-%d", "-hls_fmp4_init_filename", "1")
            hls = ("-f", "hls", "-hls_time", 2, "-hls_playlist_type", "vod", *options, *names)
            ffmpeg(*film, *coded, *hls, f"{own}/list.m3u8")
            path.write_bytes(
                b"".join(part.read_bytes() for part in sorted(Path(own).glob("[12]*")))
            )

    return make


def dv_type_1(folder: Path, path: Path) -> None:
    """AVI of a DV capture program: one stream of DV frames, which have the sound in them."""
    tape = ("-s", "720x576", "-r", 25, "-pix_fmt", "yuv420p", "-ac", 2, "-ar", 48_000)
    with TemporaryDirectory(dir=folder) as own:
        film = ("-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=8.35", "-i", folder / "voice.wav")
        ffmpeg(*film, *tape, f"{own}/tape.dv")
        tape_bytes = Path(own, "tape.dv").read_bytes()
    size = 144_000
    frames = [tape_bytes[at : at + size] for at in range(0, len(tape_bytes), size)]
    header = struct.pack("<10I16x", 40_000, 3_600_000, 0, 0x10, len(frames), 0, 1, size, 720, 576)
    stream = b"iavsdvsd" + struct.pack("<10I8x", 0, 0, 0, 1, 25, 0, len(frames), size, 0, size)
    form = struct.pack("<8I", 0, 0, 0, 0, 0, 0, 0, 0)
    lists = _list(b"strl", (b"strh", stream), (b"strf", form))
    movie = _list(b"movi", *((b"00__", frame) for frame in frames))
    path.write_bytes(riff(b"AVI ", _list(b"hdrl", (b"avih", header), lists), movie))


def _list(kind: bytes, *chunks: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    return b"LIST", riff(kind, *chunks)[8:]


def _packets(folder: Path, name: str, *options: object) -> tuple[bytes, list[tuple[int, bytes]]]:
    """(a Matroska file, its packets with their times in ms)."""
    data = encoded(folder, name, *options)
    with av.open(BytesIO(data)) as container:
        packets = [
            (int(p.pts * p.time_base * 1_000), bytes(p)) for p in container.demux(audio=0) if p.size
        ]
    return data, packets


def message_of_a_phone(folder: Path, path: Path) -> None:
    """Opus in CAF, which FFmpeg reads but does not write: a spoken message of Apple's."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack(">q", len(content)) + content

    def size(number: int) -> bytes:
        return bytes([number]) if number < 128 else bytes([128 | number >> 7, number & 127])

    _, timed = _packets(folder, "p.mka", "-ar", 24_000, "-c:a", "libopus", "-b:a", "24k")
    packets = [packet for _, packet in timed]
    form = struct.pack(">d4sIIIII", 24_000, b"opus", 0, 0, 480, 1, 0)
    table = struct.pack(">qqii", len(packets), len(packets) * 480 - 156, 156, 0)
    table += b"".join(size(len(packet)) for packet in packets)
    chunks = (
        chunk(b"desc", form),
        chunk(b"data", bytes(4) + b"".join(packets)),
        chunk(b"pakt", table),
    )
    path.write_bytes(b"caff\0\1\0\0" + b"".join(chunks))


def laced(folder: Path, path: Path) -> None:
    """Eight frames in each block, of which only the first has a time, as mkvmerge writes them."""
    data, packets = _packets(folder, "l.mka", "-ar", 48_000, "-c:a", "aac")
    head = data[: data.index(_CLUSTER)]
    at = head.index(heads.SEGMENT) + len(heads.SEGMENT)
    width = 9 - head[at].bit_length()
    head = head[:at] + b"\x01" + b"\xff" * 7 + head[at + width :]  # of unknown size
    for number in range(0, len(packets), 8):
        (ms, _), *_ = some = packets[number : number + 8]
        frames = [frame for _, frame in some]
        sizes = b"".join(
            b"\xff" * (len(frame) // 255) + bytes([len(frame) % 255]) for frame in frames[:-1]
        )
        block = b"\x81\0\0\x82" + bytes([len(frames) - 1]) + sizes + b"".join(frames)
        cluster = b"\xe7\x84" + struct.pack(">I", max(ms, 0)) + b"\xa3" + _vint(len(block)) + block
        head += _CLUSTER + _vint(len(cluster)) + cluster
    path.write_bytes(head)


def _vint(number: int) -> bytes:
    return (number | 0x1000_0000).to_bytes(4)


def junk_behind_mp4(folder: Path, path: Path) -> None:
    path.write_bytes(encoded(folder, "j.m4a", "-ar", 48_000) + b"\0" * 3_000)


def with_steps(data: bytes, step: int, *, table: int = 0, of: int = 0) -> bytes:
    """An MP4 in which packets of a track are said to last ``step`` units.

    ``table``: that of which track, in file order. ``of``: only those that last so many; 0: all.
    """
    changed = bytearray(data)
    at = 0
    for _ in range(table + 1):
        at = changed.index(b"stts", at + 4)
    (entries,) = struct.unpack_from(">I", changed, at + 8)
    for place in range(at + 16, at + 16 + 8 * entries, 8):
        if of in (0, struct.unpack_from(">I", changed, place)[0]):
            struct.pack_into(">I", changed, place, step)
    return bytes(changed)


def recorder_without_clock(folder: Path, path: Path) -> None:
    path.write_bytes(with_steps(encoded(folder, "n.m4a", "-ar", 48_000, "-c:a", "aac"), 1))


def in_pieces(data: bytes, ending: str) -> tuple[bytes, list[bytes]]:
    """(the header, the pieces behind it) of a recording that a browser writes while it is made."""
    mark, before = (_CLUSTER, 0) if ending == ".webm" else (b"moof", 4)
    places = [match.start() - before for match in re.finditer(re.escape(mark), data)]
    pieces = [data[begin:end] for begin, end in pairwise([*places, len(data)])]
    return data[: places[0]], pieces


def swapped(name: str, *options: object) -> Make:
    """A function that swaps pieces of a recording."""

    def make(folder: Path, path: Path) -> None:
        head, pieces = in_pieces(encoded(folder, name, "-ar", 48_000, *options), path.suffix)
        pieces[2], pieces[5] = pieces[5], pieces[2]
        path.write_bytes(head + b"".join(pieces))

    return make


def _mp3(folder: Path) -> bytes:
    return encoded(
        folder, "m.mp3", "-ar", 44_100, "-b:a", "64k", "-write_xing", 0, "-id3v2_version", 0
    )


# Tracks


def empty_track(folder: Path, path: Path) -> None:
    """A video with a second audio track that is empty."""
    _with_empty_track(folder, path, spoken=True)


def only_an_empty_track(folder: Path, path: Path) -> None:
    _with_empty_track(folder, path, spoken=False)


def _with_empty_track(folder: Path, path: Path, *, spoken: bool) -> None:
    form = {".mkv": "matroska", ".mov": "mov"}.get(path.suffix, "mp4")
    options = {} if form == "matroska" else {"movflags": "empty_moov+frag_keyframe"}
    with av.open(str(path), "w", format=form, options=options) as container:
        tracks = [
            container.add_stream("aac", rate=16_000, layout="mono") for _ in range(1 + spoken)
        ]
        for track in tracks:
            track.codec_context.open()
        sound = samples(folder)[None] if spoken else np.zeros((1, 0), np.int16)
        for at in range(0, sound.shape[1], 1_024):
            part = sound[:, at : at + 1_024].astype(np.float32) / 32_768
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, at, Fraction(1, 16_000)
            container.mux(tracks[0].encode(frame))
        if spoken:
            container.mux(tracks[0].encode(None))
        else:
            container.start_encoding()


# Cut off


def cut(name: str, *options: object, share: float = 0.7, picture: bool = False) -> Make:
    """A function that makes a truncated file. ``picture``: of a video."""

    def make(folder: Path, path: Path) -> None:
        film = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=8.35")
        whole = folder / f"whole-{name}"
        ffmpeg(*(film if picture else ()), "-i", folder / "voice.wav", *options, whole)
        data = whole.read_bytes()
        whole.unlink()
        path.write_bytes(data[: int(len(data) * share)])

    return make


_DVD = ("-c:v", "mpeg2video", "-s", "352x288", "-r", 25)
_AAC = ("-ar", 48_000, "-c:a", "aac")
_FAST = "frag_keyframe+empty_moov+default_base_moof"
FRAGMENTS = ("-movflags", _FAST, "-frag_duration", 1_000_000)
FILES: dict[str, Make] = {
    "super audio.dsf": dsf,
    "super audio.dff": dsdiff,
    "DS330001.DSS": dictation,
    "camera1.dav": dahua,
    "corpus.sph": sphere,
    "amiga.wav": big_endian,
    "broadcast wave.wav": wave64_of_broadcasters,
    "receiver.wav": sound_of_a_receiver,
    "many notes.wav": many_notes,
    "large cover.mp3": picture_before_mp3,
    "tags behind.mp3": mp3_with_tags_behind,
    "noise first.mp3": mp3_after_noise,
    "in riff.mp3": mp3_in_riff,
    "two tags.mp3": mp3_with_two_tags,
    "tagged.flac": tagged_flac,
    "segment.aac": segment_of_radio,
    "junk behind.m4a": junk_behind_mp4,
    "chapters.MP4": chapters,
    "no clock.m4a": recorder_without_clock,
    "swapped.webm": swapped("s.webm", "-c:a", "libopus", "-live", 1, "-cluster_time_limit", 1_000),
    "swapped.mp4": swapped("s.mp4", "-c:a", "aac", *FRAGMENTS),
    "segments.ts": segments(),
    "segments.mp4": segments("-hls_segment_type", "fmp4"),
    "type 1.avi": dv_type_1,
    "message.caf": message_of_a_phone,
    "laced.mka": laced,
    "empty second track.mp4": empty_track,
    "empty second track.mov": empty_track,
    "empty second track.mkv": empty_track,
}
CUT: dict[str, Make] = {
    "cut.wav": cut("c.wav"),
    "cut 24 bit.w64": cut("c.w64", "-c:a", "pcm_s24le"),
    "cut.aiff": cut("c.aiff"),
    "cut.au": cut("c.au"),
    "cut.caf": cut("c.caf"),
    "cut.flac": cut("c.flac"),
    "cut.wv": cut("c.wv"),
    "cut.tta": cut("c.tta"),
    "cut.mp3": cut("c.mp3", "-ar", 44_100),
    "cut.ogg": cut("c.ogg", "-c:a", "libopus"),
    "cut.webm": cut("c.webm", "-c:a", "libopus"),
    "cut.mkv": cut("c.mkv", *_AAC, picture=True),
    "cut.avi": cut("c.avi", "-c:v", "mpeg4", picture=True),
    "cut.flv": cut("c.flv", "-ar", 44_100, "-c:a", "aac"),
    "cut.wma": cut("c.wma", "-ar", 44_100, "-b:a", "64k"),
    "cut.mxf": cut(
        "c.mxf", "-c:v", "mpeg2video", "-s", "720x576", "-r", 25, "-ar", 48_000, picture=True
    ),
    "cut.ts": cut("c.ts", *_AAC, picture=True),
    "cut.vob": cut("c.vob", *_DVD, "-ar", 48_000, "-c:a", "ac3", picture=True),
    "cut.amr": cut("c.amr", "-ar", 8_000),
    "cut fragments.mp4": cut("c.mp4", *_AAC, *FRAGMENTS),
    "cut faststart.m4a": cut("c.m4a", *_AAC, "-movflags", "faststart"),
    "cut before its index.m4a": cut("c.m4a", *_AAC),
}
