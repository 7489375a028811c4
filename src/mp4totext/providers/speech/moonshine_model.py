"""Moonshine tiny-en on ONNX Runtime: from samples to tokens, log-probabilities and attention."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.speech.moonshine_files import ModelFiles
from mp4totext.providers.speech.moonshine_hints import HINT_COST_MAX, HintPath, Hints

BEGIN, END = 1, 2
# (layer, head) whose attention follows the sound best: the median error of word starts on a
# composed meeting was 159 ms with these, 207 ms with all 48, and averaging fewer is cheaper.
ALIGNMENT_HEADS = ((2, 0), (3, 0), (3, 2))
TOKENS_PER_SECOND_MAX = 8.0  # the fastest clip measured has 6.1; a loop exceeds any limit
_LOOP_REPEATS = 3  # people say "no, no"; three times the same two words is a loop
_LOOP_TOKENS_MAX = 12
_KEYS = "past_key_values.0.encoder.key"  # (1, heads, numbers, frames)
_MASKED = float(np.finfo(np.float32).min)
_MIN_SAMPLES = 1_600  # 100 ms; the encoder's convolutions need about 60
_BYTE_PIECE = re.compile(rb"<0x([0-9A-F]{2})>")
_CONTROL_PIECE = re.compile(rb"<.*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The tokens of a chunk. ``attention``: (heads, tokens, frames), frames of equal length."""

    tokens: tuple[int, ...]
    log_probs: NDArray[np.float64]
    attention: NDArray[np.float32]
    looped: bool = False  # stopped because it repeated itself
    capped: bool = False  # stopped at the limit of tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoded:
    feed: dict[str, NDArray[np.generic]]  # inputs of the decoder, until parts are stacked
    frames: int
    cap: int  # limit of tokens


@dataclass(slots=True, kw_only=True)
class _Writing:
    """The text of one part while its tokens are chosen."""

    encoded: _Encoded
    path: HintPath | None
    tokens: list[int] = field(default_factory=list)
    log_probs: list[float] = field(default_factory=list)
    attention: list[NDArray[np.float32]] = field(default_factory=list)
    looped: bool = False
    ended: bool = False

    def add(
        self, logits: NDArray[np.float32], attention: NDArray[np.float32], pieces: "_Pieces"
    ) -> None:
        """Choose the next token; ``attention`` is (heads, frames of the longest part)."""
        token = self.path.choose(logits, pieces) if self.path else int(logits.argmax())
        if token == END:
            self.ended = True
            return
        self.tokens.append(token)
        shifted = logits.astype(np.float64) - float(logits.max())
        self.log_probs.append(float(shifted[token] - np.log(np.exp(shifted).sum())))
        self.attention.append(attention[:, : self.encoded.frames])
        self.looped = _loops(self.tokens)
        self.ended = self.looped or len(self.tokens) >= self.encoded.cap

    def decoded(self) -> Decoded:
        nothing = np.zeros((0, 0, 0), np.float32)
        return Decoded(
            tokens=tuple(self.tokens),
            log_probs=np.array(self.log_probs),
            attention=np.stack(self.attention, axis=1) if self.attention else nothing,
            looped=self.looped,
            capped=len(self.tokens) >= self.encoded.cap,
        )


class MoonshineModel:
    """The loaded model. Thread-safe: ONNX Runtime's ``run`` is, and no state is kept here."""

    def __init__(self, files: ModelFiles, *, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Busy-waiting threads would take cores from other jobs of the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")

        def session(path: Path) -> ort.InferenceSession:
            return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        with ThreadPoolExecutor(2) as pool:  # each takes 0.1 s of a core
            self._encoder, self._decoder = pool.map(session, (files.encoder, files.decoder))
        self._pieces = _Pieces(files.tokenizer)
        self._sound = [output.name for output in self._encoder.get_outputs()]
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        inputs = {value.name: value.shape for value in self._decoder.get_inputs()}
        self._past = {name: shape for name, shape in inputs.items() if ".decoder." in name}

    def piece(self, token: int) -> bytes:
        """The UTF-8 bytes of a token; a leading space starts a new word."""
        return self._pieces[token]

    def decode(self, parts: Sequence[Samples], hints: Hints | None = None) -> list[Decoded]:
        """Greedy decoding of parts of at most about 30 s of speech, together, as most of a step
        takes as long for several parts as for one.

        With hints they are decoded a second time with a bonus for them. That text is returned if it
        has more of the hints and is not much less likely than the plain one.
        """
        encoded = [self._encoded(samples) for samples in parts]
        sound = _stacked([part.feed for part in encoded]) | {"mask": _mask(encoded)}
        plain = self._decoded(encoded, sound, None)
        if hints is None:
            return plain
        led = self._decoded(encoded, sound, hints)
        return [self._better(*texts, hints) for texts in zip(plain, led, strict=True)]

    def _better(self, plain: Decoded, led: Decoded, hints: Hints) -> Decoded:
        if plain.looped or plain.capped or led.looped or led.capped:
            return plain
        gained = hints.count(self._bytes(led)) - hints.count(self._bytes(plain))
        lost = float(plain.log_probs.sum() - led.log_probs.sum())
        return led if gained > 0 and lost <= HINT_COST_MAX * gained else plain

    def _bytes(self, decoded: Decoded) -> bytes:
        return b"".join(self._pieces[token] for token in decoded.tokens)

    def _encoded(self, samples: Samples) -> "_Encoded":
        if len(samples) < _MIN_SAMPLES:
            samples = np.pad(samples, (0, _MIN_SAMPLES - len(samples)))
        audio = np.ascontiguousarray(samples, np.float32)[None]
        keys_and_values = self._encoder.run(None, {"input_values": audio})
        feed = dict(zip(self._sound, keys_and_values, strict=True))
        return _Encoded(
            feed=feed,
            frames=feed[_KEYS].shape[3],
            cap=int(len(samples) / SAMPLE_RATE * TOKENS_PER_SECOND_MAX) + 4,
        )

    def _decoded(
        self,
        encoded: Sequence["_Encoded"],
        sound: Mapping[str, NDArray[np.generic]],
        hints: Hints | None,
    ) -> list[Decoded]:
        feed = {**sound, **self._nothing(len(encoded))}
        texts = [_Writing(encoded=e, path=hints.path() if hints else None) for e in encoded]
        while not all(text.ended for text in texts):
            last = [text.tokens[-1] if text.tokens else BEGIN for text in texts]
            position = max(len(text.tokens) for text in texts)
            for text, logits, attention in zip(
                texts, *self._step(feed, last, position), strict=True
            ):
                if not text.ended:
                    text.add(logits, attention, self._pieces)
        return [text.decoded() for text in texts]

    def _nothing(self, parts: int) -> dict[str, NDArray[np.generic]]:
        """The keys and values of a text without tokens."""
        return {
            name: np.zeros((parts, heads, 0, numbers), np.float32)
            for name, (_, heads, _, numbers) in self._past.items()
        }

    def _step(
        self, feed: dict[str, NDArray[np.generic]], last: Sequence[int], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits and attention of each part's next token; ``feed`` gets the new keys and values."""
        feed["input_ids"] = np.array(last, np.int64)[:, None]
        feed["position"] = np.array([position])
        values = dict(zip(self._outputs, self._decoder.run(None, feed), strict=True))
        for name, value in values.items():
            if name.startswith("present."):
                feed[_as_past(name)] = value
        weights = [values[f"attention.{layer}"][:, head, -1] for layer, head in ALIGNMENT_HEADS]
        return values["logits"][:, -1], np.stack(weights, axis=1)


def _stacked(feeds: Sequence[dict[str, NDArray[np.generic]]]) -> dict[str, NDArray[np.generic]]:
    """One array of each input for all parts; shorter ones are padded, and masked.

    ``feeds`` are emptied, so that the parts are not in memory twice.
    """
    stacked: dict[str, NDArray[np.generic]] = {}
    for name in list(feeds[0]):
        arrays = [feed.pop(name)[0] for feed in feeds]
        shape = np.max([array.shape for array in arrays], axis=0)
        whole = np.zeros((len(feeds), *shape), arrays[0].dtype)
        for row, array in zip(whole, arrays, strict=True):
            row[tuple(slice(length) for length in array.shape)] = array
        stacked[name] = whole
    return stacked


def _mask(encoded: Sequence[_Encoded]) -> NDArray[np.float32]:
    """What is added to the attention to each frame, so that none is paid to padding."""
    frames = np.arange(max(part.frames for part in encoded))
    lengths = np.array([part.frames for part in encoded])
    padding = frames >= lengths[:, None]
    return np.where(padding, np.float32(_MASKED), np.float32(0))[:, None, None]


def _as_past(name: str) -> str:
    """The name of the input that takes an output of the previous step."""
    return name.replace("present.", "past_key_values.")


def _loops(tokens: list[int]) -> bool:
    """Whether the same 2 to 12 tokens have occurred three times in a row at the end."""
    return any(
        len(tokens) >= _LOOP_REPEATS * n
        and tokens[-n:] == tokens[-2 * n : -n] == tokens[-3 * n : -2 * n]
        for n in range(2, _LOOP_TOKENS_MAX + 1)
    )


class _Pieces(Sequence[bytes]):
    """The bytes of each token, computed on access, as a text uses few of the 32,768."""

    def __init__(self, path: Path) -> None:
        self._raw = _read_vocabulary(path)

    def __getitem__(self, token: int) -> bytes:  # type: ignore[override]  # no slices
        return _clean_piece(self._raw[token])

    def __len__(self) -> int:
        return len(self._raw)


def _read_vocabulary(path: Path) -> list[bytes]:
    """Pieces of ``tokenizer.bin``: a length (one byte, or two from 128 up), then the bytes."""
    data = path.read_bytes()
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length = data[at] * 128 + length - 128
            at += 1
        pieces.append(data[at : at + length])
        at += length
    return pieces


def _clean_piece(piece: bytes) -> bytes:
    if as_byte := _BYTE_PIECE.fullmatch(piece):
        return bytes([int(as_byte.group(1), 16)])
    if _CONTROL_PIECE.fullmatch(piece):
        return b""
    return piece.replace("\u2581".encode(), b" ")
