"""Opens a file for FFmpeg so that nothing but this one local file can be read."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Discard

from mp4totext.media.errors import DamagedMedia, EmptyFile, NotMedia

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
)
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(FORMATS),
    "enable_drefs": "0",  # a MOV may point at other files
    "max_streams": "64",
}


def open_media(path: Path) -> InputContainer:
    """The file opened for reading; close it. Raises EmptyFile, NotMedia or DamagedMedia."""
    if path.stat().st_size == 0:
        raise EmptyFile("The file is empty. Upload it again.")
    try:
        # The prefix keeps a name like "concat:..." from being read as a protocol.
        opened: InputContainer = av.open(
            f"file:{path.resolve()}", options=dict(_OPTIONS), metadata_errors="replace"
        )
    except MemoryError:
        raise  # says nothing about the file: the reader's limit was reached
    except (av.error.FFmpegError, ValueError) as e:
        raise _refusal(path) from e
    return opened


def _refusal(path: Path) -> Exception:
    if _was_media(path):
        return DamagedMedia(
            "The file starts like a recording but cannot be read: it was cut off before its index "
            "or is damaged. Export or upload it again."
        )
    return NotMedia(
        "The file is not a recording this service can read. Upload audio or video, "
        "for example MP4, MP3, M4A, WAV, WebM or OGG."
    )


def _was_media(path: Path) -> bool:
    """Whether the first bytes are those of a well-known container."""
    with path.open("rb") as file:
        head = file.read(16)
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"} or head.startswith(
        (
            b"RIFF",
            b"OggS",
            b"fLaC",
            b"\x1a\x45\xdf\xa3",
            b"ID3",
            b"FORM",
            b"caff",
            b"\x30\x26\xb2\x75",
        )
    )


def origin_s(container: InputContainer) -> Fraction:
    """The time stamp that counts as 0: where the file's first track starts, never before 0.

    A sound track that starts later than the picture begins with silence; encoder priming, which has
    negative time stamps, is not part of the recording.
    """
    return Fraction(max(container.start_time or 0, 0), 1_000_000)


def read_only(container: InputContainer, stream: Any) -> None:
    """Let the demuxer skip every other track: pictures are most of a video's bytes."""
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
