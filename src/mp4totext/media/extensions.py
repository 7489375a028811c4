"""What looks like a recording: for pickers and lists only, what is in a file decides."""

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
_FORMS = (b"WAVE", b"AVI ", b"AIFF", b"AIFC")  # of RIFF and FORM, which hold pictures as well
_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx ")


def begins_like_recording(head: bytes) -> bool:
    """``head``: the first HEAD_BYTES. Messengers save voice messages under names without a type."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURES
    return head[8:12] in _FORMS or head.startswith(_BEGINNINGS)
