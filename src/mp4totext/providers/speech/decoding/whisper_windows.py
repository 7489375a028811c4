"""The pipeline of local Whispers: voice activity, language vote, decoding, a second pass."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mp4totext.media.level import levelled
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.speech.base import (
    LanguageGuess,
    SpeechOptions,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.decoding import quality, spoken_language
from mp4totext.providers.speech.decoding.chunking import ChunkOptions, chunks
from mp4totext.providers.speech.decoding.result_assembly import (
    assemble_result,
    voice_without_words,
)
from mp4totext.providers.speech.decoding.span_texts import as_one_text
from mp4totext.providers.speech.decoding.whisper import Decoder, EncodedSpan, Task
from mp4totext.providers.speech.decoding.word_timing import (
    RawSegment,
    in_voice,
    moved,
    timed_segments,
)
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.providers.vad import Region, Vad, regions

# Pauses stay inside a span, as in WhisperX (Bain et al. 2023, "cut and merge"). Measured with base
# on 382 s of an audiobook: spans of 19 s and beams of 2 give 61 errors in 847 words for 16.7 s of
# processor, 29 s and beams of 5 (what whisper-ctranslate2 does) 64 for 24.7 s.
CHUNKS = ChunkOptions(max_ms=19_000, join_gap_ms=19_000, filled=0.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A request's sound, found and encoded. Times are those of the task's samples."""

    request: SpeechRequest
    region: Region
    voice: Sequence[Region]
    spans: Sequence[EncodedSpan]


def transcribe_window(
    decoder: Decoder, request: SpeechRequest, *, name: str, provider: str, vad: Vad, report: Report
) -> SpeechResult:
    """``name``: of the model, for the result and for messages."""
    (result,) = transcribe_windows(
        decoder, [request], name=name, provider=provider, vad=vad, report=report
    )
    return result


def transcribe_windows(
    decoder: Decoder,
    requests: Sequence[SpeechRequest],
    *,
    name: str,
    provider: str,
    vad: Vad,
    report: Report,
) -> list[SpeechResult]:
    """Requests with the same options, decoded in the same batches, which is quicker.

    Each keeps its own language, sentences and times. ``report`` counts their lengths together.
    """
    options = requests[0].options
    _check_supported(decoder, options, name=name, provider=provider)
    hint, left_out = decoder.hint(options.hints)
    sounds = [_whole_ms(levelled(request.samples)) for request in requests]
    task = Task(
        samples=np.concatenate(sounds),
        language=to_whisper(options.language or "en"),
        translate=options.translate_to_english,
        hint=hint,
    )
    windows = _encoded(decoder, requests, sounds, vad)
    guesses: list[LanguageGuess | None] = []
    raw_segments: list[RawSegment] = []
    by_language: dict[str, list[EncodedSpan]] = {}
    for window in windows:
        guess, decided, spans = _by_language(decoder, window, task)
        guesses.append(guess)
        raw_segments += decided
        for language, same in spans.items():
            by_language.setdefault(language, []).extend(same)
    raw_segments += _decoded(decoder, by_language, task, report)
    report(task.length_ms)
    return [
        _result(decoder, window, texts, task=task, guess=guess, model=name, skipped=left_out)
        for window, texts, guess in zip(
            windows, _by_window(raw_segments, windows), guesses, strict=True
        )
    ]


def _by_window(
    raw_segments: Iterable[RawSegment], windows: Sequence[_Window]
) -> list[list[RawSegment]]:
    """Each window's segments. The first and the last window have those outside of all, too."""
    starts = [window.region.start_ms for window in windows[1:]]
    texts: list[list[RawSegment]] = [[] for _ in windows]
    for raw in raw_segments:
        texts[bisect_right(starts, raw.start_ms or 0)].append(raw)
    return texts


def _whole_ms(samples: Samples) -> Samples:
    return samples[: len(samples) - len(samples) % (SAMPLE_RATE // 1_000)]


def _encoded(
    decoder: Decoder, requests: Sequence[SpeechRequest], sounds: Sequence[Samples], vad: Vad
) -> list[_Window]:
    """The requests' windows, one after another."""
    windows: list[_Window] = []
    start_ms = 0
    for request, samples in zip(requests, sounds, strict=True):
        length_ms = len(samples) * 1_000 // SAMPLE_RATE
        probabilities = vad.probabilities(samples)
        voice = regions(probabilities, length_ms=length_ms)
        spoken = chunks(voice, probabilities, length_ms=length_ms, options=CHUNKS)
        spans = decoder.encode(samples, [chunk.span for chunk in spoken])
        windows.append(
            _Window(
                request=request,
                region=Region(start_ms, start_ms + length_ms),
                voice=[_later(region, start_ms) for region in voice],
                spans=[replace(span, region=_later(span.region, start_ms)) for span in spans],
            )
        )
        start_ms += length_ms
    return windows


def _later(region: Region, by_ms: int) -> Region:
    return Region(region.start_ms + by_ms, region.end_ms + by_ms)


def _check_supported(decoder: Decoder, options: SpeechOptions, *, name: str, provider: str) -> None:
    if options.language is not None and to_whisper(options.language) not in decoder.languages:
        raise ProviderUnsupported(
            f"The model {name!r} does not support the language {options.language!r}: "
            "choose a multilingual model.",
            provider=provider,
        )
    if options.translate_to_english and len(decoder.languages) == 1:
        raise ProviderUnsupported(
            f"The model {name!r} is English only and cannot translate: choose a multilingual "
            "model.",
            provider=provider,
        )


def _in_order(raw_segments: Iterable[RawSegment]) -> list[RawSegment]:
    return sorted(raw_segments, key=lambda raw: raw.start_ms or 0)


def _by_language(
    decoder: Decoder, window: _Window, task: Task
) -> tuple[LanguageGuess | None, list[RawSegment], Mapping[str, Sequence[EncodedSpan]]]:
    """The window's language, texts that have decided one, and other spans by Whisper's code.

    The guess is None if the language was given, or nobody speaks.
    """
    request = window.request
    if request.options.language or len(decoder.languages) == 1 or not window.spans:
        return None, [], {task.language: window.spans}
    around, usual = request.around, request.options.usual_languages
    by_ms = window.region.start_ms - request.offset_ms
    tagged = spoken_language.tagged(
        decoder,
        task.samples,
        window.spans,
        window.voice,
        heard=request.heard,
        english=[Region(start_ms + by_ms, end_ms + by_ms) for start_ms, end_ms in request.english],
    )
    guess = spoken_language.of_window(tagged)
    unsure = spoken_language.unsure(tagged, guess)
    expected = around or (guess.language if guess.confidence > spoken_language.MAJORITY else None)
    contested = spoken_language.foreign(tagged, expected) if expected else []
    if unsure:
        contested.append(spoken_language.undecided(unsure, around=around, usual=usual))
    raw_segments: list[RawSegment] = []
    for contest in contested:
        winner, likelier = spoken_language.likeliest_text(decoder, task, contest)
        raw_segments += likelier
        alone = len(contest.spans) == len(tagged)
        guess = winner if alone else replace(guess, tried=winner.tried)
    settled = [span for contest in contested for span in contest.spans]
    spans: dict[str, list[EncodedSpan]] = {}
    for span in tagged:
        if span not in settled:
            language = spoken_language.language_of(span, guess)
            spans.setdefault(language, []).append(span.span)
    return guess, raw_segments, spans


def _decoded(
    decoder: Decoder,
    spans: Mapping[str, Sequence[EncodedSpan]],
    task: Task,
    report: Report,
) -> list[RawSegment]:
    """``spans`` by Whisper's code."""
    raw_segments: list[RawSegment] = []
    done_ms = 0
    for language, same in spans.items():
        for raw in decoder.decode(replace(task, language=language), same):
            raw_segments.append(raw)
            done_ms = min(max(done_ms, round(raw.end_ms or 0)), task.length_ms)
            report(done_ms)
    return raw_segments


def _second_pass(
    decoder: Decoder, task: Task, raw_segments: Sequence[RawSegment], window: _Window
) -> list[RawSegment]:
    """Decode voice without words again, alone; a result that loops is discarded."""
    region = window.region
    segments = timed_segments(raw_segments, start_ms=region.start_ms, end_ms=region.end_ms)
    return [
        raw
        for start_ms, end_ms in voice_without_words(segments, voice=window.voice)
        for raw in decoder.decode_again(task, Region(start_ms, end_ms))
        if not quality.suspicion(raw.text, length_ms=round((raw.end_ms or 0) - (raw.start_ms or 0)))
    ]


def _result(
    decoder: Decoder,
    window: _Window,
    raw_segments: Sequence[RawSegment],
    *,
    task: Task,
    guess: LanguageGuess | None,
    model: str,
    skipped: int,
) -> SpeechResult:
    """``skipped``: entries of the vocabulary that did not fit."""
    region, request = window.region, window.request
    if guess is not None:
        task = replace(task, language=to_whisper(guess.language))
    texts = _in_order(in_voice(raw, window.voice) for raw in raw_segments)
    texts += _second_pass(decoder, task, texts, window)
    by_ms = request.offset_ms - region.start_ms
    spoken = guess.language if guess else from_whisper(task.language)
    warnings = (f"{skipped} entries of the vocabulary did not fit.",) if skipped else ()
    result = assemble_result(
        [moved(raw, by_ms) for raw in as_one_text(_in_order(texts), begins=request.offset_ms == 0)],
        start_ms=request.offset_ms,
        end_ms=region.end_ms + by_ms,
        voice=[_later(r, by_ms) for r in window.voice],
        language=("en" if task.translate else spoken) if texts else None,
        language_confidence=guess.confidence if guess and texts else None,
        model=model,
        warnings=warnings,
    )
    if guess is None:
        return result
    segments = tuple(spoken_language.as_written(each, guess) for each in result.segments)
    return replace(result, segments=segments)
