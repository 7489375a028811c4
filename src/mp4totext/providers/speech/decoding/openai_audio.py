"""Transcribes a window by OpenAI's audio API, or by vendors with a similar one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mp4totext.providers.base import SAMPLE_RATE, Report
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.json_fields import JsonObject
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.flac import flac
from mp4totext.providers.speech.decoding.result_assembly import assemble_result, spread_over_voice
from mp4totext.providers.speech.decoding.verbose_json import (
    segments_in,
    turns_in,
    words_with_confidence,
)
from mp4totext.providers.speech.decoding.word_timing import RawSegment
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region, Vad, regions
from mp4totext.transcript import Turn

MAX_BYTES = 25 * 1_000_000
"""Limit of OpenAI and Groq for one request."""

_PROMPT_CHARACTERS = 600  # Whisper keeps the last 224 tokens of a prompt

Send = Callable[[bytes], JsonObject]  # FLAC -> the vendor's response


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    request: SpeechRequest
    voice: tuple[Region, ...]  # in the recording's time
    start_ms: int
    end_ms: int


def transcribe_window(
    send: Send,
    request: SpeechRequest,
    *,
    provider: str,
    vad: Vad,
    model: str,
    report: Report,
    warnings: tuple[str, ...] = (),
) -> SpeechResult:
    """Transcribe a window. Without voice it is not sent: it would cost, and be hallucinated."""
    start_ms = request.offset_ms
    length_ms = len(request.samples) * 1_000 // SAMPLE_RATE
    voice = regions(vad.probabilities(request.samples), length_ms=length_ms)
    window = Window(
        request=request,
        voice=tuple(Region(r.start_ms + start_ms, r.end_ms + start_ms) for r in voice),
        start_ms=start_ms,
        end_ms=start_ms + length_ms,
    )
    report(0)
    answer: JsonObject = {}
    if voice:
        content = flac(request.samples)
        if len(content) > MAX_BYTES:
            raise ProviderRejected(
                f"A window of {len(content) // 1_000_000} MB is more than the "
                f"{MAX_BYTES // 1_000_000} MB the vendor takes: use shorter windows.",
                provider=provider,
                code="too_large",
            )
        answer = send(content)
    report(length_ms)
    return result_of(answer, window, model=model, warnings=warnings)


def result_of(
    answer: JsonObject, window: Window, *, model: str, warnings: tuple[str, ...] = ()
) -> SpeechResult:
    """The result of a window from a response in json, verbose_json or diarized_json. Pure."""
    raw_segments = [
        _with_times(raw, answer, window) for raw in segments_in(answer, offset_ms=window.start_ms)
    ]
    result = assemble_result(
        [replace(raw, speaker=None) for raw in raw_segments],
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        voice=window.voice,
        language=_language(answer, window.request) if raw_segments else None,
        model=model,
        warnings=warnings,
    )
    return replace(result, turns=_inside(list(turns_in(raw_segments)), window))


def prompt_of(vocabulary: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """The vocabulary as a prompt for a Whisper API, and a warning about what does not fit."""
    taken: list[str] = []
    for word in vocabulary:
        if len(", ".join([*taken, word])) > _PROMPT_CHARACTERS:
            left_out = len(vocabulary) - len(taken)
            return ", ".join(taken) or None, (f"{left_out} words of the vocabulary did not fit.",)
        taken.append(word)
    return ", ".join(taken) or None, ()


def _with_times(raw: RawSegment, answer: JsonObject, window: Window) -> RawSegment:
    """The segment; a text without word times is distributed over its voice."""
    if any(word.start_ms is not None for word in raw.words):
        return raw
    words = raw.words or words_with_confidence(answer)
    if "".join(word.text for word in words) != "".join(raw.text.split()):
        words = ()
    low = window.start_ms if raw.start_ms is None else round(raw.start_ms)
    high = window.end_ms if raw.end_ms is None else round(raw.end_ms)
    voice = [
        Region(max(r.start_ms, low), min(r.end_ms, high))
        for r in window.voice
        if r.start_ms < high and r.end_ms > low
    ]
    return spread_over_voice(replace(raw, words=words), voice=voice)


def _language(answer: JsonObject, request: SpeechRequest) -> str | None:
    if request.options.translate_to_english:
        return "en"
    named = answer.get("language")
    listed = answer.get("languages")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        named = listed[0].get("code")
    return from_whisper(named) or request.options.language


def _inside(turns: Sequence[tuple[float, float, str]], window: Window) -> tuple[Turn, ...]:
    inside = []
    for start, end, label in turns:
        low, high = max(round(start), window.start_ms), min(round(end), window.end_ms)
        if low < high:
            inside.append(Turn(start_ms=low, end_ms=high, speaker=label))
    return tuple(inside)
