"""Decodes the name of an uploaded file in the encodings that browsers and other clients use."""

import re
import sys
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote_to_bytes

# filename*=, filename*0=, filename*0*= and so on; a value is quoted, or ends at a semicolon. A
# plain name is matched, too, as it may contain the same letters.
_EXTENDED = re.compile(
    r';\s*filename\s*=\s*"(?:[^"\\]|\\.)*"|'
    r';\s*filename\*(?P<part>\d{1,2})?(?P<coded>\*)?\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^;]*))',
    re.IGNORECASE,
)
_QUOTED = r'"(?:[^"\\]|\\.)*"(?=\s*(?:;|$))'
_PARAMETER = re.compile(rf";\s*(?P<name>[^=;\s]+)\s*=\s*(?:(?P<quoted>{_QUOTED})|(?P<bare>[^;]*))")
_PERCENT_ENCODED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})+")
_CHARACTER = re.compile(r"&#(\d{3,7});")
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*\?=", re.IGNORECASE)


def header_text(value: str) -> str:
    """Decode a header read as Latin-1: browsers write UTF-8, old programs Windows-1252."""
    raw = value.encode("latin-1")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def part_filename(disposition: str, plain: str | None) -> str | None:
    """The file's name; None for a part without a file.

    ``disposition``: the header of the part. ``plain``: its parameter ``filename``, if any.
    ``filename*`` has precedence (RFC 8187, also numbered parts of RFC 2231: .NET, Python). A name
    of encoded words (RFC 2047: .NET), or of percent-encoded letters that are not ASCII (web views
    of apps), is decoded, and so are letters that the encoding of a page lacks (browsers: &#351;).
    What cannot be decoded is left as it is. A name without the quotes that it needs is whole, too.
    """
    extended = _extended(disposition)
    if extended or plain is None:
        return extended
    plain = _unquoted(disposition) or plain
    words = plain.split()
    if not words or not all(_ENCODED_WORD.fullmatch(word) for word in words):
        return _CHARACTER.sub(_character, _percent_decoded(plain))
    try:
        return str(make_header(decode_header(plain)))
    except (HeaderParseError, LookupError, ValueError):
        return plain


def _unquoted(disposition: str) -> str:
    """A name that parsers end too early: without quotes, or with some inside; else empty."""
    for parameter in _PARAMETER.finditer(disposition):
        if parameter["name"].lower() == "filename":
            bare = (parameter["bare"] or "").strip()
            return bare[1:].removesuffix('"') if bare.startswith('"') else bare
    return ""


def _character(reference: re.Match[str]) -> str:
    number = int(reference[1])
    is_letter = 127 < number <= sys.maxunicode and not 0xD800 <= number < 0xE000
    return chr(number) if is_letter else reference[0]


def _percent_decoded(name: str) -> str:
    """The name without its encoding; as it is where "%41" may be just that."""
    if not name.isascii() or not _PERCENT_ENCODED.fullmatch(name):
        return name
    try:
        decoded = unquote_to_bytes(name).decode()
    except UnicodeDecodeError:
        return name
    return name if decoded.isascii() else decoded


def _extended(disposition: str) -> str | None:
    pieces = {}
    for match in _EXTENDED.finditer(disposition):
        if match["quoted"] is None and match["bare"] is None:
            continue  # a plain name
        value = match["bare"].strip() if match["quoted"] is None else match["quoted"]
        coded = match["part"] is None or match["coded"] is not None
        pieces[int(match["part"] or 0)] = (value, coded)
    if 0 not in pieces:
        return None
    charset, raw = "utf-8", b""
    for number in range(len(pieces)):
        if number not in pieces:
            break
        value, coded = pieces[number]
        if number == 0 and coded and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw += unquote_to_bytes(value) if coded else value.encode()
    try:
        return raw.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return None
