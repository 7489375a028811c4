"""Serialises a transcript in each ``response_format`` of OpenAI's API."""

import math
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from starlette.responses import JSONResponse, Response

from mp4totext.exports.documents import Document
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import export_named
from mp4totext.exports.rendering import RENDERERS
from mp4totext.openai_api.form import AudioRequest
from mp4totext.providers.speech.languages import WHISPER_LANGUAGES, to_whisper
from mp4totext.transcript import Segment, Transcript, Word

Json = dict[str, Any]  # JSON values


def answer(transcript: Transcript, request: AudioRequest) -> Response:
    return _SHAPES[request.response_format](transcript, request)


def _json(transcript: Transcript, request: AudioRequest) -> Response:
    body: Json = {"text": transcript.text, "usage": usage(transcript)}
    if request.task == "transcribe":  # OpenAI's translations have no such field
        body["languages"] = languages(transcript)
    if request.logprobs:
        body["logprobs"] = logprobs(transcript.words)
    return _body(body, transcript)


def _text(transcript: Transcript, request: AudioRequest) -> Response:  # noqa: ARG001
    return Response(transcript.text + "\n", media_type="text/plain")


def _captions(name: str) -> Callable[[Transcript, AudioRequest], Response]:
    def shape(transcript: Transcript, request: AudioRequest) -> Response:  # noqa: ARG001
        export = export_named(name)
        document = Document(transcript=transcript, options=ExportOptions())
        body = RENDERERS.render(export, document)
        return Response(body, media_type=export.media_type)

    return shape


def _verbose(transcript: Transcript, request: AudioRequest) -> Response:
    body: Json = {
        "task": request.task,
        "language": _language(transcript),
        "duration": transcript.duration_ms / 1000,
        "text": transcript.text,
        "usage": usage(transcript),
    }
    if request.segments:
        body["segments"] = [_segment(n, s) for n, s in enumerate(transcript.segments)]
    if request.words:
        body["words"] = [
            {"word": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000}
            for word in transcript.words
        ]
    return _body(body, transcript)


def _diarized(transcript: Transcript, request: AudioRequest) -> Response:
    body = {
        "task": request.task,
        "duration": transcript.duration_ms / 1000,
        "text": transcript.text,
        "segments": diarized_segments(transcript),
        "usage": usage(transcript),
    }
    return _body(body, transcript)


def _body(body: Json, transcript: Transcript) -> Response:
    """Serialise the body with our own field ``warnings``, about ignored options."""
    if transcript.warnings:
        body["warnings"] = list(transcript.warnings)
    return JSONResponse(body)


def usage(transcript: Transcript) -> Json:
    return {"type": "duration", "seconds": math.ceil(transcript.duration_ms / 1000)}


def languages(transcript: Transcript) -> list[Json]:
    """The codes of the languages that were spoken, the recording's first; [] if none is known."""
    tags = (transcript.language, *(segment.language for segment in transcript.segments))
    codes = dict.fromkeys(tag.partition("-")[0] for tag in tags if tag)
    return [{"code": code} for code in codes]


def diarized_segments(transcript: Transcript) -> list[Json]:
    """The segments with speakers, which are also the events of a stream."""
    names = {
        speaker.id: speaker.name or _letters(number)
        for number, speaker in enumerate(transcript.speakers)
    }
    return [
        {
            "type": "transcript.text.segment",
            "id": segment.id,
            "start": segment.start_ms / 1000,
            "end": segment.end_ms / 1000,
            "text": segment.text,
            "speaker": names.get(segment.speaker or "", ""),
        }
        for segment in transcript.segments
    ]


def _letters(number: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    more, letter = divmod(number, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + letter)


def logprobs(words: Iterable[Word], *, first: bool = True) -> list[Json]:
    """One entry for each word that has a confidence, as engines have none for tokens.

    ``first``: the first word begins the text, so no space precedes it.
    """
    entries: list[Json] = []
    for word in words:
        if word.confidence is None:
            continue
        token = word.text if first and not entries else f" {word.text}"
        log = round(math.log(max(word.confidence, 1e-6)), 6)
        entries.append({"token": token, "logprob": log, "bytes": list(token.encode())})
    return entries


def _language(transcript: Transcript) -> str:
    """The English name of the language, as in the answers of Whisper's API."""
    tag = transcript.language or "en"
    return WHISPER_LANGUAGES.get(to_whisper(tag), tag)


def _segment(number: int, segment: Segment) -> Json:
    """A segment as in the answers of Whisper's API.

    ``avg_logprob`` and ``compression_ratio`` mean what they mean there. Tokens and the rest are not
    known of every engine, and empty.
    """
    text = segment.text.encode()
    return {
        "id": number,
        "seek": segment.start_ms // 10,
        "start": segment.start_ms / 1000,
        "end": segment.end_ms / 1000,
        "text": f" {segment.text}",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": math.log(max(segment.confidence or 1.0, 1e-6)),
        "compression_ratio": round(len(text) / len(zlib.compress(text)), 3),
        "no_speech_prob": 0.0,
    }


_SHAPES: dict[str, Callable[[Transcript, AudioRequest], Response]] = {
    "json": _json,
    "text": _text,
    "srt": _captions("srt"),
    "vtt": _captions("vtt"),
    "verbose_json": _verbose,
    "diarized_json": _diarized,
}
