"""A Whisper model in CTranslate2: votes, text and word times share one encoding of a span."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from mp4totext.providers.base import Samples
from mp4totext.providers.json_fields import seconds_to_ms
from mp4totext.providers.speech.decoding.whisper import (
    EncodedSpan,
    Task,
    Vote,
    cut,
    hint_of,
)
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region

# Frames of 10 ms given to the encoder: it was trained on 30 s, and takes 3.7 times as long for
# that as for 15 s. On 50 clips of 2 to 28 s whole lengths of 15 s and more gave 77 errors in 915
# words, 30 s always gave 75, 8 s and more 127: with less it loops.
_LENGTHS = (1_500, 2_000, 3_000)
_REST = 100  # silence after the voice, so that the text ends
_FRAME_MS = 20  # of the encoder's output
_TOKENS_MAX = 448  # of a text with its prompt
_TOKENS_PER_SECOND = 20  # faster than people speak in any script; more is a loop
_TOKENS_SPARE = 30
_PROMPT_TOKENS = 223
_CLOSING = frozenset({"Po", "Pe", "Pf"})  # Unicode's categories

_Encoding = NDArray[np.float32]  # (frames / 2, width)


class WhisperDecoder:
    """Implements ``decoding.whisper.Decoder``. Thread-safe: it keeps no state between calls."""

    def __init__(self, model: WhisperModel, *, batch_size: int, beam_size: int) -> None:
        self._model = model
        self._batch_size = batch_size
        self._beam_size = beam_size
        self.languages = frozenset(model.supported_languages)

    def encode(self, samples: Samples, regions: Sequence[Region]) -> list[EncodedSpan]:
        return [EncodedSpan(region, self._encoded(cut(samples, region))) for region in regions]

    def _encoded(self, sound: Samples) -> _Encoding:
        mel = self._model.feature_extractor(sound)[..., :-1]
        length = next((n for n in _LENGTHS if n >= mel.shape[1] + _REST), _LENGTHS[-1])
        padded = np.zeros((1, mel.shape[0], length), np.float32)
        used = min(length, mel.shape[1])
        padded[0, :, :used] = mel[:, :used]
        encoded = self._model.model.encode(ctranslate2.StorageView.from_array(padded), to_cpu=True)
        encoding: _Encoding = np.asarray(encoded)[0]
        return encoding

    def vote(self, span: EncodedSpan) -> Vote:
        if not self._model.model.is_multilingual:
            return {"en": 1.0}
        return self._votes(span.encoding[None])[0]

    def votes_inside(self, span: EncodedSpan, stretches: Sequence[Region]) -> Sequence[Vote]:
        """Of the span's own encoding: 0.01 s each, and as sure as with one of their own."""
        if not (stretches and self._model.model.is_multilingual):
            return ()
        length = stretches[0].length_ms // _FRAME_MS
        starts = [(stretch.start_ms - span.region.start_ms) // _FRAME_MS for stretch in stretches]
        return self._votes(np.stack([span.encoding[start : start + length] for start in starts]))

    def _votes(self, encodings: NDArray[np.float32]) -> list[Vote]:
        answers = self._model.model.detect_language(ctranslate2.StorageView.from_array(encodings))
        return [{token.strip("<|>"): float(share) for token, share in a} for a in answers]

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        encode = self._model.hf_tokenizer.encode
        return hint_of(
            vocabulary, count_tokens=lambda text: len(encode(text, add_special_tokens=False).ids)
        )

    def decode(self, task: Task, spans: Sequence[EncodedSpan]) -> Iterator[RawSegment]:
        tokenizer = self._tokenizer(task)
        by_length = sorted(spans, key=lambda span: span.encoding.shape[0])
        # A batch is one array, so all its spans have one length.
        for _, group in groupby(by_length, key=lambda span: span.encoding.shape[0]):
            equal = list(group)
            for at in range(0, len(equal), self._batch_size):
                yield from self._decoded(tokenizer, task, equal[at : at + self._batch_size])

    def decode_again(self, task: Task, region: Region) -> Iterator[RawSegment]:
        """With a context of 30 s, and with the library's temperature fallback."""
        segments, _ = self._model.transcribe(
            cut(task.samples, region),
            language=task.language,
            task="translate" if task.translate else "transcribe",
            beam_size=self._beam_size,
            word_timestamps=True,
            hotwords=task.hint,
            vad_filter=False,
            condition_on_previous_text=False,
        )
        for segment in segments:
            yield _raw_segment(segment, task, region.start_ms)

    def _tokenizer(self, task: Task) -> Tokenizer:
        return Tokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task="translate" if task.translate else "transcribe",
            language=task.language,
        )

    def _decoded(
        self, tokenizer: Tokenizer, task: Task, spans: Sequence[EncodedSpan]
    ) -> Iterator[RawSegment]:
        hint: list[int] = []
        if task.hint is not None:
            hint = [tokenizer.sot_prev, *tokenizer.encode(f" {task.hint}")[:_PROMPT_TOKENS]]
        prompt = [*hint, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        longest_s = max(span.region.length_ms for span in spans) / 1_000
        answers = self._model.model.generate(
            _batch(spans),
            [prompt] * len(spans),
            beam_size=self._beam_size,
            max_length=min(
                _TOKENS_MAX, len(prompt) + round(longest_s * _TOKENS_PER_SECOND) + _TOKENS_SPARE
            ),
            return_scores=True,
        )
        texts = [[t for t in a.sequences_ids[0] if t < tokenizer.eot] for a in answers]
        with_text = [n for n, text in enumerate(texts) if text]
        if not with_text:
            return
        alignments = self._model.model.align(
            _batch([spans[n] for n in with_text]),
            tokenizer.sot_sequence,
            [texts[n] for n in with_text],
            [_frames(spans[n]) for n in with_text],
            median_filter_width=7,  # as in Whisper's own alignment
        )
        for n, alignment in zip(with_text, alignments, strict=True):
            yield RawSegment(
                text=tokenizer.decode(texts[n]).strip(),
                start_ms=spans[n].region.start_ms,
                end_ms=spans[n].region.end_ms,
                words=tuple(_words(tokenizer, texts[n], alignment, spans[n].region.start_ms)),
                confidence=float(np.exp(min(answers[n].scores[0], 0.0))),
                language="en" if task.translate else from_whisper(task.language),
            )


def _batch(spans: Sequence[EncodedSpan]) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(np.stack([span.encoding for span in spans]))


def _frames(span: EncodedSpan) -> int:
    """The number of frames of sound, without padding."""
    return min(span.region.length_ms // 10, 2 * int(span.encoding.shape[0]))


def _words(
    tokenizer: Tokenizer, text: Sequence[int], alignment: Any, by_ms: int
) -> Iterator[RawWord]:
    """``alignment``: a path of (token, frame); a word starts at its first token.

    A mark after a word belongs to it with its time: the attention to it is on the end of the word.
    """
    pieces, piece_tokens = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    path = np.array(alignment.alignments)
    starts = path[np.flatnonzero(np.diff(path[:, 0], prepend=-1))][:, 1] * _FRAME_MS
    last: RawWord | None = None
    at = 0
    for piece, tokens in zip(pieces[:-1], piece_tokens[:-1], strict=True):
        until = at + len(tokens)
        end_ms = by_ms + float(starts[min(until, len(starts) - 1)])
        if last is not None and _ends_word(piece):
            last = replace(last, text=last.text + piece, end_ms=end_ms)
        elif piece.strip():
            if last is not None:
                yield last
            last = RawWord(
                text=piece.strip(),
                start_ms=by_ms + float(starts[at]),
                end_ms=end_ms,
                confidence=float(np.mean(alignment.text_token_probs[at:until])),
            )
        at = until
    if last is not None:
        yield last


def _ends_word(piece: str) -> bool:
    """Whether it is a mark such as "," or "?!", and neither a bracket that opens nor a dash."""
    return bool(piece) and all(unicodedata.category(mark) in _CLOSING for mark in piece)


def _raw_segment(segment: Any, task: Task, by_ms: int) -> RawSegment:  # faster_whisper's Segment
    """Numbers are NumPy scalars: they are converted here, before JSON or a database gets them."""
    return RawSegment(
        text=segment.text.strip(),
        start_ms=seconds_to_ms(float(segment.start), by_ms),
        end_ms=seconds_to_ms(float(segment.end), by_ms),
        words=tuple(
            RawWord(
                text=word.word.strip(),
                start_ms=seconds_to_ms(float(word.start), by_ms),
                end_ms=seconds_to_ms(float(word.end), by_ms),
                confidence=float(word.probability),
            )
            for word in segment.words or ()
        ),
        confidence=float(np.exp(min(segment.avg_logprob, 0.0))),
        language="en" if task.translate else from_whisper(task.language),
    )
