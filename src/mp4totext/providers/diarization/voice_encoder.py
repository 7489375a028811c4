"""What a voice sounds like: Resemblyzer's speaker encoder in NumPy, without torch.

The network is the one of Wan et al., "Generalized End-to-End Loss for Speaker Verification" (2018),
with the weights of the ``Resemblyzer`` wheel (Apache-2.0): 40 mel bands every 10 ms, three LSTM
layers of 256 cells, one linear layer; it was trained on pieces of 1.6 s at -30 dBFS.
"""

import importlib.metadata
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.errors import ProviderMisconfigured

Array = NDArray[np.float32]

FRAMES_PER_SECOND = 100
PIECE_FRAMES = 160
EMBEDDING_SIZE = 256

_FFT = 400  # 25 ms
_STEP = SAMPLE_RATE // FRAMES_PER_SECOND
_MELS = 40
_CELLS = 256
_LAYERS = 3
_BATCH = 64  # pieces at once: larger gains nothing and costs memory
_TARGET_POWER = 10 ** (-30 / 10)  # mean square of the samples the network was trained on
_MEL_BLOCK = 8_192  # frames transformed at once

_DTYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8", "IntStorage": "<i4"}


class VoiceEncoder:
    """Turns mel frames into unit vectors; the cosine of two says how alike the voices are.

    Only reads its arrays after construction, so one instance may serve several threads.
    """

    def __init__(self, weights: Path | None = None) -> None:
        """Raises ProviderMisconfigured when the weights are not installed or not readable."""
        state = read_weights(weights or installed_weights())
        self._layers = [
            (
                np.ascontiguousarray(state[f"lstm.weight_ih_l{n}"].T),
                np.ascontiguousarray(state[f"lstm.weight_hh_l{n}"].T),
                state[f"lstm.bias_ih_l{n}"] + state[f"lstm.bias_hh_l{n}"],
            )
            for n in range(_LAYERS)
        ]
        self._out = np.ascontiguousarray(state["linear.weight"].T)
        self._bias = state["linear.bias"]

    def embed(self, pieces: Array) -> Array:
        """(n, frames, 40) mel frames at any one level -> (n, 256) unit vectors."""
        blocks = [
            self._embed_block(pieces[at : at + _BATCH]) for at in range(0, len(pieces), _BATCH)
        ]
        return np.concatenate(blocks) if blocks else np.zeros((0, EMBEDDING_SIZE), np.float32)

    def _embed_block(self, pieces: Array) -> Array:
        # Time first, so that every step reads one contiguous block.
        signal = np.ascontiguousarray(pieces.transpose(1, 0, 2))
        for weights_in, weights_back, bias in self._layers:
            signal = _lstm(signal, weights_in, weights_back, bias)
        return unit(np.maximum(signal[-1] @ self._out + self._bias, 0.0))


def _lstm(signal: Array, weights_in: Array, weights_back: Array, bias: Array) -> Array:
    """(time, n, features) -> (time, n, 256); gates are in torch's order: in, forget, cell, out."""
    steps, count, features = signal.shape
    inputs = (signal.reshape(-1, features) @ weights_in + bias).reshape(steps, count, -1)
    hidden = np.zeros((count, _CELLS), np.float32)
    cell = np.zeros_like(hidden)
    outputs = np.empty((steps, count, _CELLS), np.float32)
    for step in range(steps):
        gates = inputs[step] + hidden @ weights_back
        # sigmoid(x) = (1 + tanh(x / 2)) / 2 cannot overflow.
        forget_in = 0.5 + 0.5 * np.tanh(0.5 * gates[:, : 2 * _CELLS])
        candidate = np.tanh(gates[:, 2 * _CELLS : 3 * _CELLS])
        cell = forget_in[:, _CELLS:] * cell + forget_in[:, :_CELLS] * candidate
        hidden = (0.5 + 0.5 * np.tanh(0.5 * gates[:, 3 * _CELLS :])) * np.tanh(cell)
        outputs[step] = hidden
    return outputs


def unit(vectors: Array) -> Array:
    """Rows scaled to length 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Array = (vectors / np.maximum(norms, 1e-9)).astype(np.float32)
    return scaled


def mel_frames(samples: Samples) -> Array:
    """(n,) samples -> (frames, 40) power in mel bands, one frame every 10 ms, centred."""
    padded = np.pad(samples.astype(np.float32, copy=False), _FFT // 2)
    count = 1 + (len(padded) - _FFT) // _STEP
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_STEP][:count]
    window = np.hanning(_FFT + 1)[:-1].astype(np.float32)
    bands = _mel_bands().T
    mels = np.empty((count, _MELS), np.float32)
    for at in range(0, count, _MEL_BLOCK):
        spectrum = np.fft.rfft(frames[at : at + _MEL_BLOCK] * window, axis=1)
        mels[at : at + _MEL_BLOCK] = (spectrum.real**2 + spectrum.imag**2).astype(
            np.float32
        ) @ bands
    return mels


def frame_power(samples: Samples, count: int) -> Array:
    """Mean square of the samples around each of ``count`` mel frames."""
    padded = np.pad(samples.astype(np.float32, copy=False), (_STEP // 2, _STEP))
    rows = padded[: len(padded) // _STEP * _STEP].reshape(-1, _STEP)
    power = np.mean(np.square(rows), axis=1)
    fitted = np.zeros(count, np.float32)
    fitted[: min(count, len(power))] = power[:count]
    return fitted


def level_gain(mean_power: Array) -> Array:
    """What to multiply mel frames by, so that speech of this power has the level of training."""
    gain: Array = (_TARGET_POWER / np.maximum(mean_power, 1e-10)).astype(np.float32)
    return gain


def _mel_bands() -> Array:
    """(40, 201) triangles on Slaney's mel scale (linear to 1 kHz, then logarithmic), equal area."""
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(SAMPLE_RATE / 2), _MELS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    widths = np.diff(edges)
    ramps = edges[:, None] - bins
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    bands: Array = (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    return bands


def _hz_to_mel(hertz: float) -> float:
    return float(15.0 + np.log(hertz / 1000.0) * 27.0 / np.log(6.4))  # above 1 kHz only


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    high = 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27.0)
    return np.where(mel < 15.0, mel * 200.0 / 3.0, high)


def installed_weights() -> Path:
    """Where the ``Resemblyzer`` wheel has its weights; its code is never imported."""
    try:
        files = importlib.metadata.files("Resemblyzer") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "pretrained.pt":
            return Path(str(file.locate()))
    raise ProviderMisconfigured(
        "The voice model is not installed: run 'pip install --no-deps Resemblyzer==0.1.4'.",
        provider="local",
    )


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor as the file describes it: a view on a storage whose bytes come later."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(
    storage: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_rest: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


class _SafeUnpickler(pickle.Unpickler):
    """Builds nothing but dictionaries and tensors, whatever the file asks for."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.dtypes: dict[str, str] = {}

    def find_class(self, module: str, name: str, /) -> Any:
        match module, name:
            case "collections", "OrderedDict":
                return OrderedDict
            case "torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2":
                return _tensor
            case "torch", storage if storage in _DTYPES:
                return storage
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any, /) -> str:
        _kind, storage_type, key, *_rest = pid
        self.dtypes[key] = _DTYPES[storage_type]
        return str(key)


def read_weights(path: Path) -> Mapping[str, Array]:
    """The ``model_state`` of a checkpoint in torch's old (not zip) format.

    The format is five pickles (magic number, protocol, system, object, keys of storages), then for
    every key a little-endian 64-bit count and the numbers. Raises ProviderMisconfigured when the
    file is something else.
    """
    try:
        with path.open("rb") as file:
            for _header in range(3):
                _SafeUnpickler(file).load()
            reader = _SafeUnpickler(file)
            state: Mapping[str, _Tensor] = reader.load()["model_state"]
            keys: list[str] = _SafeUnpickler(file).load()
            storages = {key: _storage(file, np.dtype(reader.dtypes[key])) for key in keys}
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError) as error:
        raise ProviderMisconfigured(
            f"The voice model {path.name!r} cannot be read: install Resemblyzer 0.1.4 again.",
            provider="local",
        ) from error
    return {name: _array(tensor, storages[tensor.storage]) for name, tensor in state.items()}


def _storage(file: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)


def _array(tensor: _Tensor, storage: NDArray[Any]) -> Array:
    strides = tuple(step * storage.itemsize for step in tensor.strides)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
    return np.array(view, np.float32)
