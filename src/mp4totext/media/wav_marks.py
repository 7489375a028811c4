"""Marks in a WAV file: cue points with labels, which sound editors show. Pure."""

import struct
from collections.abc import Iterator, Sequence

_HEADER = struct.Struct("<4sI")
_POINT = struct.Struct("<II4sIII")
_NUMBER = struct.Struct("<I")

Mark = tuple[int, str]  # milliseconds, label


def marked(wav: bytes, marks: Sequence[Mark], *, rate: int) -> bytes:
    """The file with its marks, which players ignore."""
    points, labels = b"", b""
    for number, (at_ms, label) in enumerate(marks, 1):
        sample = at_ms * rate // 1_000
        points += _POINT.pack(number, sample, b"data", 0, 0, sample)
        labels += _chunk(b"labl", _NUMBER.pack(number) + label.encode() + b"\0")
    body = wav[8:] + _chunk(b"cue ", _NUMBER.pack(len(marks)) + points)
    body += _chunk(b"LIST", b"adtl" + labels)
    return _HEADER.pack(b"RIFF", len(body)) + body


def marks_of(wav: bytes) -> list[Mark]:
    """In order of number; empty where a file has none."""
    rate, samples, labels = 0, {}, {}
    for name, body in _chunks(wav[12:]):
        if name == b"fmt ":
            (rate,) = _NUMBER.unpack_from(body, 4)
        elif name == b"cue ":
            for number, _, _, _, _, sample in _POINT.iter_unpack(body[4:]):
                samples[number] = sample
        elif name == b"LIST" and body.startswith(b"adtl"):
            for _, text in _chunks(body[4:]):
                labels[_NUMBER.unpack_from(text)[0]] = text[4:].rstrip(b"\0").decode()
    return [
        (round(samples[number] * 1_000 / rate), labels[number])
        for number in sorted(samples.keys() & labels.keys())
    ]


def _chunk(name: bytes, body: bytes) -> bytes:
    return _HEADER.pack(name, len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _HEADER.size <= len(data):
        name, size = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        yield name, data[at : at + size]
        at += size + size % 2
