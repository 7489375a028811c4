"""What OpenAI's published OpenAPI document says of answers of its audio routes, as JSON Schema.

Written from github.com/openai/openai-openapi (openapi.json of 2026-08-21).
A member that the document does not name is refused, unless it is marked as ours.
"""

from typing import Any

Schema = dict[str, Any]

_NUMBER: Schema = {"type": "number"}
_INTEGER: Schema = {"type": "integer"}
_STRING: Schema = {"type": "string"}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


def _const(value: str) -> Schema:
    return {"type": "string", "const": value}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_DURATION = _object({"type": _const("duration"), "seconds": _NUMBER})
_TOKENS = _object(
    {
        "type": _const("tokens"),
        "input_tokens": _INTEGER,
        "output_tokens": _INTEGER,
        "total_tokens": _INTEGER,
    }
)
_USAGE: Schema = {"oneOf": [_TOKENS, _DURATION]}
_LOGPROBS = _list(_object({}, token=_STRING, logprob=_NUMBER, bytes=_list(_INTEGER)))
_LANGUAGES = _list(_object({"code": _STRING}))
_WARNINGS = _list(_STRING)  # ours
_SEGMENT = _object(
    {
        **dict.fromkeys(("id", "seek"), _INTEGER),
        **dict.fromkeys(("start", "end", "temperature", "avg_logprob"), _NUMBER),
        **dict.fromkeys(("compression_ratio", "no_speech_prob"), _NUMBER),
        "text": _STRING,
        "tokens": _list(_INTEGER),
    }
)
_WORD = _object({"word": _STRING, "start": _NUMBER, "end": _NUMBER})
_DIARIZED_SEGMENT = _object(
    {
        "type": _const("transcript.text.segment"),
        "id": _STRING,
        "start": _NUMBER,
        "end": _NUMBER,
        "text": _STRING,
        "speaker": _STRING,
    }
)

JSON = _object(
    {"text": _STRING},
    languages=_LANGUAGES,
    usage=_USAGE,
    logprobs=_LOGPROBS,
    warnings=_WARNINGS,
)
VERBOSE_JSON = _object(
    {"language": _STRING, "duration": _NUMBER, "text": _STRING},
    task={"enum": ["transcribe", "translate"]},  # the API sends it; the document leaves it out
    words=_list(_WORD),
    segments=_list(_SEGMENT),
    usage=_DURATION,
    warnings=_WARNINGS,
)
DIARIZED_JSON = _object(
    {
        "task": _const("transcribe"),
        "duration": _NUMBER,
        "text": _STRING,
        "segments": _list(_DIARIZED_SEGMENT),
    },
    usage=_USAGE,
    warnings=_WARNINGS,
)
STREAM_EVENT: Schema = {
    "anyOf": [
        _DIARIZED_SEGMENT,
        _object(
            {"type": _const("transcript.text.delta"), "delta": _STRING},
            logprobs=_LOGPROBS,
            segment_id=_STRING,
        ),
        _object(
            {"type": _const("transcript.text.done"), "text": _STRING},
            languages=_LANGUAGES,
            logprobs=_LOGPROBS,
            usage=_TOKENS,
        ),
    ]
}
MODEL = _object(
    {"id": _STRING, "object": _const("model"), "created": _INTEGER, "owned_by": _STRING},
    shutdown_date={"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
)
MODELS = _object({"object": _const("list"), "data": _list(MODEL)})
_NULLABLE: Schema = {"anyOf": [_STRING, {"type": "null"}]}
ERROR = _object({"type": _STRING, "message": _STRING, "param": _NULLABLE, "code": _NULLABLE})
ERROR_RESPONSE: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": ERROR},  # beside the members of a problem, RFC 9457
}

_EVENT: dict[str, Schema] = {"event_id": _STRING}
_ITEM_EVENT = _EVENT | {"item_id": _STRING}
_HEARD = "conversation.item.input_audio_transcription"
_LOGPROBS_OR_NULL: Schema = {"anyOf": [_LOGPROBS, {"type": "null"}]}
REALTIME_EVENT: Schema = {
    "anyOf": [
        _object(
            _ITEM_EVENT
            | {"type": _const("input_audio_buffer.speech_started"), "audio_start_ms": _INTEGER}
        ),
        _object(
            _ITEM_EVENT
            | {"type": _const("input_audio_buffer.speech_stopped"), "audio_end_ms": _INTEGER}
        ),
        _object(
            _ITEM_EVENT | {"type": _const("input_audio_buffer.committed")},
            previous_item_id=_NULLABLE,
        ),
        _object(_EVENT | {"type": _const("input_audio_buffer.cleared")}),
        _object(
            _EVENT
            | {
                "type": {"enum": ["conversation.item.added", "conversation.item.done"]},
                "item": {"type": "object", "required": ["type", "role", "content"]},
            },
            previous_item_id=_NULLABLE,
        ),
        _object(
            _ITEM_EVENT | {"type": _const(f"{_HEARD}.delta")},
            content_index=_INTEGER,
            delta=_STRING,
            logprobs=_LOGPROBS_OR_NULL,
        ),
        _object(
            _ITEM_EVENT
            | {
                "type": _const(f"{_HEARD}.completed"),
                "content_index": _INTEGER,
                "transcript": _STRING,
                "usage": _USAGE,
            },
            logprobs=_LOGPROBS_OR_NULL,
        ),
        _object(
            _EVENT
            | {
                "type": _const("error"),
                "error": _object(
                    {"type": _STRING, "message": _STRING},
                    code=_NULLABLE,
                    param=_NULLABLE,
                    event_id=_NULLABLE,
                ),
            }
        ),
    ]
}
