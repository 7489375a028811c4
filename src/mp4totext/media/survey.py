"""Measures every channel of every track over the whole recording, in one pass."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.clipping import flat_samples
from mp4totext.media.decode import AudioReader
from mp4totext.media.samples import PER_MS, SAMPLE_RATE, Channels, Samples
from mp4totext.media.sources import Mix

FRAME = 512  # samples: 32 ms, a frame of voice activity
FRAME_MS = FRAME // PER_MS
_CHUNK_FRAMES = 320
_CHUNK_MS = _CHUNK_FRAMES * FRAME_MS
_LEAD_FRAMES = 31  # a second before each chunk, in which the voice network settles
_FLOOR_DB = -100
_SILENT_DB = -60.0  # a channel this far below the loudest one is silent
_LOUD_DB = 25
_LOUD_VOICE = 150
_COPY_SHARE = 0.1  # share of a channel's energy that may remain when its copy is subtracted
_ECHO_MS = (15, 500)  # microphones in one room get a voice less than 15 ms apart
_ECHO_LIKE = 0.15  # correlation of a channel with its echo, at least
_ECHO_RATE_DIVISOR = 4  # delays are searched for at 4 kHz
_ECHO_CHANNELS_MAX = 4  # only the loudest of a chunk are compared
_LOW_HZ = 40
# Share of a chunk's power below 40 Hz, above which it would distort the measured level.
_LOW_SHARE = 0.02
_CLIPPED = (0.97, 1.3)  # share of full scale: resampling makes waves of clipped peaks
_CLIPPED_SHARE = 1e-3

Levels = NDArray[np.int16]  # (channels, frames) in dBFS; floats may be far above full scale
Voices = NDArray[np.uint8]  # (channels, frames), probability of voice x 200
Voice = Callable[[Samples], NDArray[np.float32]]  # the probability of voice in each 32 ms
Report = Callable[[int], None]  # called with the milliseconds done


@dataclass(frozen=True, slots=True)
class Echo:
    """In one chunk, row ``late`` contains an echo of row ``early``."""

    chunk: int
    early: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One row for each channel of each track, in file order."""

    rows: tuple[tuple[int, int], ...]  # (track, channel) of each row, from 1
    levels: Levels
    voices: Voices  # only where channels differ; 0 elsewhere
    products: NDArray[np.float32]  # (chunks, rows, rows): mean products of their samples
    peaks: Levels  # (channels, frames) in dB of full scale
    clipped: NDArray[np.bool_]
    low: NDArray[np.float64]  # share of each row's power below any voice
    echoes: tuple[Echo, ...]
    warnings: tuple[str, ...]

    @property
    def loudest_db(self) -> float:
        return float(self.levels.max(initial=_FLOOR_DB))

    def chunks(self) -> Iterator[tuple[int, slice]]:
        """The index of each chunk, and its frames."""
        for number in range(len(self.products)):
            start = number * _CHUNK_FRAMES
            yield number, slice(start, min(start + _CHUNK_FRAMES, self.levels.shape[1]))


def survey(reader: AudioReader, voice: Voice, report: Report = lambda _done_ms: None) -> Survey:
    """Decode the whole recording. ``voice`` is called only where channels differ."""
    readable = [track.number for track in reader.structure.tracks if track.readable]
    each = Mix.each_channel(reader.structure, *readable)
    rows = tuple((f.inputs[0].track, f.inputs[0].channel) for f in each.feeds)
    totals = _Totals(len(rows), voice)
    for start_ms in range(0, reader.structure.length_ms, _CHUNK_MS):
        totals.add(reader.read_feeds(start_ms, start_ms + _CHUNK_MS, mix=each))
        report(min(start_ms + _CHUNK_MS, reader.structure.length_ms))
    return totals.survey(rows, tuple(reader.warnings))


class _Totals:
    """Accumulates the measurements chunk by chunk."""

    def __init__(self, rows: int, voice: Voice) -> None:
        self._rows = rows
        self._voice = voice
        self._levels: list[Levels] = []
        self._voices: list[Voices] = []
        self._products: list[NDArray[np.float32]] = []
        self._echoes: list[Echo] = []
        self._peaks: list[Levels] = []
        self._highest = np.zeros(rows)
        self._near_full = np.zeros(rows)  # samples near full scale
        self._flat = np.zeros(rows)  # samples in clipped peaks, at any level
        self._low = np.zeros(rows)  # power below any voice, and total power
        self._all = np.zeros(rows)
        self._loudest_db = float(_FLOOR_DB)
        self._differ = False  # whether any two rows have differed
        self._before: Channels = np.zeros((rows, 0), np.float32)

    def add(self, audio: Channels) -> None:
        audio = np.pad(audio, ((0, 0), (0, -audio.shape[1] % FRAME)))
        magnitudes = np.abs(audio)  # of the original samples, in which clipping is visible
        self._highest = np.maximum(self._highest, magnitudes.max(axis=1, initial=0.0))
        self._near_full += (magnitudes >= _CLIPPED[0]).sum(axis=1)
        self._flat += [flat_samples(row) for row in magnitudes]
        low, power = _low_power(audio)
        self._low += low
        self._all += power
        if np.any(low > _LOW_SHARE * power):
            audio = _high_passed(audio)
        frames = audio.reshape(self._rows, -1, FRAME)
        power = np.einsum("rfs,rfs->rf", frames, frames) / FRAME
        levels = _decibels(np.sqrt(power))
        self._levels.append(levels)
        self._loudest_db = max(self._loudest_db, float(levels.max(initial=_FLOOR_DB)))
        peaks = np.abs(frames).max(axis=2, initial=0.0)
        self._peaks.append(_decibels(peaks))
        products = (audio @ audio.T) / max(audio.shape[1], 1)
        self._products.append(products.astype(np.float32))
        different = self._different(levels, products)
        self._differ = self._differ or len(different) > 1
        voices = np.zeros(levels.shape, np.uint8)
        for row in different:
            if self._differ:
                voices[row] = self._voiced(row, audio[row])
            else:  # the only signal so far: whether it has voice does not matter
                voices[row] = _LOUD_VOICE * (levels[row] > self._loudest_db - _LOUD_DB)
        if len(different) > 1:
            self._look_for_echoes(different, audio, voices)
        self._voices.append(voices)
        self._before = audio[:, -_LEAD_FRAMES * FRAME :]

    def survey(self, rows: tuple[tuple[int, int], ...], warnings: tuple[str, ...]) -> Survey:
        nothing = np.zeros((self._rows, 0), np.int16)
        levels = np.concatenate([nothing, *self._levels], axis=1)
        loud = (levels > self._loudest_db - _LOUD_DB).sum(axis=1) * FRAME
        many = _CLIPPED_SHARE * np.maximum(loud, SAMPLE_RATE)
        at_full_scale = (self._near_full > many) & (self._highest < _CLIPPED[1])
        return Survey(
            rows=rows,
            levels=levels,
            voices=np.concatenate([nothing.astype(np.uint8), *self._voices], axis=1),
            products=np.array(self._products, np.float32).reshape(-1, self._rows, self._rows),
            peaks=np.concatenate([nothing, *self._peaks], axis=1),
            clipped=at_full_scale | (self._flat > many),
            low=self._low / np.maximum(self._all, 1e-20),
            echoes=tuple(self._echoes),
            warnings=warnings,
        )

    def _different(self, levels: Levels, products: NDArray[np.float64]) -> list[int]:
        """Rows that are neither silent nor copies of a louder row, in this chunk."""
        energy = np.diagonal(products)
        different: list[int] = []
        for row in np.argsort(-energy, kind="stable"):
            if levels[row].max(initial=_FLOOR_DB) < max(self._loudest_db + _SILENT_DB, -90.0):
                continue
            like = [products[row, k] ** 2 / (energy[row] * energy[k] + 1e-30) for k in different]
            if not any(share > 1 - _COPY_SHARE for share in like):
                different.append(int(row))
        return different

    def _voiced(self, row: int, samples: Samples) -> Voices:
        before = self._before[row]
        lead = len(before) // FRAME
        probabilities = self._voice(np.concatenate([before, samples]))[lead:]
        return np.asarray(np.clip(probabilities * 200, 0, 200), np.uint8)

    def _look_for_echoes(self, rows: list[int], audio: Channels, voices: Voices) -> None:
        spoken = [row for row in rows if voices[row].max(initial=0) > 100][:_ECHO_CHANNELS_MAX]
        usable = audio.shape[1] - audio.shape[1] % _ECHO_RATE_DIVISOR
        slow = {
            row: audio[row, :usable].reshape(-1, _ECHO_RATE_DIVISOR).mean(axis=1) for row in spoken
        }
        for n, first in enumerate(spoken):
            for second in spoken[n + 1 :]:
                delay_ms = _delay_ms(slow[first], slow[second])
                if delay_ms is not None:
                    pair = (first, second) if delay_ms > 0 else (second, first)
                    self._echoes.append(Echo(len(self._products) - 1, *pair))


def _delay_ms(a: Samples, b: Samples) -> float | None:
    """The delay of ``b`` after ``a`` (negative: before); None if there is no echo."""
    rate_ms = SAMPLE_RATE // _ECHO_RATE_DIVISOR / 1_000
    size = 1 << (len(a) + len(b) - 1).bit_length()
    products = np.fft.irfft(np.conj(np.fft.rfft(a, size)) * np.fft.rfft(b, size), size)
    least, most = (int(ms * rate_ms) for ms in _ECHO_MS)
    later, earlier = products[least : most + 1], products[-most : -least or None]
    quieter = float(min(np.dot(a, a), np.dot(b, b)))
    if quieter <= 0:
        return None
    at_once = float(np.abs(np.concatenate([products[:least], products[-least:]])).max())
    best = max(float(np.abs(later).max()), float(np.abs(earlier).max()))
    scale = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    if best / scale < _ECHO_LIKE or best < at_once:
        return None
    if np.abs(later).max() >= np.abs(earlier).max():
        return (least + int(np.abs(later).argmax())) / rate_ms
    return -(most - int(np.abs(earlier).argmax())) / rate_ms


def _decibels(amplitudes: NDArray[np.floating]) -> Levels:
    return np.asarray(np.rint(20 * np.log10(np.maximum(amplitudes, 1e-5))), np.int16)


def _low_power(audio: Channels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(power below any voice, total power), summed over the samples of each row."""
    step = SAMPLE_RATE // 1_000  # decimates to 1 kHz
    usable = audio.shape[1] - audio.shape[1] % step
    slow = audio[:, :usable].reshape(len(audio), -1, step).mean(axis=2)
    spectrum = np.abs(np.fft.rfft(slow, axis=1)) ** 2
    bins = max(1, _LOW_HZ * slow.shape[1] // 1_000)
    low = (spectrum[:, :1].sum(axis=1) + 2 * spectrum[:, 1:bins].sum(axis=1)) / slow.shape[1]
    power = np.einsum("rs,rs->r", audio, audio, dtype=np.float64)
    return np.asarray(low * step, np.float64), np.asarray(power)


def _high_passed(audio: Channels) -> Channels:
    spectrum = np.fft.rfft(audio, axis=1)
    spectrum[:, : _LOW_HZ * audio.shape[1] // SAMPLE_RATE] = 0
    return np.asarray(np.fft.irfft(spectrum, audio.shape[1], axis=1), np.float32)
