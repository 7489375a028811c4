"""Descriptions of fields and parameters that mean the same throughout the OpenAPI document.

A field with a special meaning has its description in the code. All others are described here by
name, so that one word has one meaning.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_OPERATION = "Operation to quote. It determines the other fields."
_KIND_OF_EDIT = "Type of edit. It determines the other fields."
_SEGMENT = "ID of the segment in the version being edited."

WORDS: Mapping[str, str] = {
    # Who and where
    "code": "Code from an invitation or password link.",
    "email": "Email address that identifies the account.",
    "full_name": "Display name of the account.",
    "role": "`user`, or `admin` for access to every route under /admin.",
    "current_password": "Current password of the account.",
    "refresh_token": "Refresh token of the login. It can be used once.",
    "active": "Whether it can be used. false disables it without deleting it.",
    "scopes": "Scopes that the key grants.",
    "user_id": "ID of an account.",
    "key_id": "ID of an API key.",
    "session_id": "ID of a browser session or token login.",
    "job_id": "ID of a job, returned as `task_id` by the request that started it.",
    "transcription_id": "ID of a transcription.",
    "upload_id": "ID of an upload.",
    "webhook_id": "ID of a webhook.",
    "delivery_id": "ID of a webhook delivery.",
    "comment_id": "ID of a comment.",
    "share_id": "ID of a shared link.",
    "tag_id": "ID of a tag.",
    "tag_ids": "IDs of the tags. They replace the current tags of the recording.",
    "token": "Secret token at the end of the link.",
    "X-Share-Password": "Password of the link. Required if the link has one.",
    "Last-Event-ID": "Sequence number of the last event received. The stream continues after it.",
    # Recordings
    "duration_ms": "Duration of the recording in milliseconds.",
    "options": "Options of the transcription. Each has a default.",
    "title": (
        "Title of the recording. If omitted, a new recording is named after its file or "
        "page, and an existing one keeps its title."
    ),
    "url": "http or https URL of a media file, or of a page that yt-dlp supports.",
    "filename": "File name used for downloads. It does not affect how the file is read.",
    "size_bytes": "Size of the file in bytes.",
    "ids": "IDs of recordings.",
    "action": _KIND_OF_EDIT,
    "search": "Text to search for.",
    "status": "Returns only recordings in this state.",
    "state": "Returns only jobs in this state.",
    "language": "Language as a BCP 47 tag, such as `en` or `pt-BR`.",
    "created_from": "Returns only recordings created at or after this time.",
    "created_to": "Returns only recordings created before this time.",
    "tag": "ID of a tag. Returns only recordings with this tag.",
    "version": "Version number of the transcript. If omitted, the current version.",
    "words": "Whether segments include their words with timestamps.",
    "from_ms": "Start of the range in milliseconds.",
    "to_ms": "End of the range in milliseconds.",
    "names": ("Whether to suggest names mentioned in the recording, in addition to known voices."),
    "signature": "Signature of the link.",
    "prefix": "Type of file that the link opens.",
    "row_id": "ID of the object that the file belongs to.",
    "colour": "Number of the tag's colour, 1 to 8. If omitted, it is unchanged.",
    # Transcribing
    "engine": (
        "Name of a transcription engine, listed by /config. `auto` selects the best "
        "engine that is ready."
    ),
    "model": "Name of a model of the engine or provider. If omitted, the default model.",
    "provider": (
        "Name of a provider. If omitted or `auto`, the default provider or the first that is ready."
    ),
    "diarize": "Whether to identify speakers.",
    "diarizer": "Name of the speaker diarization engine, listed by /config.",
    "min_speakers": "Minimum number of speakers. If omitted, there is no minimum.",
    "max_speakers": "Maximum number of speakers. If omitted, there is no maximum.",
    "translate_to_english": "Whether to return English text regardless of the spoken language.",
    "features": "Additional analyses of the transcript, each billed separately.",
    "speech_understanding": "Analyses of the transcript, such as chapters and sentiment.",
    "llm_gateway": "Texts written by a language model for one fixed price.",
    "priority": "Queue of the job. Urgent jobs run first at the same price.",
    "sentiment_analysis": "Whether to detect the sentiment of each sentence. English only.",
    "auto_chapters": (
        "Whether to divide the transcript into chapters with headlines and summaries. The "
        "languages depend on the engine."
    ),
    "entity_detection": "Whether to detect names of people, places, organisations and more.",
    "auto_highlights": "Whether to extract key phrases. The languages depend on the engine.",
    "speaker_labels": "Whether to identify speakers. Free of charge.",
    "enabled": "Whether to write texts with a language model.",
    "generate_summary": "Whether to write a summary.",
    "questions": "Questions to answer from the transcript.",
    "action_items": "Whether to list action items.",
    "operation": _OPERATION,
    # Editing
    "id": _SEGMENT,
    "segment_ids": "IDs of the segments.",
    "start_ms": "Start time in milliseconds.",
    "end_ms": "End time in milliseconds.",
    "speaker": "ID of the speaker in the version being edited.",
    "speakers": "IDs of the speakers to merge.",
    "into": "ID of the speaker that the others are merged into.",
    "name": "Display name.",
    "checked": "Whether the segment is confirmed as correct.",
    "find": "Exact text to find.",
    "replace": "Replacement text.",
    "match_case": "Whether the search is case-sensitive.",
    "whole_words": "Whether to match whole words only.",
    # Texts, pictures, videos, voices
    "question": "Question to answer, in any language.",
    "kind": "Name of the kind of text, listed by /text-kinds.",
    "characters": "Length of the text in characters.",
    "n": "Number of pictures. Pictures that are not delivered are not billed.",
    "style": "Name of a style, listed by /images/styles.",
    "aspect": "Aspect ratio of the picture.",
    "prompt": "Description of the picture.",
    "negative": (
        "Description of what the picture must not show. Refused for models without this option."
    ),
    "seed": ("Random seed. Models that support seeds return the same picture for the same seed."),
    "fit": "How a picture with another aspect ratio fills the frame.",
    "captions": "Style of the captions.",
    "preset": "Type of video.",
    "palette": "Name of a colour palette, listed by /images/palettes.",
    "output_format": "Format of the picture file.",
    "response_format": "Format of the response.",
    "input": "Text to speak.",
    "voice": "Name of a voice.",
    "instructions": "Speaking instructions. Ignored by models without this option.",
    "speed": "Speaking rate. 1 is the voice's normal speed.",
    # Administration
    "reason": "Reason recorded in the ledger and the audit log.",
    "amount": "Price in credits per unit.",
    "key": "Key of the price, such as `transcription`.",
    "multiplier": (
        "Factor applied to the default model's price. Used for kinds of text with their own price."
    ),
    "per_1000_characters": "Price in credits per 1,000 characters of the transcript.",
    "default": "Whether this is the provider's default model.",
    "retires_at": "First day on which the provider no longer offers the model.",
    "replaced_by": "Name of the replacement model.",
    "list_prices": "The provider's list prices, by date.",
    "source": "Source of this information, such as a URL.",
    "note": "Note for administrators.",
    "per": "Unit that the price applies to.",
    "input_usd": "Price of input in US dollars per unit.",
    "output_usd": "Price of output in US dollars per unit.",
    "since": "First day on which the price applies.",
    "until": "First day on which the price no longer applies.",
    "context_tokens": "Maximum number of input and output tokens together.",
    "output_tokens": "Maximum number of output tokens.",
    "reasoning_tokens": "Number of output tokens reserved for reasoning.",
    "reasoning_effort": "Reasoning effort sent to the model. If omitted, none is sent.",
    "limits_reasoning": "Whether the provider accepts `reasoning_tokens` as a limit.",
    "temperature": "When the model accepts a temperature.",
    "strict_schema": "Whether the provider enforces a JSON Schema. If not, the prompt contains it.",
}
# Fields whose name has another meaning.
HERE: Mapping[str, str] = {
    "BulkRequest.action": "Action to apply to all recordings.",
    "ModelChange.text": "Limits of a language model.",
    "NewTag.name": "Name of the tag, unique in the account.",
    "KeyRequest.name": "Name that identifies the key in the list.",
    "ShareRequest.password": "Password required to open the link. If omitted, none is required.",
    "LoginRequest.password": "Password of the account.",
    "SegmentInsert.text": "Text of the new segment.",
    "SegmentText.text": "New text. Words that are kept retain their timestamps.",
    "SayRequest.text": "Text to speak.",
    "SpeechRequestBody.text": "Text to speak. If omitted, the transcript of the recording.",
    "Rename.name": "New name of the speaker. null removes the name.",
}

Json = dict[str, Any]  # of an OpenAPI document


def describe(document: Json) -> Json:
    """Adds missing descriptions to the fields of requests and to parameters in place."""
    schemas = document["components"]["schemas"]
    for name in sorted(_of_requests(document)):
        for field, schema in schemas[name].get("properties", {}).items():
            _fill(schema, HERE.get(f"{name}.{field}") or WORDS.get(field))
    for parameter in _parameters(document):
        if not parameter["schema"].get("description"):
            _fill(parameter, WORDS.get(parameter["name"]))
    return document


def undescribed(document: Json) -> list[str]:
    """Fields of requests and parameters that have no description."""
    schemas = document["components"]["schemas"]
    fields = [
        f"{name}.{field}"
        for name in sorted(_of_requests(document))
        for field, schema in schemas[name].get("properties", {}).items()
        if not schema.get("description")
    ]
    return fields + [
        parameter["name"]
        for parameter in _parameters(document)
        if not (parameter.get("description") or parameter["schema"].get("description"))
    ]


def _fill(described: Json, text: str | None) -> None:
    if text and not described.get("description"):
        described["description"] = text


def _routes(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        yield from methods.values()


def _parameters(document: Json) -> Iterator[Json]:
    for route in _routes(document):
        yield from route.get("parameters", ())


def _of_requests(document: Json) -> set[str]:
    """Names of the schemas that bodies of requests are made of."""
    found: set[str] = set()
    waiting = [route.get("requestBody") for route in _routes(document)]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
    return found


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(reference := part.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)
