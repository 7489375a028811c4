"""Music in a video: repeated or cut to its length, and quieter while somebody speaks."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from mp4totext.kit.storage import ObjectMissing, Storage
from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.sources import Mix
from mp4totext.media.stereo import LISTENING_RATE, stereo_mix
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.videos import files
from mp4totext.videos.errors import NoRecording
from mp4totext.videos.sound.dubbing import Levels, Span
from mp4totext.videos.storyboard import Music

_FADE_IN_MS, _FADE_OUT_MS = 50, 2_000  # of each repetition, and of the end of the video
_SAMPLED_WINDOWS, _WINDOW_MS = 30, 1_000  # enough to measure how loud a piece is
_SILENT = 1e-4  # a root mean square


def fetched(storage: Storage, music: RecordingRef, workdir: Path, *, video_id: str) -> Path:
    """Raises NoRecording: it was deleted, and not kept for the video."""
    for key in (music.media_key, files.kept_music_key(video_id)):
        with suppress(ObjectMissing):
            return storage.fetch(key, workdir / "music")
    raise NoRecording("The recording with the music was deleted. Choose another.")


def mixed(
    pieces: Iterator[Floats],
    player: AudioReader,
    music: Music,
    *,
    spans: Iterable[Span],
    speech: float,
    length_ms: int,
) -> Iterator[Floats]:
    """``pieces`` are consecutive stereo blocks of the video, each of whole milliseconds.

    ``spans``: when somebody speaks. ``speech``: the root mean square of speech, to which the
    levels of the music relate.
    """
    mix = stereo_mix(player.structure, ())
    loud = _loudness(player, mix, length_ms)
    levels = Levels(spans, alone_db=music.alone_db, under_db=music.under_speech_db)
    factor = np.float32(speech / loud if loud > _SILENT else 0.0)
    at_ms = 0
    for piece in pieces:
        count = piece.shape[1]
        end_ms = at_ms + count * 1_000 // LISTENING_RATE
        gains = factor * levels.gains(at_ms, count, rate=LISTENING_RATE)
        gains *= _faded(at_ms, count, length_ms, fade_in=False)
        yield piece + gains * _repeated(player, mix, at_ms, end_ms)
        at_ms = end_ms


def _repeated(player: AudioReader, mix: Mix, from_ms: int, to_ms: int) -> Floats:
    """A stretch of the music played in a loop; each repetition fades out."""
    piece_ms = player.structure.length_ms
    result = np.zeros((2, (to_ms - from_ms) * LISTENING_RATE // 1_000), np.float32)
    at_ms = from_ms
    while at_ms < to_ms and piece_ms > 0:
        start_ms = at_ms % piece_ms
        end_ms = min(piece_ms, start_ms + to_ms - at_ms)
        part = player.read_feeds(start_ms, end_ms, mix=mix, rate=LISTENING_RATE)
        first = (at_ms - from_ms) * LISTENING_RATE // 1_000
        count = part.shape[1]
        result[:, first : first + count] = part * _faded(start_ms, count, piece_ms)
        at_ms += end_ms - start_ms
    return result


def _faded(at_ms: int, count: int, length_ms: int, *, fade_in: bool = True) -> Floats:
    """One factor for each sample of a stretch of a sound of ``length_ms``."""
    times = at_ms + np.arange(count) * (1_000 / LISTENING_RATE)
    out_ms = min(_FADE_OUT_MS, length_ms // 4)
    factors = np.clip((length_ms - times) / max(1, out_ms), 0.0, 1.0)
    if fade_in:
        factors = np.minimum(factors, times / _FADE_IN_MS)
    return factors.astype(np.float32)


def _loudness(player: AudioReader, mix: Mix, length_ms: int) -> float:
    """The root mean square of the part of the music that is played."""
    played_ms = min(length_ms, player.structure.length_ms)
    step_ms = max(_WINDOW_MS, played_ms // _SAMPLED_WINDOWS)
    squares = [
        np.square(player.read_feeds(at_ms, at_ms + _WINDOW_MS, mix=mix)).mean(axis=0)
        for at_ms in range(0, played_ms, step_ms)
    ]
    samples = np.concatenate(squares) if squares else np.zeros(1, np.float32)
    return float(np.sqrt(samples.mean())) if len(samples) else 0.0
