"""Finds the recording in a file that begins with something else.

Before it there are zeros, the header of an answer or a form that was stored with it, the blank
lines or the mark of UTF-8 that a script sends before all it sends, or a later piece of a WebM whose
pieces a browser sent in the wrong order.
"""

from pathlib import Path

from mp4totext.media import heads

_STORED_HEADERS = (b"HTTP/1.", b"--", b"Content-")
_BLANKS = b"\xef\xbb\xbf \t\r\n"  # with the byte order mark of UTF-8
_TEXT_BYTES = 4_096
_SEARCH_BYTES = 4 << 20
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"%PDF")  # have other files in them


def first_begin(path: Path) -> int:
    """Where the first recording begins; 0 if there is none, or nothing before it."""
    with path.open("rb") as file:
        data = file.read(_SEARCH_BYTES)
    if data.startswith(_ARCHIVES):
        return 0
    if data.startswith(_STORED_HEADERS):
        begin = data.find(b"\r\n\r\n", 0, _TEXT_BYTES) + 4
    elif begin := heads.begin_after_zeros(path, 0):
        return begin
    elif data[:1] in _BLANKS:
        begin = len(data) - len(data.lstrip(_BLANKS))
    else:
        begin = data.find(heads.EBML)
    return begin if begin > 0 and heads.begins_at(path, begin) else 0


def unread_bytes(path: Path, offset: int) -> int:
    """The number of bytes of a WebM's later piece before its begin at ``offset``."""
    with path.open("rb") as file:
        head = file.read(min(offset, _TEXT_BYTES))
    is_known = heads.id3_bytes(head) or head.startswith(_STORED_HEADERS)
    return 0 if is_known or not any(head) or not head.strip(_BLANKS) else offset
