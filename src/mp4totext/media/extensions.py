"""File extensions and first bytes of recordings. For pickers and lists: the content decides."""

FILE_EXTENSIONS = (
    *("mp4", "m4v", "mov", "mkv", "webm", "avi", "wmv", "flv", "mpg", "mpeg", "ts", "mts", "mxf"),
    *("3gp", "ogv", "mp3", "m4a", "aac", "wav", "flac", "ogg", "oga", "opus", "wma", "aif", "aiff"),
    *("amr", "ac3", "caf", "au", "mka", "m4b", "m4r", "m4s", "qta", "qt", "3g2", "3ga", "3gpp"),
    *("asf", "f4v", "f4a", "divx", "vob", "m2ts", "m2t", "m2v", "tod", "dv", "dav", "gxf", "wtv"),
    *("nut", "swf", "rm", "rmvb", "ra", "mp2", "mpa", "mpga", "weba", "aifc", "snd", "w64", "rf64"),
    *("bwf", "wave", "dss", "dsf", "dff", "dts", "eac3", "ec3", "thd", "mlp", "loas", "latm"),
    *("awb", "gsm", "spx", "voc", "sph", "sox", "qcp", "wv", "tta", "ape", "tak", "shn", "mpc"),
    *("cmfa", "cmfv", "isma", "ismv", "ivf", "amv", "mj2", "oma", "aa3"),
)
HEAD_BYTES = 12

_BEGINNINGS = (
    *(
        b"OggS",
        b"fLaC",
        b"ID3",
        b"caff",
        b"#!AMR",
        b".snd",
        b"\x1a\x45\xdf\xa3",
        b"\x30\x26\xb2\x75",
    ),
    *(b"\xff\xf1", b"\xff\xf9", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),  # AAC and MP3
)
# Of RIFF and FORM files, which may also contain images.
_FORMS = (b"WAVE", b"AVI ", b"AIFF", b"AIFC")
_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx ")


def begins_like_recording(head: bytes) -> bool:
    """Whether a file's first HEAD_BYTES are those of a recording.

    For voice messages, which messengers save under names without an extension.
    """
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURES
    return head[8:12] in _FORMS or head.startswith(_BEGINNINGS)
