"""What engines of the OpenAI audio API's kind share: one window up, one answer down."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mp4totext.providers.base import SAMPLE_RATE, Report
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.json_fields import JsonObject
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.flac import flac
from mp4totext.providers.speech.decoding.result_assembly import assembled, spread_over_voice
from mp4totext.providers.speech.decoding.verbose_json import (
    heard_in,
    turns_in,
    words_with_confidence,
)
from mp4totext.providers.speech.decoding.word_timing import Heard
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region, Vad, regions
from mp4totext.transcript import Turn

MAX_BYTES = 25 * 1_000_000
"""What OpenAI and Groq take in one request."""

_PROMPT_CHARACTERS = 600  # Whisper keeps the last 224 tokens of a prompt

Ask = Callable[[bytes], JsonObject]  # FLAC -> the vendor's answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    request: SpeechRequest
    voice: tuple[Region, ...]  # in the recording's time
    start_ms: int
    end_ms: int


def heard_by(
    ask: Ask,
    request: SpeechRequest,
    *,
    provider: str,
    vad: Vad,
    model: str,
    report: Report,
    warnings: tuple[str, ...] = (),
) -> SpeechResult:
    """Asks only when somebody speaks: silence is neither paid for nor hallucinated over."""
    window = _window(request, vad)
    report(0)
    answer: JsonObject = {}
    if window.voice:
        sound = flac(request.samples)
        if len(sound) > MAX_BYTES:
            raise ProviderRejected(
                f"A window of {len(sound) // 1_000_000} MB is more than the "
                f"{MAX_BYTES // 1_000_000} MB the vendor takes: use shorter windows.",
                provider=provider,
                code="too_large",
            )
        answer = ask(sound)
    report(window.end_ms - window.start_ms)
    return result_of(answer, window, model=model, warnings=warnings)


def result_of(
    answer: JsonObject, window: Window, *, model: str, warnings: tuple[str, ...] = ()
) -> SpeechResult:
    """A window's result from an answer in json, verbose_json or diarized_json. Pure."""
    heard = [_timed(h, answer, window) for h in heard_in(answer, offset_ms=window.start_ms)]
    turns = tuple(turns_in(heard))
    result = assembled(
        [replace(h, speaker=None) for h in heard],
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        voice=window.voice,
        language=_language(answer, window.request) if heard else None,
        model=model,
        warnings=warnings,
    )
    return replace(result, turns=_inside(turns, window))


def prompt_of(vocabulary: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Hot words as the prompt a Whisper API takes, and a warning about those that do not fit."""
    taken: list[str] = []
    for word in vocabulary:
        if len(", ".join([*taken, word])) > _PROMPT_CHARACTERS:
            left = len(vocabulary) - len(taken)
            return ", ".join(taken), (f"{left} words of the vocabulary did not fit.",)
        taken.append(word)
    return ", ".join(taken) or None, ()


def parsed(content: bytes) -> JsonObject:
    """Raises ValueError for anything but a JSON object."""
    answer = json.loads(content)
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004  # one error for callers: bad answer
    return answer


def _window(request: SpeechRequest, vad: Vad) -> Window:
    start = request.offset_ms
    length_ms = len(request.samples) * 1_000 // SAMPLE_RATE
    voice = regions(vad.probabilities(request.samples), length_ms=length_ms)
    return Window(
        request=request,
        voice=tuple(Region(r.start_ms + start, r.end_ms + start) for r in voice),
        start_ms=start,
        end_ms=start + length_ms,
    )


def _timed(heard: Heard, answer: JsonObject, window: Window) -> Heard:
    """A text without times of its words is shared out over the voice where it was said."""
    if any(word.start_ms is not None for word in heard.words):
        return heard
    words = heard.words or words_with_confidence(answer)
    if "".join(word.text for word in words) != "".join(heard.text.split()):
        words = ()
    low = window.start_ms if heard.start_ms is None else round(heard.start_ms)
    high = window.end_ms if heard.end_ms is None else round(heard.end_ms)
    voice = [
        Region(max(r.start_ms, low), min(r.end_ms, high))
        for r in window.voice
        if r.start_ms < high and r.end_ms > low
    ]
    return spread_over_voice(replace(heard, words=words), voice=voice)


def _language(answer: JsonObject, request: SpeechRequest) -> str | None:
    if request.translate_to_english:
        return "en"
    named = answer.get("language")
    listed = answer.get("languages")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        named = listed[0].get("code")
    return from_whisper(named) or request.language


def _inside(turns: Sequence[tuple[float, float, str]], window: Window) -> tuple[Turn, ...]:
    found = []
    for start, end, label in turns:
        low, high = max(round(start), window.start_ms), min(round(end), window.end_ms)
        if low < high:
            found.append(Turn(start_ms=low, end_ms=high, speaker=label))
    return tuple(found)
