"""Recognises encrypted sound, of which a decoder makes noise. Runs in the sandbox.

FFmpeg does not say that a track is encrypted: it passes its packets on, and some of them can be
decoded by chance. A scrambled transport stream (DVB) has no packets of sound for it.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from av.container import InputContainer

from mp4totext.media import heads
from mp4totext.media.errors import EncryptedMedia

# Sample entries of MP4: common encryption and OMA DRM, FairPlay, Audible.
_ENTRIES = (b"enca", b"drms", b"aavd")
_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")  # those that lead to sample entries
_STSD_BYTES = 8  # version, flags and the number of entries, which follow
_TKHD_BYTES = 24  # up to the number of the track
# Objects in the header of WMA and WMV: content encryption, extended and advanced ones.
_ASF_OBJECTS = tuple(
    UUID(name).bytes_le
    for name in (
        "2211b3fb-bd23-11d2-b4b7-00a0c955fc6e",
        "298ae614-2622-4c17-b935-dae07ee9289c",
        "43058533-6981-49e6-9b74-ad12cb86d58c",
    )
)
_HEADER_BYTES = 64 << 10
_MATROSKA, _MATROSKA_KEY = "matroska,webm", "enc_key_id"  # FFmpeg's names
# The Matroska element ContentEncryption, its size, and the first one in it, ContentEncAlgo.
_ENCRYPTIONS = re.compile(rb"\x50\x35.{1,8}?\x47\xe1", re.DOTALL)
_SONY, _SONY_HEAD, _SONY_CLEAR = b"ea3", b"EA3", (b"\xff\xff", b"\xff\x80")
_DICTATION = b"\x03enc"  # DSS Pro of Olympus and Philips with a password
_OMA_FILES = b"ftypodcf"


def error(what: str = "The sound") -> EncryptedMedia:
    return EncryptedMedia(
        f"{what} is encrypted or copy-protected, so it cannot be transcribed. Save it without "
        "protection with the program or account that plays it, or choose another recording."
    )


def encrypted(path: Path, start: int, container: InputContainer) -> set[int]:
    """The indexes of the sound tracks whose header says that they are encrypted."""
    sound = container.streams.audio
    if container.format.name == "asf":
        is_all = any(mark in _header(path, start) for mark in _ASF_OBJECTS)
        return {stream.index for stream in sound if is_all}
    keys = {stream.index for stream in container.streams if _MATROSKA_KEY in stream.metadata}
    if container.format.name == _MATROSKA:
        header = _header(path, start)[: heads.MATROSKA_HEADER_BYTES]
        is_all = len(_ENCRYPTIONS.findall(header)) > len(keys)  # some have no key in the file
        return {stream.index for stream in sound if is_all or stream.index in keys}
    numbers = set(_encrypted_tracks(path, start))
    return {stream.index for stream in sound if stream.id in numbers}


def _header(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(_HEADER_BYTES)


def is_encrypted_file(path: Path) -> bool:
    """Whether a file that FFmpeg cannot open is one of an encrypted kind."""
    head = _header(path, 0)
    if head.startswith(_SONY):
        at = head.find(_SONY_HEAD)
        return at >= 0 and head[at + 6 : at + 8] not in _SONY_CLEAR
    return head.startswith(_DICTATION) or head[4:12] == _OMA_FILES


def _encrypted_tracks(path: Path, start: int) -> Iterator[int]:
    """The numbers of the tracks of an MP4 that have an encrypted sample entry."""
    number = 0
    for kind, begin, end in heads.inner_boxes(path, _BOXES, start):
        if kind == b"tkhd":
            with path.open("rb") as file:
                file.seek(begin)
                content = file.read(_TKHD_BYTES).ljust(_TKHD_BYTES, b"\0")
            (number,) = struct.unpack_from(">I", content, 20 if content[0] else 12)
        elif kind == b"stsd":
            entries = heads.boxes(path, begin + _STSD_BYTES, end)
            if any(entry in _ENTRIES for entry, _, _ in entries):
                yield number
