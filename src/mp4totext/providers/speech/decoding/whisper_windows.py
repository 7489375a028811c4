"""What local Whispers share: voice first, a vote on the language, a second pass over losses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.speech.base import LanguageGuess, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding import quality
from mp4totext.providers.speech.decoding.chunking import ChunkOptions, chunks
from mp4totext.providers.speech.decoding.result_assembly import (
    assemble_result,
    voice_without_words,
)
from mp4totext.providers.speech.decoding.voting import elect_language
from mp4totext.providers.speech.decoding.word_timing import RawSegment, timed_segments
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.providers.vad import Region, Vad, regions

# Whisper takes 30 s at a time, padded to that: a chunk of 5 s takes nearly as long as one of 29. So
# pauses stay inside, as in WhisperX (Bain et al. 2023, "cut and merge"); 29 s and the context fit.
CHUNKS = ChunkOptions(max_ms=29_000, join_gap_ms=29_000, filled=0.75)
# How sure one stretch must be to differ from the recording's language. Whisper base named 60 of 63
# recordings right, each with 0.7 or more, and 3 wrong, with 0.47 at most.
_OTHER_LANGUAGE_MIN = 0.8

_HINT_TOKENS = 220  # Whisper keeps the last 223 tokens of a prompt

Vote = Mapping[str, float]  # Whisper's code -> probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One window and how to decode it."""

    samples: Samples
    language: str  # Whisper's code
    translate: bool
    hint: str | None  # the vocabulary

    @property
    def length_ms(self) -> int:
        return len(self.samples) * 1_000 // SAMPLE_RATE


class Decoder(Protocol):
    """A loaded model. Times of its segments are in the window."""

    @property
    def languages(self) -> frozenset[str]:
        """Whisper's codes; only "en" when the model is English."""
        ...

    def vote(self, samples: Samples) -> Vote:
        """Probabilities of languages from the first 30 s."""
        ...

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        """The vocabulary as the model takes it, and how many entries did not fit."""
        ...

    def decode(self, task: Task, spans: Sequence[Region]) -> Iterator[RawSegment]:
        """The segments of spans of at most 30 s each."""
        ...

    def decode_again(self, task: Task, span: Region) -> Iterator[RawSegment]:
        """One span alone, with whatever helps against failure, at any cost in time."""
        ...


def transcribe_window(
    decoder: Decoder, request: SpeechRequest, *, name: str, provider: str, vad: Vad, report: Report
) -> SpeechResult:
    """``name``: of the model, in the result and in messages."""
    _check_supported(decoder, request, name=name, provider=provider)
    length_ms = len(request.samples) * 1_000 // SAMPLE_RATE
    probabilities = vad.probabilities(request.samples)
    voice = regions(probabilities, length_ms=length_ms)
    spans = [
        chunk.span for chunk in chunks(voice, probabilities, length_ms=length_ms, options=CHUNKS)
    ]
    votes: list[Vote] = []
    if not request.options.language and len(decoder.languages) > 1:
        votes = [decoder.vote(cut(request.samples, span)) for span in spans]
    guess = elect_language(votes, [span.length_ms for span in spans]) if votes else None
    hint, left_out = decoder.hint(request.options.vocabulary)
    task = Task(
        samples=request.samples,
        language=to_whisper(request.options.language or (guess.language if guess else "en")),
        translate=request.options.translate_to_english,
        hint=hint,
    )
    raw_segments = _decoded(decoder, task, spans, votes, report)
    raw_segments += _second_pass(decoder, task, raw_segments, voice)
    report(length_ms)
    return _result(
        sorted(raw_segments, key=lambda raw: raw.start_ms or 0),
        request,
        guess=guess,
        task=task,
        voice=voice,
        model=name,
        left_out=left_out,
    )


def detect_language(
    decoder: Decoder, stretches: Sequence[Samples], *, vad: Vad
) -> LanguageGuess | None:
    """Each stretch with voice has a vote that weighs its voiced length."""
    votes: list[Vote] = []
    weights: list[int] = []
    for samples in stretches:
        length_ms = len(samples) * 1_000 // SAMPLE_RATE
        voice = regions(vad.probabilities(samples), length_ms=length_ms)
        if voice:
            votes.append(decoder.vote(cut(samples, Region(voice[0].start_ms, voice[-1].end_ms))))
            weights.append(sum(region.length_ms for region in voice))
    return elect_language(votes, weights) if votes else None


def hint_of(
    vocabulary: Sequence[str], *, count_tokens: Callable[[str], int]
) -> tuple[str | None, int]:
    """The vocabulary as a prompt, as far as it fits, and how many entries did not."""
    taken: list[str] = []
    tokens = 0
    for word in vocabulary:
        tokens += count_tokens(f" {word},")
        if tokens > _HINT_TOKENS:
            break
        taken.append(word)
    return ", ".join(taken) or None, len(vocabulary) - len(taken)


def cut(samples: Samples, span: Region) -> Samples:
    per_ms = SAMPLE_RATE // 1_000
    return samples[span.start_ms * per_ms : span.end_ms * per_ms]


def _check_supported(decoder: Decoder, request: SpeechRequest, *, name: str, provider: str) -> None:
    if (
        request.options.language is not None
        and to_whisper(request.options.language) not in decoder.languages
    ):
        raise ProviderUnsupported(
            f"The model {name!r} does not support the language {request.options.language!r}: "
            "choose a multilingual model.",
            provider=provider,
        )
    if request.options.translate_to_english and len(decoder.languages) == 1:
        raise ProviderUnsupported(
            f"The model {name!r} is English only and cannot translate: choose a multilingual "
            "model.",
            provider=provider,
        )


def _decoded(
    decoder: Decoder, task: Task, spans: Sequence[Region], votes: Sequence[Vote], report: Report
) -> list[RawSegment]:
    """Spans by language: those that are surely another one are decoded and tagged as that."""
    by_language: dict[str, list[Region]] = {}
    for n, span in enumerate(spans):
        language = task.language
        if votes:
            likeliest = max(votes[n], key=lambda code: votes[n][code])
            language = likeliest if votes[n][likeliest] >= _OTHER_LANGUAGE_MIN else language
        by_language.setdefault(language, []).append(span)
    raw_segments: list[RawSegment] = []
    done_ms = 0
    for language, same in by_language.items():
        for raw in decoder.decode(replace(task, language=language), same):
            raw_segments.append(raw)
            done_ms = min(max(done_ms, round(raw.end_ms or 0)), task.length_ms)
            report(done_ms)
    return raw_segments


def _second_pass(
    decoder: Decoder, task: Task, raw_segments: Sequence[RawSegment], voice: Sequence[Region]
) -> list[RawSegment]:
    """Voice that got no words is decoded once more, alone; what loops then is not taken."""
    segments = timed_segments(raw_segments, start_ms=0, end_ms=task.length_ms)
    return [
        raw
        for start_ms, end_ms in voice_without_words(segments, voice=voice)
        for raw in decoder.decode_again(task, Region(start_ms, end_ms))
        if not quality.suspicion(raw.text, length_ms=round((raw.end_ms or 0) - (raw.start_ms or 0)))
    ]


def _result(
    raw_segments: Sequence[RawSegment],
    request: SpeechRequest,
    *,
    guess: LanguageGuess | None,
    task: Task,
    voice: Sequence[Region],
    model: str,
    left_out: int,
) -> SpeechResult:
    by_ms = request.offset_ms
    spoken = guess.language if guess else from_whisper(task.language)
    warnings = (f"{left_out} entries of the vocabulary did not fit.",) if left_out else ()
    return assemble_result(
        [_moved(raw, by_ms) for raw in raw_segments],
        start_ms=by_ms,
        end_ms=by_ms + task.length_ms,
        voice=[Region(r.start_ms + by_ms, r.end_ms + by_ms) for r in voice],
        language=("en" if task.translate else spoken) if raw_segments else None,
        language_confidence=guess.confidence if guess and raw_segments else None,
        model=model,
        warnings=warnings,
    )


def _moved(raw: RawSegment, by_ms: int) -> RawSegment:
    def moved(time: float | None) -> float | None:
        return None if time is None else time + by_ms

    return replace(
        raw,
        start_ms=moved(raw.start_ms),
        end_ms=moved(raw.end_ms),
        words=tuple(
            replace(word, start_ms=moved(word.start_ms), end_ms=moved(word.end_ms))
            for word in raw.words
        ),
    )
