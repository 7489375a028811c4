"""The header of a form's part with a file, as clients write it, and the name that is meant."""

from tests.support.media_files import chirps
from tests.support.odd_bytes import pcm_format, riff

_UTF_8 = "Gespräch.wav".encode()
_WORD = b"=?utf-8?B?R2VzcHLDpGNoLndhdg==?="

# What follows 'form-data; name="file"', and the name.
WRITTEN: dict[str, tuple[bytes, str]] = {
    "browser, requests, okhttp": (b'; filename="' + _UTF_8 + b'"', "Gespräch.wav"),
    "browser, page in Latin-1": (
        b'; filename="' + "Gespräch.wav".encode("cp1252") + b'"',
        "Gespräch.wav",
    ),
    "browser, letter that the page lacks": (b'; filename="konu&#351;ma.wav"', "konuşma.wav"),
    "browser, curl, quotes": (b'; filename="a %22b%22.wav"', 'a "b".wav'),
    "curl of old, quotes": (b'; filename="a \\"b\\".wav"', 'a "b".wav'),
    "go, backslash": (b'; filename="a \\"b\\" \\\\ c.wav"', "c.wav"),
    "old windows, whole path": (b'; filename="C:\\Users\\Ann\\talk.wav"', "talk.wav"),
    "share of windows": (b'; filename="\\\\server\\share\\talk.wav"', "talk.wav"),
    "node, folders": (b'; filename="../talks/of/talk.wav"', "talk.wav"),
    "urllib3 of old": (b"; filename*=utf-8''Gespr%C3%A4ch.wav", "Gespräch.wav"),
    "aiohttp": (
        b"; filename=\"Gespr%C3%A4ch.wav\"; filename*=utf-8''Gespr%C3%A4ch.wav",
        "Gespräch.wav",
    ),
    ".net": (b'; filename="' + _WORD + b"\"; filename*=utf-8''Gespr%C3%A4ch.wav", "Gespräch.wav"),
    ".net, plain": (b"; filename=talk.wav", "talk.wav"),
    ".net, words only": (b'; filename="' + _WORD + b'"', "Gespräch.wav"),
    "java mail": (b'; filename="=?UTF-8?Q?Gespr=C3=A4ch_eins.wav?="', "Gespräch eins.wav"),
    "java mail, two lines": (
        b'; filename="=?UTF-8?Q?Gespr=C3=A4ch?=\r\n =?UTF-8?Q?_eins.wav?="',
        "Gespräch eins.wav",
    ),
    "python email": (
        b"; filename*0*=utf-8''Gespr%C3%A4;\r\n filename*1*=ch.wav",
        "Gespräch.wav",
    ),
    "charset of China": (b"; filename*=GBK''%BB%E1%D2%E9.wav", "会议.wav"),
    "charset of Japan": (b"; filename*=Shift_JIS''%89%EF%8Bc.wav", "会議.wav"),
    "charset of old Europe": (b"; filename*=iso-8859-1'de'Gespr%E4ch.wav", "Gespräch.wav"),
    "charset that nobody knows": (b"; filename=\"talk.wav\"; filename*=klingon''x", "talk.wav"),
    "semicolon": (b'; filename="a; b=c.wav"', "a; b=c.wav"),
    "a name like a parameter": (
        b"; filename=\"a; filename*=utf-8''x.wav\"",
        "a; filename*=utf-8''x.wav",
    ),
    "percent signs": (b'; filename="100%25 true.wav"', "100%25 true.wav"),
    "encoded percent sign": (b"; filename*=utf-8''100%25.wav", "100%.wav"),
    "web view": (b'; filename="Gespr%C3%A4ch%20%231.wav"', "Gespräch #1.wav"),
    "letters and accents apart": (
        b'; filename="' + "Gespra\u0308ch.wav".encode() + b'"',
        "Gespräch.wav",
    ),
    "other scripts": (b'; filename="' + "会议 مقابلة 🎙️.m4a".encode() + b'"', "会议 مقابلة 🎙️.m4a"),
    "spaces, no quotes": (b"; filename=my long talk.wav", "my long talk.wav"),
    "letters, no quotes": (b"; filename=" + _UTF_8 + b"; x=y", "Gespräch.wav"),
    "quotes that end nothing": (b'; filename="my "long" talk.wav"', 'my "long" talk.wav'),
    "capitals and spaces": (b'; FileName = "talk.wav"', "talk.wav"),
    "empty": (b'; filename=""', "recording"),
    "none": (b"", "recording"),
}
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def form(written: bytes, *fields: tuple[str, str]) -> bytes:
    """A form with a short recording and text fields."""
    sound = (chirps(0.2, 16_000)[0] * 32_767).astype("<i2").tobytes()
    texts = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY.encode(), name.encode(), value.encode())
        for name, value in fields
    )
    head = (
        b'--%s\r\nContent-Disposition: form-data; name="file"%s\r\nContent-Type: audio/wav\r\n\r\n'
    )
    wav = riff(b"WAVE", pcm_format(), (b"data", sound))
    return texts + head % (BOUNDARY.encode(), written) + wav + b"\r\n--%s--\r\n" % BOUNDARY.encode()
