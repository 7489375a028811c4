"""The sound of a video: the recording or silence, voices and music; and its waveform."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.stereo import LISTENING_RATE, stereo_mix
from mp4totext.transcript import Transcript
from mp4totext.videos import encoding, translations
from mp4totext.videos.sound import music
from mp4totext.videos.sound.dubbing import Span
from mp4totext.videos.sound.voice_over import VoiceOver, rms, speech_loudness
from mp4totext.videos.storyboard import Storyboard


def blocks(
    reader: AudioReader,
    board: Storyboard,
    spoken: Transcript,
    voice_over: VoiceOver | None,
    *,
    music_file: Path | None,
) -> Iterator[Floats]:
    """Consecutive stereo blocks. ``spoken``: the words in the range, timed from its start."""
    mix = stereo_mix(reader.structure, spoken.sources)
    from_ms, to_ms = board.from_ms, board.to_ms
    if board.sound.has_recording:
        pieces = encoding.sound_of(reader, mix, from_ms=from_ms, to_ms=to_ms)
    else:
        pieces = encoding.silence_of(from_ms=from_ms, to_ms=to_ms)
    if voice_over is not None:
        pieces = voice_over.mixed(pieces, reader, mix, from_ms=from_ms)
    if board.sound.music is None or music_file is None:
        yield from pieces
        return
    lines = translations.as_said(spoken).lines
    with AudioReader(music_file) as player:
        yield from music.mixed(
            pieces,
            player,
            board.sound.music,
            spans=_spoken_spans(board, spoken, voice_over),
            speech=speech_loudness(reader, mix, lines, from_ms=from_ms),
            length_ms=board.length_ms,
        )


def loudness_of_bars(
    reader: AudioReader,
    board: Storyboard,
    spoken: Transcript,
    voice_over: VoiceOver | None,
    *,
    bar_ms: int,
) -> Iterator[float]:
    """The root mean square of what is heard for each bar of a wave, without music."""
    if voice_over is None:
        mix = stereo_mix(reader.structure, spoken.sources)
        from_ms, to_ms = board.from_ms, board.to_ms
        yield from encoding.loudness_of_bars(
            reader, mix, from_ms=from_ms, to_ms=to_ms, bar_ms=bar_ms
        )
        return
    size = bar_ms * LISTENING_RATE // 1_000
    left = np.zeros(0, np.float32)
    for piece in blocks(reader, board, spoken, voice_over, music_file=None):
        left = np.concatenate([left, piece.mean(axis=0)])
        while len(left) >= size:
            yield rms(left[:size])
            left = left[size:]
    if len(left):
        yield rms(left)


def _spoken_spans(
    board: Storyboard, spoken: Transcript, voice_over: VoiceOver | None
) -> list[Span]:
    """When somebody is heard speaking."""
    spans = [] if voice_over is None else voice_over.spans()
    if board.sound.has_recording:
        for segment in spoken.segments:
            spans += [(each.start_ms, each.end_ms) for each in segment.words or (segment,)]
    return spans
