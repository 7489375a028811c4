"""Opens a file for FFmpeg so that it cannot read any other file. Runs in the sandbox.

PyAV raises an error that is both an FFmpegError and a MemoryError when FFmpeg runs out of memory.
That says nothing about the file, so code that catches FFmpegError must let MemoryError pass first.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Discard

from mp4totext.media import encryption
from mp4totext.media.errors import DamagedMedia, EmptyFile, NotMedia
from mp4totext.media.pieces import Pieces, Range
from mp4totext.media.structure import Part, RawSound

# FFmpeg refuses any other format before it reads the header, so before a playlist, a concat list
# or a session description could name a second file or an address. Raw formats that match any
# bytes, pictures and subtitles are left out as well.
FORMATS = (
    *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "asf", "flv", "kux"),
    *("mpegts", "mpeg", "mpegvideo", "mxf", "nut", "dv", "rm", "ivf", "swf", "wtv", "nsv", "amv"),
    *("wav", "w64", "aiff", "au", "caf", "flac", "ogg", "mp3", "aac", "loas", "ac3", "eac3"),
    *("dts", "dtshd", "truehd", "mlp", "amr", "amrnb", "amrwb", "ape", "wv", "tta", "tak", "shn"),
    *("mpc", "mpc8", "gsm", "voc", "qcp", "oma", "dsf", "iff", "sox", "nistsphere", "ircam", "spx"),
    *("xwma", "3dostr", "pvf", "act", "aa", "aax", "smjpeg", "gxf", "f4v", "h264", "hevc", "m4v"),
    *("dss", "dhav"),  # dictation machines, surveillance cameras
)
_OPTIONS = {
    "protocol_whitelist": "file",
    "enable_drefs": "0",  # a MOV may refer to other files
    "max_streams": "1000",
}
STREAMS_MAX = 64  # no recorder writes more sound tracks; a file with thousands is an attack


def open_media(
    path: Path,
    *,
    offset: int = 0,
    end: int = 0,
    raw: RawSound | None = None,
    past_header: bool = False,
    pieces: Sequence[Range] = (),
) -> InputContainer:
    """Open the file for reading, from the byte ``offset`` to ``end`` (0: the end of the file).

    ``past_header``: of a WAV, to the end of the file instead of the length that its header gives;
    of an MP4, all of it instead of what its edit list shows.
    ``pieces``: read these, one after the other.
    Raises EmptyFile, NotMedia, EncryptedMedia or DamagedMedia.
    """
    if path.stat().st_size == 0:
        raise EmptyFile("The file is empty. Choose another.")
    # Without the prefix a name such as "concat:..." would be read as a protocol.
    url = f"file:{path.resolve()}"
    options = _OPTIONS | {"format_whitelist": ",".join(FORMATS)}
    if offset or end:
        url = f"subfile,,start,{offset},end,{end},,:{url}"
        options["protocol_whitelist"] = "file,subfile"
    if past_header:
        options |= {"ignore_length": "1", "advanced_editlist": "0"}
    if raw is not None:
        layout = _BY_COUNT.get(raw.channels, f"{raw.channels}C")
        options |= {"sample_rate": str(raw.sample_rate), "ch_layout": layout}
        options["format_whitelist"] = raw.format
    try:
        opened: InputContainer = av.open(
            Pieces(path, pieces) if pieces else url,
            format=raw and raw.format,
            options=options,
            metadata_errors="replace",
        )
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError) as e:
        raise _refusal(path) from e
    return opened


def open_part(path: Path, part: Part) -> InputContainer:
    """Open a part of a file as it was measured: whatever reads a recording reads the same."""
    return open_media(
        path,
        offset=part.offset,
        end=part.end,
        raw=part.raw,
        past_header=part.past_header,
        pieces=part.pieces,
    )


def _refusal(path: Path) -> Exception:
    if encryption.is_encrypted_file(path):
        return encryption.error("The file")
    if _was_media(path):
        return DamagedMedia(
            "The file starts like a recording but cannot be read: it was cut off before its index "
            "or is damaged. Export or copy it again."
        )
    return NotMedia(
        "The file is not a recording that can be read here. Choose audio or video, "
        "for example MP4, MP3, M4A, WAV, WebM or OGG."
    )


def _was_media(path: Path) -> bool:
    """Whether the first bytes are those of a common container."""
    with path.open("rb") as file:
        head = file.read(16)
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"} or head.startswith(
        (
            b"RIFF",
            b"RIFX",
            b"OggS",
            b"fLaC",
            b"\x1a\x45\xdf\xa3",
            b"ID3",
            b"FORM",
            b"caff",
            b"\x30\x26\xb2\x75",
        )
    )


_STANDARD = (
    *("mono", "stereo", "2.1", "3.0", "3.0(back)", "4.0", "quad", "quad(side)", "3.1", "5.0"),
    *("5.0(side)", "4.1", "5.1", "5.1(side)", "6.0", "6.0(front)", "6.1", "6.1(back)", "7.0"),
    *("7.1", "7.1(wide)", "7.1(wide-side)", "octagonal", "hexadecagonal", "downmix"),
)
_BY_POSITIONS = {
    tuple(channel.name for channel in av.AudioLayout(name).channels): name for name in _STANDARD
}


_BY_COUNT = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def positions_of(context: Any) -> tuple[str, ...]:
    """The declared position of each channel, such as "FL"; "" where none is declared.

    Call it before the first decode. PyAV frees the list of a non-standard channel order each time
    it is read, also with each frame. Therefore such an order is removed from the decoder here, and
    channels without positions get standard ones: FFmpeg's filters skip a channel without a
    position.
    """
    positions = tuple(channel.name for channel in context.layout.channels)
    count = max(len(positions), 1)
    standard = _BY_POSITIONS.get(positions) or _BY_COUNT.get(count)
    context.layout = standard or f"{count} channels"
    return tuple("" if name == "NONE" else name for name in positions)


def packets_of(container: InputContainer, streams: Collection[Any]) -> Iterator[Any]:
    """The packets of these streams. Others may begin in the middle of an FLV.

    PyAV does not know those, and fails once for each.
    """
    for _ in range(STREAMS_MAX):
        with suppress(IndexError):
            yield from container.demux(*streams)
            return


def packets_until_damage(container: InputContainer, stream: Any) -> Iterator[Any]:
    """The walk that measured the file ended at the same packet, and reported why."""
    try:
        yield from packets_of(container, [stream])
    except MemoryError:
        raise
    except av.error.FFmpegError:
        return


def read_only(container: InputContainer, streams: Collection[Any]) -> None:
    """Let the demuxer skip all other tracks: the video track has most of a file's bytes."""
    wanted = {stream.index for stream in streams}
    for other in container.streams:
        if other.index not in wanted:
            other.discard = Discard.all
