"""CTM and STM, the files of NIST's scoring tools: words with times, and segments by speaker."""

from mp4totext.exports.options import ExportOptions
from mp4totext.exports.rttm import field, recording
from mp4totext.exports.tiers import words_of
from mp4totext.kit import unicode
from mp4totext.kit.timecode import seconds
from mp4totext.transcript import Transcript

_BRACKETS = str.maketrans("{}", "[]")  # in STM, braces enclose alternatives: { one / another }


def ctm(transcript: Transcript, options: ExportOptions) -> bytes:
    """CTM: a line ``recording channel start length word confidence`` for each word, in seconds.

    The tools require the words in order of time, also if speakers overlap.
    """
    name = recording(options)
    rows = []
    words = (word for segment in transcript.segments for word in words_of(segment))
    for word in sorted(words, key=lambda word: word.start_ms):
        text = unicode.clean(word.text)
        sure = "" if word.confidence is None else f" {word.confidence:.3f}"
        if text:
            length = seconds(max(0, word.end_ms - word.start_ms))
            rows.append(f"{name} 1 {seconds(word.start_ms)} {length} {field(text)}{sure}\n")
    return "".join(rows).encode()


def stm(transcript: Transcript, options: ExportOptions) -> bytes:
    """STM: a line ``recording channel speaker start end <label> text`` per segment, in seconds."""
    name = recording(options)
    rows = []
    for segment in transcript.segments:
        text = unicode.clean(segment.text).translate(_BRACKETS)
        speaker = field(segment.speaker or "unknown")
        times = f"{seconds(segment.start_ms)} {seconds(segment.end_ms)}"
        # A text that begins with "<" would be read as the label, so there always is one.
        rows.append(f"{name} 1 {speaker} {times} <NA> {text}\n" if text else "")
    return "".join(rows).encode()
