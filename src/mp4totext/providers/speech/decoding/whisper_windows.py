"""The pipeline of local Whispers: voice activity, language vote, decoding, a second pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mp4totext.media.level import levelled
from mp4totext.providers.base import SAMPLE_RATE, Report
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.speech.base import LanguageGuess, SpeechRequest, SpeechResult
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


def transcribe_window(
    decoder: Decoder, request: SpeechRequest, *, name: str, provider: str, vad: Vad, report: Report
) -> SpeechResult:
    """``name``: of the model, for the result and for messages."""
    _check_supported(decoder, request, name=name, provider=provider)
    samples = levelled(request.samples)
    length_ms = len(samples) * 1_000 // SAMPLE_RATE
    probabilities = vad.probabilities(samples)
    voice = regions(probabilities, length_ms=length_ms)
    spans = decoder.encode(
        samples,
        [c.span for c in chunks(voice, probabilities, length_ms=length_ms, options=CHUNKS)],
    )
    hint, left_out = decoder.hint(request.options.hints)
    task = Task(
        samples=samples,
        language=to_whisper(request.options.language or "en"),
        translate=request.options.translate_to_english,
        hint=hint,
    )
    guess: LanguageGuess | None = None
    if request.options.language or len(decoder.languages) == 1:
        raw_segments = _decoded(decoder, {task.language: spans}, task, report)
    elif spans:
        guess, raw_segments = _decoded_by_language(decoder, spans, task, voice, request, report)
        task = replace(task, language=to_whisper(guess.language))
    else:
        raw_segments = []
    raw_segments = _in_order(in_voice(raw, voice) for raw in raw_segments)
    raw_segments += _second_pass(decoder, task, raw_segments, voice)
    report(length_ms)
    return _result(
        as_one_text(_in_order(raw_segments), begins=request.offset_ms == 0),
        request,
        guess=guess,
        task=task,
        voice=voice,
        model=name,
        left_out=left_out,
    )


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


def _in_order(raw_segments: Iterable[RawSegment]) -> list[RawSegment]:
    return sorted(raw_segments, key=lambda raw: raw.start_ms or 0)


def _decoded_by_language(
    decoder: Decoder,
    spans: Sequence[EncodedSpan],
    task: Task,
    voice: Sequence[Region],
    request: SpeechRequest,
    report: Report,
) -> tuple[LanguageGuess, list[RawSegment]]:
    """Each span decoded in its language; if that is uncertain, in the one of the likelier text."""
    around, usual = request.around, request.options.usual_languages
    by_ms = request.offset_ms
    tagged = spoken_language.tagged(
        decoder,
        task.samples,
        spans,
        voice,
        heard=request.heard,
        english=[Region(start_ms - by_ms, end_ms - by_ms) for start_ms, end_ms in request.english],
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
    by_language: dict[str, list[EncodedSpan]] = {}
    for span in tagged:
        if span not in settled:
            language = spoken_language.language_of(span, guess)
            by_language.setdefault(language, []).append(span.span)
    return guess, raw_segments + _decoded(decoder, by_language, task, report)


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
    decoder: Decoder, task: Task, raw_segments: Sequence[RawSegment], voice: Sequence[Region]
) -> list[RawSegment]:
    """Decode voice without words again, alone; a result that loops is discarded."""
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
        [moved(raw, by_ms) for raw in raw_segments],
        start_ms=by_ms,
        end_ms=by_ms + task.length_ms,
        voice=[Region(r.start_ms + by_ms, r.end_ms + by_ms) for r in voice],
        language=("en" if task.translate else spoken) if raw_segments else None,
        language_confidence=guess.confidence if guess and raw_segments else None,
        model=model,
        warnings=warnings,
    )
