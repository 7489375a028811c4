"""Generates a tiny Whisper model in CTranslate2's format with random weights.

It detects, decodes, aligns and batches like a real one. Only the decoder's position embeddings are
not random: they make the model output one sentence for every stretch with voice.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ctranslate2.specs import whisper_spec
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers import models as tokenizer_models

from mp4totext.providers.speech.languages import WHISPER_LANGUAGES

WIDTH, HEADS, LAYERS, MELS = 32, 2, 1, 80
# CTranslate2 knows a multilingual model by the empty token.
_SPECIAL_AFTER = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
# faster-whisper suppresses the first token of " -" and " '": those may not be the bare space.
_MERGES = ("Ġ-", "Ġ'", "Ġâ")


SAYS = " Nobody heard 42 of them."
_FIRST_TEXT = 3  # the place whose output is the first text: after start, language and task


def make_whisper(
    folder: Path, *, says: str = SAYS, language: str = "en", english: bool = False, seed: int = 0
) -> Path:
    """Write the model. ``language``: the detected one. ``english``: an English-only model."""
    folder.mkdir(parents=True)
    plain = [*_byte_tokens(), *_MERGES]
    if not english:
        plain.append("")
    languages = ["en"] if english else list(WHISPER_LANGUAGES)
    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{code}|>" for code in languages),
        *(f"<|{name}|>" for name in _SPECIAL_AFTER),
        *(f"<|{n * 0.02:.2f}|>" for n in range(1_501)),
    ]
    tokens = plain + special
    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    ids = {token: n for n, token in enumerate(tokens)}
    spoken = [ids["Ġ" if character == " " else character] for character in says]
    path = {0: ids[f"<|{language}|>"]}
    path |= {_FIRST_TEXT + n: token for n, token in enumerate(spoken)}
    path |= dict.fromkeys(range(_FIRST_TEXT + len(spoken), 448), ids["<|endoftext|>"])
    _Weights(np.random.default_rng(seed), tokens, path).fill(spec)
    spec.register_vocabulary(tokens)
    _configure(spec, ids, languages)
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))
    _tokenizer(plain, special).save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "feature_size": MELS,
                "sampling_rate": 16_000,
                "hop_length": 160,
                "n_fft": 400,
                "chunk_length": 30,
            }
        )
    )
    return folder


def _byte_tokens() -> list[str]:
    """The 256 visible stand-ins for bytes of byte-level BPE, in the order of the bytes."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    stand_ins = {byte: chr(byte) for byte in visible}
    hidden = (byte for byte in range(256) if byte not in stand_ins)
    stand_ins |= {byte: chr(256 + n) for n, byte in enumerate(hidden)}
    return [stand_ins[byte] for byte in range(256)]


def _tokenizer(plain: list[str], special: list[str]) -> Tokenizer:
    vocabulary = {token: n for n, token in enumerate(plain)}
    merges = [(merge[0], merge[1]) for merge in _MERGES]
    tokenizer = Tokenizer(tokenizer_models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    return tokenizer


def _configure(spec: whisper_spec.WhisperSpec, ids: dict[str, int], languages: list[str]) -> None:
    unsaid = ("startoftranscript", "translate", "transcribe", "startoflm", "startofprev")
    spec.config.suppress_ids = [ids[f"<|{name}|>"] for name in unsaid]
    spec.config.suppress_ids_begin = [ids["<|endoftext|>"]]  # something is always said
    spec.config.lang_ids = [ids[f"<|{code}|>"] for code in languages]
    spec.config.alignment_heads = [(LAYERS - 1, head) for head in range(HEADS)]


class _Weights:
    def __init__(
        self, random: np.random.Generator, tokens: list[str], path: Mapping[int, int]
    ) -> None:
        """``path``: the token to output at each position."""
        self._random = random
        self._tokens = tokens
        self._path = path

    def fill(self, spec: whisper_spec.WhisperSpec) -> None:
        encoder, decoder = spec.encoder, spec.decoder
        for layer, inputs in ((encoder.conv1, MELS), (encoder.conv2, WIDTH)):
            layer.weight, layer.bias = self._some(WIDTH, inputs, 3), self._none(WIDTH)
        encoder.position_encodings.encodings = _sinusoids(1_500)
        self._norm(encoder.layer_norm)
        for block in encoder.layer:
            self._attention(block.self_attention, joined=3)
            self._feed_forward(block.ffn)
        decoder.embeddings.weight = self._embeddings()
        decoder.position_encodings.encodings = self._positions(decoder.embeddings.weight)
        decoder.projection.weight = decoder.embeddings.weight
        self._norm(decoder.layer_norm)
        for block in decoder.layer:
            self._attention(block.self_attention, joined=3)
            self._attention(block.attention, joined=1)
            self._feed_forward(block.ffn)

    def _some(self, *shape: int) -> NDArray[np.float32]:
        return (self._random.standard_normal(shape) * 0.2).astype(np.float32)

    def _none(self, *shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, np.float32)

    def _norm(self, norm: object) -> None:
        norm.gamma, norm.beta = np.ones(WIDTH, np.float32), self._none(WIDTH)  # type: ignore[attr-defined]

    def _attention(self, spec: object, *, joined: int) -> None:
        """``joined``: 3 for query, key and value in one matrix, 1 for the query alone."""
        self._norm(spec.layer_norm)  # type: ignore[attr-defined]
        linear = spec.linear  # type: ignore[attr-defined]
        sizes = (joined * WIDTH, WIDTH) if joined == 3 else (WIDTH, 2 * WIDTH, WIDTH)
        for layer, size in zip(linear, sizes, strict=True):
            layer.weight, layer.bias = self._some(size, WIDTH), self._none(size)

    def _feed_forward(self, spec: object) -> None:
        self._norm(spec.layer_norm)  # type: ignore[attr-defined]
        first, second = spec.linear_0, spec.linear_1  # type: ignore[attr-defined]
        first.weight, first.bias = self._some(4 * WIDTH, WIDTH), self._none(4 * WIDTH)
        second.weight, second.bias = self._some(WIDTH, 4 * WIDTH), self._none(WIDTH)

    def _embeddings(self) -> NDArray[np.float32]:
        """Embeddings, also used as output layer; of equal length, so only the direction counts."""
        weight = self._some(len(self._tokens), WIDTH)
        weight /= np.linalg.norm(weight, axis=1, keepdims=True)
        weight[
            [n for n, token in enumerate(self._tokens) if token.startswith("<|") and "." in token]
        ] = 0
        return weight * np.float32(4)

    def _positions(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        places = self._some(448, WIDTH)
        for place, token in self._path.items():
            places[place] = 8 * embeddings[token]
        return places


def _sinusoids(length: int) -> NDArray[np.float32]:
    step = np.log(10_000) / (WIDTH // 2 - 1)
    times = np.arange(length)[:, None] * np.exp(-step * np.arange(WIDTH // 2))[None]
    return np.concatenate([np.sin(times), np.cos(times)], axis=1).astype(np.float32)
