"""Removes from each channel what others also contain: echoes, and crosstalk at a table. Pure.

An echo is what a loudspeaker repeats: the microphone beside it picks it up 15 to 500 ms later,
nearly as loud as the voice. Crosstalk is the voice of another person at the table: it arrives at
once, and quieter. The other channel is fitted to this one in short-time spectra, robustly, so that
speech over it does not distort the fit, and subtracted; the remainder is muted where nobody else
speaks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mp4totext.media.samples import PER_MS, SAMPLE_RATE, Channels, Samples

_SIZE, _HOP = 1_024, 256  # 64 ms, every 16 ms
_WINDOW = np.sqrt(np.hanning(_SIZE + 1)[:-1]).astype(np.float32)
_GROUP = 16  # frames that share a fit: a quarter of a second
_GROUPS = 5  # groups before and after that a fit also uses
_BLOCK_S, _CONTEXT_S = 20, 2
_DELAY_MS = (15, 500)
_PIECE_S = 2  # length of a piece in which a delay is searched for
_DECIMATION = 4  # a coarse delay is searched for at 4 kHz
_DRIFT_STEPS = 20  # samples at 4 kHz: 5 ms, by which a clock may drift within a block
_ECHO_CORRELATION_MIN = 0.25  # of a piece with its echo; that of two voices is 0.1 to 0.2
_VOTES_MIN = 0.7  # sum of correlations: two pieces, or one that is only echo
_DELAY_TOLERANCE = 20 * PER_MS  # how far the delay of a piece may be from that of the block
_DRIFT_PIECES_MIN = 4  # pieces with the same drift
_DRIFT_MAX = 1e-3  # clocks of cheap devices differ by up to 500 ppm
_ECHOES_MAX = 3  # of one side of a call in the other; the search takes too long of more channels
_OVERSAMPLING = 4  # when a drifting source is shifted
_FITS = 3
_EXPLAINED_SHARE = 0.1  # of a frame's power that is left where an echo was nearly all of it
# An echo is at most this much louder than its source; a weaker remainder would fit anything.
_ECHO_GAIN_MAX = 4.0
_CROSSTALK_RATIO = 2.0  # crosstalk counts if its source is this much louder than this channel
_OVERSUBTRACTION = 4.0  # the remainder of a leak is underestimated, so it is multiplied by this
_GAIN_MIN = 0.03
_GATE_SHARE = 0.02  # of the leak's power: a frame with less remaining power has no voice
_GATE_FRAMES = 9

_FRAME = 32 * PER_MS
_LEAK_DB = 10  # the remainder of a voice is this much quieter; other people's voices are closer
_NO_VOICE_DB = -35  # below the loudest half second of voice
_QUIET_VOICE_DB = 6  # a quiet voice is louder in its own channel by more
_FLOOR_PERCENT, _ABOVE_FLOOR_DB = 10, 10  # frames that are only noise
_LEAK_FRAMES = 13  # 0.4 s: a word spoken by this person is louder in at least one of them
# Correlation of half a second with another channel; that of 588 pairs of voices is up to 0.24.
_COPY_CORRELATION_MIN = 0.3
_SMOOTHING_FRAMES = 2  # frames before and after: the remainder of a voice fluctuates
_EDGE_FRAMES = 3  # kept around speech, for soft sounds at its ends

_Number = TypeVar("_Number", np.float32, np.complex64)
Spectra = NDArray[np.complex64]  # (frequencies, frames)
Power = NDArray[np.float32]


def separated(feeds: Channels) -> Channels:
    """The channels (feeds, samples), each with its own voice only."""
    if len(feeds) < 2 or not feeds.any():
        return feeds
    size, around = _BLOCK_S * SAMPLE_RATE, _CONTEXT_S * SAMPLE_RATE
    out = np.zeros_like(feeds)
    for start in range(0, feeds.shape[1], size):
        low = max(0, start - around)
        block = _separated_block(feeds[:, low : start + size + around])
        part = block[:, start - low :][:, :size]
        out[:, start : start + part.shape[1]] = part
    return out


def muted(clean: Channels, feeds: Channels, voices_db: Sequence[float]) -> Channels:
    """``clean``, muted where it has only the remainder of other voices.

    An engine recognises words even in the faintest remainder of a voice. ``clean`` was separated
    from ``feeds``; ``voices_db`` has ``Feed.voice_db`` of each.
    """
    if len(feeds) < 2 or feeds.shape[1] < _FRAME:
        return clean
    own_db = np.array(voices_db)[:, None]
    before, after = _frame_levels(feeds) - own_db, _frame_levels(clean) - own_db
    no_voice = before.max(axis=0) < _NO_VOICE_DB
    out = clean.copy()
    for n in range(len(feeds)):
        others_before = np.delete(before, n, axis=0).max(axis=0)
        others_after = np.delete(after, n, axis=0).max(axis=0)
        leak = (before[n] < others_before) & (after[n] < others_after - _LEAK_DB)
        floor = np.percentile(before[n], _FLOOR_PERCENT) + _ABOVE_FLOOR_DB
        quiet_voice = (before[n] > others_before + _QUIET_VOICE_DB) & (before[n] > floor)
        for start, end in _runs(leak | (no_voice & ~quiet_voice)):
            span = slice(start * _FRAME, end * _FRAME)
            if leak[start:end].sum() >= _LEAK_FRAMES and _is_copy(feeds[:, span], n):
                out[n, (start + _EDGE_FRAMES) * _FRAME : (end - _EDGE_FRAMES) * _FRAME] = 0.0
    return out


def _is_copy(feeds: Channels, own: int) -> bool:
    """Whether a channel is a shifted copy of another one; a separate soft voice is not."""
    length, most = feeds.shape[1], _DELAY_MS[1] * PER_MS
    size = 1 << (length + most).bit_length()
    spectra = np.fft.rfft(feeds, size, axis=1)
    for other in range(len(feeds)):
        if other != own:
            products = np.abs(np.fft.irfft(spectra[own] * np.conj(spectra[other]), size))
            scale = float(
                np.sqrt(np.dot(feeds[own], feeds[own]) * np.dot(feeds[other], feeds[other]))
            )
            # Crosstalk arrives here at most 15 ms earlier, an echo up to half a second later.
            best = max(products[:most].max(), products[-_DELAY_MS[0] * PER_MS :].max())
            if best > _COPY_CORRELATION_MIN * scale:
                return True
    return False


def _frame_levels(feeds: Channels) -> NDArray[np.float64]:
    usable = feeds.shape[1] - feeds.shape[1] % _FRAME
    frames = feeds[:, :usable].reshape(len(feeds), -1, _FRAME)
    around = (_SMOOTHING_FRAMES, _SMOOTHING_FRAMES)
    powers = np.pad(np.mean(frames**2, axis=2), ((0, 0), around), mode="edge")
    smooth = sliding_window_view(powers, 2 * _SMOOTHING_FRAMES + 1, axis=1).mean(axis=2)
    return np.asarray(10 * np.log10(smooth + 1e-10), np.float64)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, end) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


@dataclass(frozen=True, slots=True)
class _Echo:
    """``into`` contains what ``source`` contains, later."""

    source: int
    into: int
    delays: NDArray[np.float64]  # in samples, for each sample


def _separated_block(block: Channels) -> Channels:
    echoes = _echoes(block)
    sources = _sources(block, echoes)
    spectra = [_spectra(feed) for feed in sources]
    return np.stack(
        [
            _cleaned(
                block[n],
                echoes=_echo_spectra(n, echoes, sources),
                neighbours=[s for k, s in enumerate(spectra) if k != n],
                before=spectra[n],
            )
            for n in range(len(block))
        ]
    )


def _sources(block: Channels, echoes: Sequence[_Echo]) -> Channels:
    """The channels without the echoes in them, as the sources of echoes in others.

    Where two sides have an echo each, they are subtracted from each other twice: the echo in the
    other side distorted the first result. Where a side is only echo, the first result is kept, as
    it has less of it.
    """
    first = _all_subtracted(block, block, echoes)
    if len({echo.into for echo in echoes}) < 2:
        return first
    second = _all_subtracted(block, first, echoes)
    only_echo = _frame_levels(first) < _frame_levels(second) - _LEAK_DB
    samples = np.repeat(only_echo, _FRAME, axis=1)
    chosen = np.pad(samples, ((0, 0), (0, block.shape[1] - samples.shape[1])))
    return np.where(chosen, first, second)


def _all_subtracted(block: Channels, sources: Channels, echoes: Sequence[_Echo]) -> Channels:
    into = {echo.into for echo in echoes}
    return np.stack(
        [
            _subtracted(feed, _echo_spectra(n, echoes, sources)) if n in into else feed
            for n, feed in enumerate(block)
        ]
    )


def _echo_spectra(n: int, echoes: Sequence[_Echo], sources: Channels) -> list[Spectra]:
    """The spectra of the sources whose echoes are in channel ``n``, shifted to their delays."""
    return [_spectra(_delayed(sources[echo.source], echo)) for echo in echoes if echo.into == n]


def _subtracted(sound: Samples, echoes: Sequence[Spectra]) -> Samples:
    """The sound without what the fit explains.

    Nothing more is turned down: a voice that was turned down by mistake would be missing as the
    source of its own echo.
    """
    left = _spectra(sound)
    for leaked in _leaks(left, echoes):
        left = left - leaked
    return _sound(left, len(sound))


def _echoes(block: Channels) -> list[_Echo]:
    """All echoes, by the pairs of channels.

    In a call, what is left is searched again, as a second loudspeaker repeats the voice at another
    delay, and so does the same one once the connection has changed its own delay.
    """
    found = list(_further_echoes(block, block))
    for _ in range(_ECHOES_MAX - 1 if len(block) == 2 and found else 0):
        left = _all_subtracted(block, block, found)
        more = [echo for echo in _further_echoes(block, left) if not _is_known(echo, found)]
        if not more:
            break
        found += more
    return found


def _further_echoes(block: Channels, left: Channels) -> Iterator[_Echo]:
    """Echoes of the channels in what is ``left`` of the others."""
    for source, into in permutations(range(len(block)), 2):
        delays = _delays(block[source], left[into])
        if delays is not None:
            yield _Echo(source, into, delays)


def _is_known(echo: _Echo, known: Sequence[_Echo]) -> bool:
    return any(
        (echo.source, echo.into) == (other.source, other.into)
        and abs(np.median(echo.delays - other.delays)) < _DELAY_TOLERANCE
        for other in known
    )


def _delays(source: Samples, into: Samples) -> NDArray[np.float64] | None:
    """The delay of ``into`` after ``source`` for each sample; None if there is no echo."""
    coarse = _coarse_delay(source, into)
    if coarse is None:
        return None
    half = _PIECE_S * SAMPLE_RATE // 2
    low, high = max(coarse - _DELAY_TOLERANCE, 1), coarse + _DELAY_TOLERANCE
    found = [
        (start + half, lag)
        for start in range(0, max(len(source) - half, 1), half)
        if (lag := _fine_delay(source, into, slice(start, start + 2 * half), low, high))
    ]
    if not found:
        return np.full(len(source), float(coarse))
    centres, lags = (np.array(values) for values in zip(*found, strict=True))
    if np.median(lags) < _DELAY_MS[0] * PER_MS:
        return None  # crosstalk: the coarse search finds it a little later than it is
    line = _drift_line(centres, lags)
    places = np.arange(len(source))
    if line is not None:
        return np.asarray(np.polyval(line, places))
    return np.interp(places, centres, _without_outliers(centres, lags))


def _coarse_delay(source: Samples, into: Samples) -> int | None:
    """The commonest delay in samples at the full rate; None if no delay is common enough.

    Pieces of the block vote, so that a drifting clock does not blur the correlation.
    """
    slow = [_decimated(sound) for sound in (source, into)]
    rate = SAMPLE_RATE // _DECIMATION
    size, half = 2 * _PIECE_S * rate, _PIECE_S * rate // 2
    low, high = (ms * rate // 1_000 for ms in _DELAY_MS)
    votes = np.zeros(high - low + 1)
    for start in range(0, max(len(slow[0]) - half, 1), half):
        early, late = (sound[start : start + 2 * half] for sound in slow)
        scale = float(np.sqrt(np.dot(early, early) * np.dot(late, late)))
        spectrum = np.conj(np.fft.rfft(early, size)) * np.fft.rfft(late, size)
        correlation = np.abs(np.fft.irfft(spectrum, size)[low : high + 1]) / max(scale, 1e-9)
        padded = np.pad(correlation, _DRIFT_STEPS)
        near = sliding_window_view(padded, 2 * _DRIFT_STEPS + 1).max(axis=1)
        votes += np.where(near > _ECHO_CORRELATION_MIN, near, 0.0)
    best = int(votes.argmax())
    return (low + best) * _DECIMATION if votes[best] > _VOTES_MIN else None


def _decimated(sound: Samples) -> Samples:
    usable = len(sound) - len(sound) % _DECIMATION
    return np.asarray(sound[:usable].reshape(-1, _DECIMATION).mean(axis=1))


def _fine_delay(source: Samples, into: Samples, part: slice, low: int, high: int) -> float | None:
    """The delay in one piece, in fractions of a sample; None if it contains no echo."""
    early, late = source[part], into[part]
    size = 1 << (len(early) + high).bit_length()
    spectrum = np.conj(np.fft.rfft(early, size)) * np.fft.rfft(late, size)
    correlation = np.abs(np.fft.irfft(spectrum, size)[low - 1 : high + 2])
    scale = float(np.sqrt(np.dot(early, early) * np.dot(late, late)))
    best = 1 + int(correlation[1:-1].argmax())
    if scale <= 0 or float(correlation[best]) / scale < _ECHO_CORRELATION_MIN:
        return None
    before, at, after = correlation[best - 1 : best + 2]
    bend = before - 2 * at + after
    return low - 1 + best + (0.5 * (before - after) / bend if bend else 0.0)


def _drift_line(
    centres: NDArray[np.float64], lags: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """The line on which most pieces' delays lie; None if there is none.

    Two clocks drift evenly, so it also gives the delay where the echo is silent.
    """
    good = np.abs(lags - np.median(lags)) < _DELAY_TOLERANCE
    for _ in range(_FITS):
        if good.sum() < _DRIFT_PIECES_MIN or good.mean() < 0.5:
            return None
        line = np.polyfit(centres[good], lags[good], 1)
        good = np.abs(lags - np.polyval(line, centres)) < PER_MS
    slope = abs(float(line[0]))
    return line if slope < _DRIFT_MAX and good.mean() >= 0.5 else None


def _without_outliers(
    centres: NDArray[np.float64], lags: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The delays without outliers: each by a line through its neighbours."""
    middle = np.array([np.median(lags[max(0, n - 2) : n + 3]) for n in range(len(lags))])
    good = np.abs(lags - middle) < 2 * PER_MS
    smooth = middle.copy()
    for n in range(len(lags)):
        near = slice(max(0, n - 3), n + 4)
        chosen = good[near]
        if chosen.sum() >= 3:
            line = np.polyfit(centres[near][chosen], lags[near][chosen], 1)
            smooth[n] = np.polyval(line, centres[n])
    return smooth


def _delayed(source: Samples, echo: _Echo) -> Samples:
    if np.ptp(echo.delays) < 1:  # the fit corrects a fraction of a sample
        places = np.arange(len(source)) - np.rint(np.median(echo.delays))
        return np.asarray(np.interp(places, np.arange(len(source)), source, left=0.0), np.float32)
    spectrum = np.fft.rfft(source)
    # Linear interpolation attenuates high frequencies, by an amount that depends on the fraction.
    finer = np.fft.irfft(spectrum, _OVERSAMPLING * len(source)) * _OVERSAMPLING
    places = _OVERSAMPLING * (np.arange(len(source)) - echo.delays)
    return np.asarray(np.interp(places, np.arange(len(finer)), finer, left=0.0), np.float32)


def _cleaned(
    sound: Samples, *, echoes: list[Spectra], neighbours: list[Spectra], before: Spectra
) -> Samples:
    """The sound without echoes and crosstalk.

    ``before``: the sound after the previous pass, which is compared with its neighbours.
    """
    left = _spectra(sound)
    power = np.zeros(left.shape, np.float32)  # of the remainder of others
    whole = np.zeros(left.shape, np.float32)  # of all that comes from others
    for echo, leaked in zip(echoes, _leaks(left, echoes), strict=True):
        left = left - leaked
        whole += np.abs(leaked) ** 2
        power += _remainder_power(left, echo)
    loudest = np.max([np.abs(n) for n in neighbours], axis=0)
    for neighbour in neighbours:
        power += _crosstalk_power(np.abs(before), np.abs(neighbour), loudest)
    gain = np.clip(1.0 - _OVERSUBTRACTION * power / (np.abs(left) ** 2 + 1e-12), _GAIN_MIN, 1.0)
    kept = left * gain
    kept *= _gate(np.abs(kept) ** 2, whole + power)
    return _sound(kept, len(sound))


def _leaks(own: Spectra, echoes: Sequence[Spectra]) -> Iterator[Spectra]:
    """What of each echo is in this channel. Of several, each may be there only for a while."""
    trusted = np.ones(own.shape[1], np.float32)
    for echo in echoes:
        leaked = _fitted_gain(own, echo, trusted) * echo
        if len(echoes) > 1:
            before, after = (_frame_power(left) for left in (own, own - leaked))
            leaked *= after < before
            trusted *= after > _EXPLAINED_SHARE * before  # the others are not in these frames
        own = own - leaked
        yield leaked


def _frame_power(spectra: Spectra) -> Power:
    powers = np.sum(np.abs(spectra) ** 2, axis=0)
    return np.asarray(np.convolve(powers, np.ones(_GATE_FRAMES), mode="same"), np.float32)


def _fitted_gain(own: Spectra, source: Spectra, trusted: Power) -> Spectra:
    """The gain from ``source`` to ``own``, for each frequency and frame, by the trusted frames."""
    loud = np.abs(source) ** 2
    usable = (loud > 1e-10) * trusted
    products = own * np.conj(source)
    trust = usable
    fit = np.zeros_like(own)
    for _ in range(_FITS):
        fit = _summed(products * trust) / (_summed(loud * trust) + 1e-9)
        fit *= np.minimum(1.0, _ECHO_GAIN_MAX / np.maximum(np.abs(fit), 1e-9)).astype(np.float32)
        fit = _spread(fit, own.shape[1])
        leaked = fit * source
        miss = np.abs(own - leaked) ** 2
        trust = usable / (miss + 0.01 * np.abs(leaked) ** 2 + 1e-8)
    return fit


def _remainder_power(left: Spectra, source: Spectra) -> Power:
    """The power that the fit did not remove, as a geometric mean over time for each frequency."""
    loud = np.abs(source) ** 2
    ratio = (np.abs(left) ** 2 + 1e-12) / (loud + 1e-12)
    alone = ((ratio < 1.0) & (loud > 1e-9)).astype(np.float32)
    counts = _summed(alone)
    logs = _summed(np.log(ratio) * alone) / (counts + 1e-6)
    share = np.where(counts > 0, np.exp(logs), 0.0).astype(np.float32)
    return np.asarray(_spread(share, left.shape[1]) * loud)


def _crosstalk_power(own: Power, neighbour: Power, loudest: Power) -> Power:
    """The power of crosstalk in this channel, measured where its source is by far the loudest."""
    alone = (neighbour >= loudest) & (neighbour > _CROSSTALK_RATIO * own) & (neighbour > 1e-4)
    counts = alone.sum(axis=1, keepdims=True)
    ratios = np.where(alone, np.log((own + 1e-6) / (neighbour + 1e-6)), 0.0)
    share = np.where(counts > 0, np.exp(2 * ratios.sum(axis=1, keepdims=True) / (counts + 1e-6)), 0)
    return np.asarray(share * neighbour**2, np.float32)


def _gate(own: Power, leaked: Power) -> Power:
    """0 for frames that contain hardly anything but leaks, else 1."""
    kernel = np.ones(_GATE_FRAMES) / _GATE_FRAMES
    own_power = np.convolve(own.sum(axis=0), kernel, mode="same")
    leak_power = np.convolve(leaked.sum(axis=0), kernel, mode="same")
    return np.asarray(own_power > _GATE_SHARE * leak_power, np.float32)


def _summed(values: NDArray[_Number]) -> NDArray[_Number]:
    """Sums over the frames around each group of frames."""
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % _GROUP)))
    groups = padded.reshape(len(values), -1, _GROUP).sum(axis=2)
    around = np.pad(groups, ((0, 0), (_GROUPS, _GROUPS)))
    return np.asarray(sliding_window_view(around, 2 * _GROUPS + 1, axis=1).sum(axis=2))


def _spread(groups: NDArray[_Number], frames: int) -> NDArray[_Number]:
    return np.repeat(groups, _GROUP, axis=1)[:, :frames]


def _spectra(sound: Samples) -> Spectra:
    padded = np.pad(sound, (_SIZE, _SIZE + -len(sound) % _HOP))
    frames = sliding_window_view(padded, _SIZE)[::_HOP]
    return np.asarray(np.fft.rfft(frames * _WINDOW, axis=1).T, np.complex64)


def _sound(spectra: Spectra, length: int) -> Samples:
    frames = np.fft.irfft(spectra.T, _SIZE, axis=1) * _WINDOW
    out = np.zeros((len(frames) - 1) * _HOP + _SIZE, np.float32)
    for shift in range(_SIZE // _HOP):  # frames that do not overlap are added at once
        part = frames[shift :: _SIZE // _HOP].reshape(-1)
        at = shift * _HOP
        out[at : at + len(part)] += part.astype(np.float32)
    return out[_SIZE : _SIZE + length] * np.float32(_HOP / (_SIZE / 2))
