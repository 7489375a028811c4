"""Takes what other channels hear, too, out of each channel: echoes and neighbours at a table. Pure.

A loudspeaker is heard in the microphone beside it 15 to 500 ms later, nearly as loud as the voice
it repeats; a neighbour is heard at once, and quieter. In short spectra the other channel is fitted
to this one, robustly, so that a voice over it does not bend the fit, and taken away; what is left
of it is turned down to nothing where nobody else speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mp4totext.media.samples import PER_MS, SAMPLE_RATE, Channels, Samples

_SIZE, _HOP = 1_024, 256  # 64 ms, every 16 ms
_WINDOW = np.sqrt(np.hanning(_SIZE + 1)[:-1]).astype(np.float32)
_GROUP = 16  # frames that share a fit: a quarter of a second
_GROUPS = 5  # to both sides, over which it is made
_BLOCK_S, _CONTEXT_S = 20, 2
_DELAY_MS = (15, 500)
_PIECE_S = 2  # for which a delay is looked for
_SLOWER = 4  # a usual delay is looked for at 4 kHz
_BLUR = 20  # steps of it: 5 ms, which a clock may drift within a block
_LIKE = 0.25  # how like the other channel a piece with an echo is; two voices: 0.1 to 0.2
_VOTES_MIN = 0.7  # two pieces, or one that is nothing but echo
_NEAR = 20 * PER_MS  # how far the delay of a piece may be from that of the block
_ON_LINE_MIN = 4  # pieces, with the same drift
_DRIFT_MAX = 1e-3  # clocks of cheap devices are up to 500 millionths apart
_FINER = 4  # times, in which a drifting source is moved
_FITS = 3
_LOUDEST = 4.0  # times as loud as its source an echo is at most: the faintest rest fits anything
_CLEARLY = 2.0  # times as loud as here, a neighbour is heard and not the one whose feed it is
_OVER = 4.0  # what is left of a leak is underestimated: so much more is turned down
_QUIETEST = 0.03
_GATE = 0.02  # of the leak's power: with less of its own, a frame holds nothing but what is left
_GATE_FRAMES = 9

_FRAME = 32 * PER_MS
_LEAK_DB = 10  # what is left of a voice, under that voice; people at once are nearer to each other
_NOBODY_DB = -35  # under the loudest half second of voice
_LEAK_FRAMES = 13  # 0.4 s: a word that somebody says meanwhile is louder in one of them
_COPY_LIKE = 0.3  # how like another feed half a second of it is; 588 pairs of voices: up to 0.24
_SMOOTH = 2  # frames to both sides: what is left of a voice flutters
_EDGE_FRAMES = 3  # a soft sound before and after a word

_Number = TypeVar("_Number", np.float32, np.complex64)
Spectra = NDArray[np.complex64]  # (frequencies, frames)
Power = NDArray[np.float32]


def separated(feeds: Channels) -> Channels:
    """The same feeds, each with its own voice. (feeds, samples)"""
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
    """``clean``, of ``feeds``, silent where nothing is left in it but what others say.

    An engine makes words of the faintest rest of a voice. ``voices_db``: ``Feed.voice_db``.
    """
    if len(feeds) < 2 or feeds.shape[1] < _FRAME:
        return clean
    own_db = np.array(voices_db)[:, None]
    before, after = _frame_levels(feeds) - own_db, _frame_levels(clean) - own_db
    nobody = before.max(axis=0) < _NOBODY_DB
    out = clean.copy()
    for n in range(len(feeds)):
        others_before = np.delete(before, n, axis=0).max(axis=0)
        others_after = np.delete(after, n, axis=0).max(axis=0)
        leak = (before[n] < others_before) & (after[n] < others_after - _LEAK_DB)
        for start, end in _runs(leak | nobody):
            span = slice(start * _FRAME, end * _FRAME)
            if leak[start:end].sum() >= _LEAK_FRAMES and _is_like_another(feeds[:, span], n):
                out[n, (start + _EDGE_FRAMES) * _FRAME : (end - _EDGE_FRAMES) * _FRAME] = 0.0
    return out


def _is_like_another(feeds: Channels, own: int) -> bool:
    """Whether it is a copy of another, shifted: somebody who speaks softly is not."""
    length, most = feeds.shape[1], _DELAY_MS[1] * PER_MS
    size = 1 << (length + most).bit_length()
    spectra = np.fft.rfft(feeds, size, axis=1)
    for other in range(len(feeds)):
        if other != own:
            products = np.abs(np.fft.irfft(spectra[own] * np.conj(spectra[other]), size))
            scale = float(
                np.sqrt(np.dot(feeds[own], feeds[own]) * np.dot(feeds[other], feeds[other]))
            )
            # A neighbour is heard at most 15 ms earlier here, an echo up to half a second later.
            best = max(products[:most].max(), products[-_DELAY_MS[0] * PER_MS :].max())
            if best > _COPY_LIKE * scale:
                return True
    return False


def _frame_levels(feeds: Channels) -> NDArray[np.float64]:
    usable = feeds.shape[1] - feeds.shape[1] % _FRAME
    frames = feeds[:, :usable].reshape(len(feeds), -1, _FRAME)
    powers = np.pad(np.mean(frames**2, axis=2), ((0, 0), (_SMOOTH, _SMOOTH)), mode="edge")
    smooth = sliding_window_view(powers, 2 * _SMOOTH + 1, axis=1).mean(axis=2)
    return np.asarray(10 * np.log10(smooth + 1e-10), np.float64)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, end) of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


@dataclass(frozen=True, slots=True)
class _Echo:
    """What ``source`` says is heard in ``into`` later."""

    source: int
    into: int
    delays: NDArray[np.float64]  # samples, for each sample


def _separated_block(block: Channels) -> Channels:
    echoes = _echoes(block)
    sources = _sources(block, echoes)
    spectra = [_spectra(feed) for feed in sources]
    return np.stack(
        [
            _without(
                block[n],
                echoes=_into(n, echoes, sources),
                neighbours=[s for k, s in enumerate(spectra) if k != n],
                before=spectra[n],
            )
            for n in range(len(block))
        ]
    )


def _sources(block: Channels, echoes: Sequence[_Echo]) -> Channels:
    """What each feed says itself, to be looked for in others: without the echoes in it.

    Two sides with an echo each are compared with each other twice. Where one is nothing but echo,
    the first time leaves less of it: the second time the other one was bent by it.
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
            _subtracted(feed, _into(n, echoes, sources)) if n in into else feed
            for n, feed in enumerate(block)
        ]
    )


def _into(n: int, echoes: Sequence[_Echo], sources: Channels) -> list[Spectra]:
    """What the echoes in a feed are of, at the time at which it is heard there."""
    return [_spectra(_moved(sources[echo.source], echo)) for echo in echoes if echo.into == n]


def _subtracted(sound: Samples, echoes: Sequence[Spectra]) -> Samples:
    """Only what the fit reaches is taken away: a voice that was turned down by mistake would be
    missing where its own echo is looked for."""
    left = _spectra(sound)
    for echo in echoes:
        left = left - _fit(left, echo) * echo
    return _sound(left, len(sound))


def _echoes(block: Channels) -> list[_Echo]:
    """The most of each feed: of many microphones, those of one room are no echoes."""
    pairs = [(a, b) for a in range(len(block)) for b in range(len(block)) if a != b]
    found = ((a, b, _delays(block[a], block[b])) for a, b in pairs)
    return [_Echo(a, b, delays) for a, b, delays in found if delays is not None]


def _delays(source: Samples, into: Samples) -> NDArray[np.float64] | None:
    """How late each sample of ``source`` is heard in ``into``; None when it is no echo."""
    usual = _usual_delay(source, into)
    if usual is None:
        return None
    half = _PIECE_S * SAMPLE_RATE // 2
    low, high = max(usual - _NEAR, 1), usual + _NEAR
    found = [
        (start + half, lag)
        for start in range(0, max(len(source) - half, 1), half)
        if (lag := _delay_near(source, into, slice(start, start + 2 * half), low, high))
    ]
    if not found:
        return np.full(len(source), float(usual))
    centres, lags = (np.array(values) for values in zip(*found, strict=True))
    if np.median(lags) < _DELAY_MS[0] * PER_MS:
        return None  # a neighbour at the same table: a coarse look finds it a little later
    drifting = _drift(centres, lags)
    places = np.arange(len(source))
    if drifting is not None:
        return np.asarray(np.polyval(drifting, places))
    return np.interp(places, centres, _steady(centres, lags))


def _usual_delay(source: Samples, into: Samples) -> int | None:
    """Over all of the block, piece by piece, so that a drifting clock does not blur it; in samples
    at the full rate."""
    slow = [_slow(sound) for sound in (source, into)]
    rate = SAMPLE_RATE // _SLOWER
    size, half = 2 * _PIECE_S * rate, _PIECE_S * rate // 2
    low, high = (ms * rate // 1_000 for ms in _DELAY_MS)
    votes = np.zeros(high - low + 1)
    for start in range(0, max(len(slow[0]) - half, 1), half):
        early, late = (sound[start : start + 2 * half] for sound in slow)
        scale = float(np.sqrt(np.dot(early, early) * np.dot(late, late)))
        spectrum = np.conj(np.fft.rfft(early, size)) * np.fft.rfft(late, size)
        alike = np.abs(np.fft.irfft(spectrum, size)[low : high + 1]) / max(scale, 1e-9)
        near = sliding_window_view(np.pad(alike, _BLUR), 2 * _BLUR + 1).max(axis=1)
        votes += np.where(near > _LIKE, near, 0.0)
    best = int(votes.argmax())
    return (low + best) * _SLOWER if votes[best] > _VOTES_MIN else None


def _slow(sound: Samples) -> Samples:
    usable = len(sound) - len(sound) % _SLOWER
    return np.asarray(sound[:usable].reshape(-1, _SLOWER).mean(axis=1))


def _delay_near(source: Samples, into: Samples, part: slice, low: int, high: int) -> float | None:
    """Of one piece, finer than a sample; None when it holds no echo."""
    early, late = source[part], into[part]
    size = 1 << (len(early) + high).bit_length()
    spectrum = np.conj(np.fft.rfft(early, size)) * np.fft.rfft(late, size)
    alike = np.abs(np.fft.irfft(spectrum, size)[low - 1 : high + 2])
    scale = float(np.sqrt(np.dot(early, early) * np.dot(late, late)))
    best = 1 + int(alike[1:-1].argmax())
    if scale <= 0 or float(alike[best]) / scale < _LIKE:
        return None
    before, at, after = alike[best - 1 : best + 2]
    bend = before - 2 * at + after
    return low - 1 + best + (0.5 * (before - after) / bend if bend else 0.0)


def _drift(centres: NDArray[np.float64], lags: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The line on which the delays of most pieces lie: two clocks drift evenly, also where nothing
    was heard of the echo. None when there is no such line."""
    good = np.abs(lags - np.median(lags)) < _NEAR
    for _ in range(_FITS):
        if good.sum() < _ON_LINE_MIN or good.mean() < 0.5:
            return None
        line = np.polyfit(centres[good], lags[good], 1)
        good = np.abs(lags - np.polyval(line, centres)) < PER_MS
    slope = abs(float(line[0]))
    return line if slope < _DRIFT_MAX and good.mean() >= 0.5 else None


def _steady(centres: NDArray[np.float64], lags: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without strays: each by a line through those around it."""
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


def _moved(source: Samples, echo: _Echo) -> Samples:
    if np.ptp(echo.delays) < 1:  # a fraction of a sample is left to the fit
        places = np.arange(len(source)) - np.rint(np.median(echo.delays))
        return np.asarray(np.interp(places, np.arange(len(source)), source, left=0.0), np.float32)
    spectrum = np.fft.rfft(source)
    # A straight line between two samples takes treble away, at each fraction another share.
    finer = np.fft.irfft(spectrum, _FINER * len(source)) * _FINER
    places = _FINER * (np.arange(len(source)) - echo.delays)
    return np.asarray(np.interp(places, np.arange(len(finer)), finer, left=0.0), np.float32)


def _without(
    sound: Samples, *, echoes: list[Spectra], neighbours: list[Spectra], before: Spectra
) -> Samples:
    """``before``: the sound as the last round left it, to be compared with its neighbours."""
    left = _spectra(sound)
    power = np.zeros(left.shape, np.float32)  # of what is left of others
    whole = np.zeros(left.shape, np.float32)  # of all of others
    for echo in echoes:
        leaked = _fit(left, echo) * echo
        left = left - leaked
        whole += np.abs(leaked) ** 2
        power += _remainder(left, echo)
    loudest = np.max([np.abs(n) for n in neighbours], axis=0)
    for neighbour in neighbours:
        power += _heard_at_once(np.abs(before), np.abs(neighbour), loudest)
    gain = np.clip(1.0 - _OVER * power / (np.abs(left) ** 2 + 1e-12), _QUIETEST, 1.0)
    kept = left * gain
    kept *= _gate(np.abs(kept) ** 2, whole + power)
    return _sound(kept, len(sound))


def _fit(own: Spectra, source: Spectra) -> Spectra:
    """How much of ``source`` is in ``own``, for each frequency and frame."""
    loud = np.abs(source) ** 2
    usable = loud > 1e-10
    products = own * np.conj(source)
    trust = usable.astype(np.float32)
    fit = np.zeros_like(own)
    for _ in range(_FITS):
        fit = _summed(products * trust) / (_summed(loud * trust) + 1e-9)
        fit *= np.minimum(1.0, _LOUDEST / np.maximum(np.abs(fit), 1e-9)).astype(np.float32)
        fit = _spread(fit, own.shape[1])
        leaked = fit * source
        miss = np.abs(own - leaked) ** 2
        trust = usable / (miss + 0.01 * np.abs(leaked) ** 2 + 1e-8)
    return fit


def _remainder(left: Spectra, source: Spectra) -> Power:
    """Power of what the fit did not reach: for each frequency, a middle value over some time."""
    loud = np.abs(source) ** 2
    ratio = (np.abs(left) ** 2 + 1e-12) / (loud + 1e-12)
    alone = ((ratio < 1.0) & (loud > 1e-9)).astype(np.float32)
    counts = _summed(alone)
    logs = _summed(np.log(ratio) * alone) / (counts + 1e-6)
    share = np.where(counts > 0, np.exp(logs), 0.0).astype(np.float32)
    return np.asarray(_spread(share, left.shape[1]) * loud)


def _heard_at_once(own: Power, neighbour: Power, loudest: Power) -> Power:
    """Power of a neighbour in this microphone, from where the neighbour is by far the loudest."""
    alone = (neighbour >= loudest) & (neighbour > _CLEARLY * own) & (neighbour > 1e-4)
    counts = alone.sum(axis=1, keepdims=True)
    ratios = np.where(alone, np.log((own + 1e-6) / (neighbour + 1e-6)), 0.0)
    share = np.where(counts > 0, np.exp(2 * ratios.sum(axis=1, keepdims=True) / (counts + 1e-6)), 0)
    return np.asarray(share * neighbour**2, np.float32)


def _gate(own: Power, leaked: Power) -> Power:
    """0 for frames in which next to nothing is heard but what leaked."""
    kernel = np.ones(_GATE_FRAMES) / _GATE_FRAMES
    mine = np.convolve(own.sum(axis=0), kernel, mode="same")
    theirs = np.convolve(leaked.sum(axis=0), kernel, mode="same")
    return np.asarray(mine > _GATE * theirs, np.float32)


def _summed(values: NDArray[_Number]) -> NDArray[_Number]:
    """Over the frames around each group of frames."""
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
