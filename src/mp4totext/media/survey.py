"""What every channel of every track is like over the whole recording, from one pass through it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.clipping import flat_samples
from mp4totext.media.decode import AudioReader
from mp4totext.media.samples import PER_MS, SAMPLE_RATE, Channels, Samples
from mp4totext.media.sources import Mix

FRAME = 512  # samples: 32 ms, what voice activity looks at
FRAME_MS = FRAME // PER_MS
_CHUNK_FRAMES = 320
_CHUNK_MS = _CHUNK_FRAMES * FRAME_MS
_LEAD_FRAMES = 31  # a second of what came before, for the voice network to settle
_FLOOR_DB = -100
_SILENT_DB = -60.0  # this much below the loudest channel of the file there is nothing
_LOUD_DB = 25
_LOUD_VOICE = 150
_COPY_SHARE = 0.1  # of a channel's energy: less is left when another channel is taken away
_ECHO_MS = (15, 500)  # microphones in one room hear a voice less than 15 ms apart
_ECHO_LIKE = 0.15  # how like the other channel's sound an echo is, 0 to 1
_ECHO_RATE_DIVISOR = 4  # delays are looked for at 4 kHz
_ECHO_CHANNELS_MAX = 4  # the loudest of a chunk
_LOW_HZ = 40
_LOW_SHARE = 0.02  # of the power of a chunk: more below 40 Hz would count as level
_CLIPPED = (0.97, 1.3)  # resampling makes waves of what was cut off at full scale
_CLIPPED_SHARE = 1e-3

Levels = NDArray[np.int16]  # (channels, frames) in dB of full scale; floats may be far above
Voices = NDArray[np.uint8]  # (channels, frames), 0 to 200
Voice = Callable[[Samples], NDArray[np.float32]]  # probability of each 32 ms
Tell = Callable[[int], None]  # milliseconds done


@dataclass(frozen=True, slots=True)
class Echo:
    """In one chunk, what is heard in ``late`` was heard in ``early`` before. Numbers of rows."""

    chunk: int
    early: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One row for each channel of each track, in the order of the file."""

    rows: tuple[tuple[int, int], ...]  # (track, channel), from 1
    levels: Levels
    voices: Voices  # only where channels differ; 0 elsewhere
    products: NDArray[np.float32]  # (chunks, rows, rows): mean products of samples
    peaks: Levels  # (channels, frames) in dB of full scale
    clipped: NDArray[np.bool_]
    low: NDArray[np.float64]  # share of each row's power that lies below any voice
    echoes: tuple[Echo, ...]
    warnings: tuple[str, ...]

    @property
    def loudest_db(self) -> float:
        return float(self.levels.max(initial=_FLOOR_DB))

    def chunks(self) -> Iterator[tuple[int, slice]]:
        """(number, its frames)."""
        for number in range(len(self.products)):
            start = number * _CHUNK_FRAMES
            yield number, slice(start, min(start + _CHUNK_FRAMES, self.levels.shape[1]))


def survey(reader: AudioReader, voice: Voice, tell: Tell = lambda _done_ms: None) -> Survey:
    """Decodes all of the recording. ``voice`` is asked only where channels differ."""
    readable = [track.number for track in reader.structure.tracks if track.readable]
    each = Mix.each_channel(reader.structure, *readable)
    rows = tuple((f.inputs[0].track, f.inputs[0].channel) for f in each.feeds)
    totals = _Totals(len(rows), voice)
    for start_ms in range(0, reader.structure.length_ms, _CHUNK_MS):
        totals.add(reader.read_feeds(start_ms, start_ms + _CHUNK_MS, mix=each))
        tell(min(start_ms + _CHUNK_MS, reader.structure.length_ms))
    return totals.survey(rows, tuple(reader.warnings))


class _Totals:
    """Adds up chunk after chunk."""

    def __init__(self, rows: int, voice: Voice) -> None:
        self._rows = rows
        self._voice = voice
        self._levels: list[Levels] = []
        self._voices: list[Voices] = []
        self._products: list[NDArray[np.float32]] = []
        self._echoes: list[Echo] = []
        self._peaks: list[Levels] = []
        self._highest = np.zeros(rows)
        self._near_full = np.zeros(rows)  # samples
        self._flat = np.zeros(rows)  # samples in tops that were cut off, at any level
        self._low = np.zeros(rows)  # power below any voice, and all power
        self._all = np.zeros(rows)
        self._loudest_db = float(_FLOOR_DB)
        self._differ = False  # whether any two rows ever did
        self._before: Channels = np.zeros((rows, 0), np.float32)

    def add(self, audio: Channels) -> None:
        audio = np.pad(audio, ((0, 0), (0, -audio.shape[1] % FRAME)))
        magnitudes = np.abs(audio)  # clipping is looked for before anything is changed
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
            else:  # it is the only one, so far: nobody needs to know whether it is a voice
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
        """Rows that are no silence and no copy of a louder row, in this chunk."""
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
    """How much later ``b`` has what ``a`` has (negative: earlier); None when it is no echo."""
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
    """(below any voice, in all), summed over the samples of each row."""
    step = SAMPLE_RATE // 1_000  # to 1 kHz
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
