"""What local Whispers share: voice first, a vote on the language, a second pass over losses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.speech.base import LanguageGuess, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding import quality
from mp4totext.providers.speech.decoding.chunking import ChunkOptions, chunks
from mp4totext.providers.speech.decoding.result_assembly import assembled, unheard
from mp4totext.providers.speech.decoding.voting import elected
from mp4totext.providers.speech.decoding.word_timing import Heard, repaired
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.providers.vad import Region, Vad, regions

# Whisper hears 30 s at a time, padded to that: a chunk of 5 s takes nearly as long as one of 29. So
# pauses stay inside, as in WhisperX (Bain et al. 2023, "cut and merge"); 29 s and the context fit.
CHUNKS = ChunkOptions(max_ms=29_000, join_gap_ms=29_000, filled=0.75)
_OTHER_LANGUAGE_MIN = 0.8  # how sure one stretch must be to differ from the recording's language

Vote = Mapping[str, float]  # Whisper's code -> probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One window on its way. ``language`` is Whisper's code; ``hint`` holds the vocabulary."""

    samples: Samples
    language: str
    translate: bool
    hint: str | None

    @property
    def length_ms(self) -> int:
        return len(self.samples) * 1_000 // SAMPLE_RATE


class Decoder(Protocol):
    """A loaded model. Times of what it hears are in the window."""

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

    def decode(self, task: Task, spans: Sequence[Region]) -> Iterator[Heard]:
        """What is said in each span of at most 30 s."""
        ...

    def decode_again(self, task: Task, span: Region) -> Iterator[Heard]:
        """One span alone, with whatever helps against failure, at any cost in time."""
        ...


def transcribed(
    decoder: Decoder, request: SpeechRequest, *, name: str, provider: str, vad: Vad, report: Report
) -> SpeechResult:
    _refuse_unsupported(decoder, request, name=name, provider=provider)
    length_ms = len(request.samples) * 1_000 // SAMPLE_RATE
    probabilities = vad.probabilities(request.samples)
    voice = regions(probabilities, length_ms=length_ms)
    spans = [
        chunk.span for chunk in chunks(voice, probabilities, length_ms=length_ms, options=CHUNKS)
    ]
    votes = _votes(decoder, request, spans)
    guess = elected(votes, [span.length_ms for span in spans]) if votes else None
    hint, left_out = decoder.hint(request.vocabulary)
    task = Task(
        samples=request.samples,
        language=_language(decoder, request, guess),
        translate=request.translate_to_english,
        hint=hint,
    )
    heard = _heard(decoder, task, spans, votes, report)
    heard += _second_pass(decoder, task, heard, voice)
    report(length_ms)
    return _result(
        sorted(heard, key=lambda h: h.start_ms or 0),
        request,
        guess=guess,
        task=task,
        voice=voice,
        model=name,
        left_out=left_out,
    )


def language_of(
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
    return elected(votes, weights) if votes else None


def cut(samples: Samples, span: Region) -> Samples:
    per_ms = SAMPLE_RATE // 1_000
    return samples[span.start_ms * per_ms : span.end_ms * per_ms]


def _refuse_unsupported(
    decoder: Decoder, request: SpeechRequest, *, name: str, provider: str
) -> None:
    if request.language is not None and to_whisper(request.language) not in decoder.languages:
        raise ProviderUnsupported(
            f"The model {name!r} does not hear {request.language!r}: choose a multilingual model.",
            provider=provider,
        )
    if request.translate_to_english and len(decoder.languages) == 1:
        raise ProviderUnsupported(
            f"The model {name!r} hears English only and cannot translate: choose a multilingual "
            "model.",
            provider=provider,
        )


def _votes(decoder: Decoder, request: SpeechRequest, spans: Sequence[Region]) -> list[Vote]:
    if request.language or len(decoder.languages) == 1:
        return []
    return [decoder.vote(cut(request.samples, span)) for span in spans]


def _language(decoder: Decoder, request: SpeechRequest, guess: LanguageGuess | None) -> str:
    if request.language:
        return to_whisper(request.language)
    if guess is None or len(decoder.languages) == 1:
        return "en"
    return to_whisper(guess.language)


def _heard(
    decoder: Decoder, task: Task, spans: Sequence[Region], votes: Sequence[Vote], report: Report
) -> list[Heard]:
    """Spans by language: those that are surely another one are decoded and tagged as that."""
    by_language: dict[str, list[Region]] = {}
    for n, span in enumerate(spans):
        language = _span_language(votes[n], task.language) if votes else task.language
        by_language.setdefault(language, []).append(span)
    heard: list[Heard] = []
    done = 0
    for language, same in by_language.items():
        for h in decoder.decode(replace(task, language=language), same):
            heard.append(h)
            done = min(max(done, round(h.end_ms or 0)), task.length_ms)
            report(done)
    return heard


def _span_language(vote: Vote, main: str) -> str:
    best = max(vote, key=lambda language: vote[language])
    return best if vote[best] >= _OTHER_LANGUAGE_MIN else main


def _second_pass(
    decoder: Decoder, task: Task, heard: Sequence[Heard], voice: Sequence[Region]
) -> list[Heard]:
    """Voice that got no words is heard once more, alone; what loops then is not taken."""
    found = repaired(heard, start_ms=0, end_ms=task.length_ms)
    more: list[Heard] = []
    for start, end in unheard(found, voice=voice):
        more += decoder.decode_again(task, Region(start, end))
    return [h for h in more if not quality.suspicion(h.text, length_ms=_length(h))]


def _length(heard: Heard) -> int:
    return round((heard.end_ms or 0) - (heard.start_ms or 0))


def _result(
    heard: Sequence[Heard],
    request: SpeechRequest,
    *,
    guess: LanguageGuess | None,
    task: Task,
    voice: Sequence[Region],
    model: str,
    left_out: int,
) -> SpeechResult:
    by = request.offset_ms
    spoken = guess.language if guess else from_whisper(task.language)
    warnings = (f"{left_out} entries of the vocabulary did not fit.",) if left_out else ()
    return assembled(
        [_moved(h, by) for h in heard],
        start_ms=by,
        end_ms=by + task.length_ms,
        voice=[Region(r.start_ms + by, r.end_ms + by) for r in voice],
        language=("en" if task.translate else spoken) if heard else None,
        language_confidence=guess.confidence if guess and heard else None,
        model=model,
        warnings=warnings,
    )


def _moved(heard: Heard, by_ms: int) -> Heard:
    def moved(time: float | None) -> float | None:
        return None if time is None else time + by_ms

    return replace(
        heard,
        start_ms=moved(heard.start_ms),
        end_ms=moved(heard.end_ms),
        words=tuple(
            replace(word, start_ms=moved(word.start_ms), end_ms=moved(word.end_ms))
            for word in heard.words
        ),
    )
