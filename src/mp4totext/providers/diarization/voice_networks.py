"""The two networks of pyannote's community-1, without torch.

The first finds which of up to three people speak in ten seconds (Plaquet and Bredin, "Powerset
multi-class cross entropy loss for neural speaker diarization", 2023). The second turns the speech
of one person into an embedding (a ResNet34 of Wang et al., "Wespeaker", 2023). The library in the
wheel of moonshine-voice carries both in ONNX Runtime's own format; none of its code is run.
"""

import mmap
import re
from functools import cache, cached_property
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import kaldi_native_fbank as kaldi
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from mp4totext.kit.packages import install_command
from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.errors import ProviderMisconfigured

Array = NDArray[np.float32]

EMBEDDING_SIZE = 256
FRAMES_PER_SECOND = 100
WINDOW_S = 10
WINDOW_FRAMES = 998  # mel frames of 25 ms that lie wholly inside a window
MIN_FRAMES = 10  # for a usable embedding

_MELS = 80
_PCM = 32_768.0  # the encoder was trained on 16-bit samples
# In seconds: the middle of the first network's first frame, the step to the next one, and the
# middle of the first mel frame.
_FIRST_S, _STEP_S = 0.031, 0.016875
_FIRST_MEL_S = 0.0125

_MARK = re.compile(rb"ORTM")  # four bytes into each model
_PACKAGE = "moonshine-voice"
_PINNED = "moonshine-voice==0.1.0"  # later wheels download their models instead
_SUFFIXES = (".so", ".dll", ".dylib")


class VoiceNetworks:
    """The two networks; safe to call from several threads. Loading raises ProviderMisconfigured."""

    def __init__(self, library: Path | None = None) -> None:
        self._library = library

    @cached_property
    def _segmentation(self) -> ort.InferenceSession:
        return _session(self._library or _installed(), input_name=b"waveforms")

    @cached_property
    def _embedding(self) -> ort.InferenceSession:
        return _session(self._library or _installed(), input_name=b"fbank")

    def active_speakers(self, window: Samples) -> NDArray[np.bool_]:
        """Ten seconds -> (WINDOW_FRAMES, 3): whether each of up to three people talks.

        The order of the people is not comparable between windows.
        """
        (likelihoods,) = self._segmentation.run(None, {"waveforms": window[None, None]})
        return np.asarray(likelihoods[0][_nearest(len(likelihoods[0]))] > 0.5)

    def embed(self, mels: Array) -> Array:
        """The embedding (256,) of length 1 of one person's frames (n, 80), at least MIN_FRAMES."""
        levelled = (mels - mels.mean(axis=0))[None]
        weights = np.ones((1, len(mels)), np.float32)
        (embedding,) = self._embedding.run(None, {"fbank": levelled, "weights": weights})
        return unit(embedding[0])


def mel_frames(samples: Samples) -> Array:
    """Log-mel features of samples: (frames, 80), one frame every 10 ms."""
    bank = kaldi.OnlineFbank(_mel_options())
    bank.accept_waveform(SAMPLE_RATE, np.asarray(samples * _PCM, np.float32))
    bank.input_finished()
    frames = [bank.get_frame(n) for n in range(bank.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, _MELS), np.float32)


def unit(vectors: Array) -> Array:
    """Rows scaled to length 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Array = (vectors / np.maximum(norms, 1e-9)).astype(np.float32)
    return scaled


@cache
def _mel_options() -> kaldi.FbankOptions:
    """The options with which the encoder was trained: Hamming windows, no dither."""
    options = kaldi.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = _MELS
    return options


@cache
def _nearest(count: int) -> NDArray[np.int64]:
    """The index of the first network's nearest frame, for each mel frame of a window."""
    middles = _FIRST_MEL_S + np.arange(WINDOW_FRAMES) / FRAMES_PER_SECOND
    return np.clip(np.rint((middles - _FIRST_S) / _STEP_S), 0, count - 1).astype(np.int64)


def _session(library: Path, *, input_name: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.load_model_format", "ORT")
    model = _model_in(library, input_name=input_name)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _model_in(library: Path, *, input_name: bytes) -> bytes:
    """The first model in the file with an input of this name."""
    try:
        with (
            library.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            starts = [match.start() - 4 for match in _MARK.finditer(content)]
            for start, end in pairwise([*starts, len(content)]):
                if content.find(input_name, start, end) >= 0:
                    return content[start:end]
    except (OSError, ValueError) as e:  # ValueError: the file is empty
        raise _missing(f"{library.name} cannot be read ({e})") from e
    raise _missing(f"{library.name} does not have them")


def _installed() -> Path:
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if "moonshine" in file.stem and file.suffix in _SUFFIXES:
            return Path(str(file.locate()))
    raise _missing("it is not installed")


def _missing(why: str) -> ProviderMisconfigured:
    return ProviderMisconfigured(
        f"The networks that tell speakers apart come with {_PACKAGE}, and {why}: "
        f"{install_command(_PINNED, force=True)}",
        provider="local",
    )
