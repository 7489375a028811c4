"""Names for downloaded files, safe on every system."""

import re
import unicodedata

from mp4totext.kit import unicode

_LONGEST_BYTES = 180  # file systems allow 255; the rest is for "(1)", ".part" and encryption
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%\x00-\x1f\x7f]+')
_MEDIA = frozenset(
    (
        *("3g2", "3gp", "aac", "ac3", "aif", "aiff", "alac", "amr", "ape", "asf", "au"),
        *("avi", "caf", "dts", "f4v", "flac", "flv", "gsm", "m2ts", "m4a", "m4b", "m4v"),
        *("mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mts", "mxf", "nut"),
        *("oga", "ogg", "ogv", "opus", "ra", "rm", "spx", "ts", "tta", "vob", "voc", "w64"),
        *("wav", "weba", "webm", "wma", "wmv", "wv"),
    )
)
# Windows opens a device for these, whatever the extension.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{n}" for device in ("com", "lpt") for n in "0123456789¹²³"}
)


def without_media_extension(title: str) -> str:
    """The title without the extension of a media file: ``talk`` for ``talk.mp4``.

    The title is the name of the file by default, and players look for ``talk.srt``.
    """
    stem, dot, extension = title.rpartition(".")
    return stem if dot and stem.strip(" .") and extension.lower() in _MEDIA else title


def given_title(title: str, filename: str) -> str:
    """The title that a user gave to a recording; "" if it is only the name of its file."""
    names = {filename, without_media_extension(filename), filename[:255]}
    is_name = title in names or without_media_extension(title) != title or "://" in title
    return "" if is_name else title


def filename(title: str, extension: str) -> str:
    """``title.extension`` without path, control, override or reserved parts; never empty."""
    visible = "".join(
        c for c in unicode.clean(title) if unicodedata.category(c) not in {"Cf", "Co", "Cn"}
    )
    stem = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", visible))
    stem = " ".join(stem.split()).strip(" .-~$")
    if stem.partition(".")[0].strip().lower() in _RESERVED:
        stem = f"_{stem}"
    stem = stem.encode()[:_LONGEST_BYTES].decode(errors="ignore").rstrip(" .") or "transcript"
    return f"{stem}.{extension}" if extension else stem
