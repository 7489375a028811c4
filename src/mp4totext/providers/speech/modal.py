"""Modal: faster-whisper and pyannote on a GPU, for a whole recording at once."""

from collections.abc import Sequence
from dataclasses import replace

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report, SpeakerLimits
from mp4totext.providers.json_fields import (
    JsonObject,
    number,
    objects,
    seconds_to_ms,
    share,
    text,
)
from mp4totext.providers.modal_calls import ModalCalls, turns_of
from mp4totext.providers.speech.base import FileRequest, SpeechCapabilities, SpeechResult
from mp4totext.providers.speech.decoding.file_voice import voice_regions
from mp4totext.providers.speech.decoding.result_assembly import assemble_result
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.providers.vad import Region, Vad
from mp4totext.transcript import Speaker


class ModalSpeech:
    def __init__(self, calls: ModalCalls) -> None:
        self._calls = calls
        self._vad = Vad()

    def start(self, request: FileRequest, report: Report) -> str:
        """Start the function with a signed link to the recording; nothing is made public."""
        speakers = request.speakers or SpeakerLimits()
        order = {
            "url": request.media_url,
            "model": request.options.model,
            "language": to_whisper(request.options.language) if request.options.language else None,
            "vocabulary": list(request.options.hints),
            "translate": request.options.translate_to_english,
            "diarize": request.speakers is not None,
            "min_speakers": speakers.min_speakers,
            "max_speakers": speakers.max_speakers,
        }
        return self._calls.start(order, report)

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        answer = self._calls.answer(reference, report)
        result = result_of(answer, request, voice=voice_regions(request, self._vad, report))
        report(request.duration_ms)
        return result

    def discard(self, reference: str) -> None:
        """Cancel a running call."""
        self._calls.cancel(reference)

    def close(self) -> None:
        self._calls.close()


def build(
    access: Access[SpeechCapabilities], *, token_id: str, app: str, environment: str | None
) -> ModalSpeech:
    return ModalSpeech(ModalCalls(access, token_id=token_id, app=app, environment=environment))


def result_of(answer: JsonObject, request: FileRequest, *, voice: Sequence[Region]) -> SpeechResult:
    """The result of the function; speakers are S1, S2, ... by first appearance. Pure."""
    raw_segments = [_raw_segment(item, request) for item in objects(answer.get("segments"))]
    raw_segments = [raw for raw in raw_segments if raw.text]
    result = assemble_result(
        raw_segments,
        start_ms=0,
        end_ms=request.duration_ms,
        voice=voice,
        language=_language(answer, request) if raw_segments else None,
        language_confidence=share(answer.get("language_confidence")),
        model=str(answer.get("model") or ""),
    )
    turns = turns_of(answer, request.duration_ms)
    names = dict.fromkeys(turn.speaker for turn in turns)
    return replace(result, turns=turns, speakers=tuple(Speaker(id=name) for name in names))


def _raw_segment(item: JsonObject, request: FileRequest) -> RawSegment:
    return RawSegment(
        text=text(item.get("text")),
        start_ms=seconds_to_ms(item.get("start")),
        end_ms=seconds_to_ms(item.get("end")),
        words=tuple(
            RawWord(
                text=text(word.get("word")),
                start_ms=seconds_to_ms(word.get("start")),
                end_ms=seconds_to_ms(word.get("end")),
                confidence=number(word.get("probability")),
            )
            for word in objects(item.get("words"))
        ),
        confidence=number(item.get("confidence")),
        language="en" if request.options.translate_to_english else None,
    )


def _language(answer: JsonObject, request: FileRequest) -> str | None:
    if request.options.translate_to_english:
        return "en"
    return from_whisper(answer.get("language")) or request.options.language
