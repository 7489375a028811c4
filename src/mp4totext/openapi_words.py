"""Descriptions in the OpenAPI document of what means the same wherever it stands.

A field or parameter says itself what is special about it; the rest is described here by its name,
so that one word has one meaning.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_OPERATION = "Which operation is asked about; it decides which other fields there are."
_KIND_OF_EDIT = "Which edit this is."
_SEGMENT = "The segment, by its id in the version that is edited."

WORDS: Mapping[str, str] = {
    # Who and where
    "code": "The code of a link, as it was given out.",
    "email": "Address of e-mail, which is the name of the account.",
    "full_name": "Name as others see it.",
    "role": "`user`, or `admin`, who may use all of /admin.",
    "current_password": "The password until now.",
    "refresh_token": "The refresh token of the login; it works once.",
    "active": "false: it exists, but cannot be used.",
    "scopes": "What the key may do.",
    "user_id": "An account's id.",
    "key_id": "An API key's id.",
    "session_id": "A session's or login's id.",
    "job_id": "A job's id, as `task_id` of what started it.",
    "transcription_id": "A recording's id.",
    "upload_id": "An upload's id.",
    "webhook_id": "A webhook's id.",
    "delivery_id": "A delivery's id.",
    "comment_id": "A comment's id.",
    "share_id": "A link's id.",
    "tag_id": "A tag's id.",
    "tag_ids": "The tags, by their ids.",
    "token": "The secret part of the link.",
    "X-Share-Password": "The link's password, if it has one.",
    "Last-Event-ID": "The last event that was received: the stream goes on behind it.",
    # Recordings
    "duration_ms": "Length of the recording in milliseconds.",
    "options": "How it is made; all have defaults.",
    "title": "Name of the recording, as people see it.",
    "url": "Address of the recording or of its page; http or https.",
    "filename": "Name of the file, for downloads; it decides nothing.",
    "size_bytes": "Length of the file in bytes.",
    "ids": "Recordings, by their ids.",
    "action": _KIND_OF_EDIT,
    "search": "Text that is to be found.",
    "status": "Only recordings in this state.",
    "state": "Only jobs in this state.",
    "language": "Language as BCP-47, as in `en` or `pt-BR`.",
    "created_from": "Only what was created then or later.",
    "created_to": "Only what was created before then.",
    "tag": "Only recordings with this tag, by its id; several: with all of them.",
    "version": "Number of the version; absent: the current one.",
    "words": "Whether each segment has its words with their times.",
    "from_ms": "Where the stretch begins, in milliseconds.",
    "to_ms": "Where the stretch ends, in milliseconds.",
    "names": "Whether names from what is said are suggested too.",
    "signature": "The signature of the link.",
    "prefix": "Which kind of file the link leads to.",
    "row_id": "What the file belongs to.",
    "colour": "Colour of the tag, as one of the names that are listed.",
    # Transcribing
    "engine": "Engine by its name, or `auto`: the best that is ready. /config lists them.",
    "model": "Model of the engine or vendor by its name; absent: its default.",
    "provider": "Vendor by its name; absent: the default, or what is ready.",
    "diarize": "Whether speakers are told apart.",
    "diarizer": "What tells speakers apart. /config lists them.",
    "min_speakers": "At least so many speakers.",
    "max_speakers": "At most so many speakers.",
    "translate_to_english": "Whether the text is English, whatever is spoken.",
    "features": "What is found out beside the text; each has a price.",
    "speech_understanding": "What is found out about what is said.",
    "llm_gateway": "What the vendor's language model writes, at one price.",
    "priority": "Queue; urgent ones go before, for the same price.",
    "sentiment_analysis": "Mood of each sentence; English.",
    "auto_chapters": "Chapters with headlines and summaries; English.",
    "entity_detection": "Names of people, places, organisations and more.",
    "auto_highlights": "Key phrases; English.",
    "speaker_labels": "Speakers, free of charge.",
    "enabled": "Whether any of this is written.",
    "generate_summary": "Whether a summary is written.",
    "questions": "Questions that are answered from the transcript.",
    "action_items": "Whether tasks are listed.",
    "operation": _OPERATION,
    # Editing
    "id": _SEGMENT,
    "segment_ids": "Segments, by their ids.",
    "start_ms": "Where it begins, in milliseconds.",
    "end_ms": "Where it ends, in milliseconds.",
    "speaker": "A speaker, by the id in the version.",
    "speakers": "Speakers, by their ids in the version.",
    "into": "The speaker that stays.",
    "name": "Name as people see it.",
    "checked": "Whether somebody has confirmed it.",
    "find": "Text that is replaced, as it stands.",
    "replace": "What stands in its place.",
    "match_case": "Whether small and capital letters differ.",
    "whole_words": "Whether only whole words count.",
    # Texts, pictures, videos, voices
    "question": "The question, in any language.",
    "kind": "Kind by its name; the list of kinds has them.",
    "characters": "Length of the text in characters.",
    "n": "How many pictures; those that do not arrive are not billed.",
    "style": "Style by its name; /images/styles lists them.",
    "aspect": "Shape of the picture.",
    "prompt": "What the picture shows.",
    "negative": "What the picture must not show, for models that follow that.",
    "seed": "The same seed makes the same picture again, with models that promise it.",
    "fit": "How a picture of another shape fills the frame.",
    "captions": "How the words are shown.",
    "preset": "What kind of video it is.",
    "palette": "Colours by their name; /images/palettes lists them.",
    "output_format": "Format of the file.",
    "response_format": "Format of the answer.",
    "input": "The text that is spoken.",
    "voice": "Voice by its name.",
    "instructions": "How it is spoken, for models that follow that.",
    "speed": "1 is the voice's own speed.",
    # Administration
    "reason": "Why, for the ledger and the audit log.",
    "amount": "Credits for one unit.",
    "key": "Key of the price, as `transcription`.",
    "multiplier": "Times the default model's price, for kinds with a price of their own.",
    "per_1000_characters": "Credits for 1,000 characters of the transcript.",
    "default": "Whether it is the vendor's default.",
    "retires_at": "Day from which the vendor does not sell it.",
    "replaced_by": "The model that takes its place.",
    "list_prices": "What the vendor asks, by day.",
    "source": "Where this was read.",
    "note": "For other administrators.",
    "per": "What the price is for.",
    "input_usd": "Dollars for what is sent.",
    "output_usd": "Dollars for what comes back.",
    "since": "First day of the price.",
    "until": "First day without the price.",
    "context_tokens": "Tokens of input and output together.",
    "output_tokens": "Longest answer, in tokens.",
    "reasoning_tokens": "Of the answer's tokens: set aside for reasoning.",
    "reasoning_effort": "How much the model thinks; absent: it is not asked.",
    "limits_reasoning": "Whether the limit of output counts reasoning.",
    "temperature": "Whether the model takes a temperature.",
    "strict_schema": "Whether the model keeps to a schema.",
}
# Where a name means something else.
HERE: Mapping[str, str] = {
    "BulkRequest.action": "What is done to all of them.",
    "ModelChange.text": "Limits of a language model.",
    "NewTag.name": "Name of the tag, unique in the account.",
    "KeyRequest.name": "What the key is for, as you want to read it in the list.",
    "ShareRequest.password": "What the link asks for; absent: nothing.",
    "LoginRequest.password": "The account's password.",
    "SegmentInsert.text": "What was said.",
    "SegmentText.text": "The new text; words that stay keep their times.",
    "SayRequest.text": "What is spoken.",
    "SpeechRequestBody.text": "What is spoken.",
    "Rename.name": "The speaker's new name.",
}

Json = dict[str, Any]  # of an OpenAPI document


def describe(document: Json) -> Json:
    """Adds what is missing to the fields of requests and to parameters; returns the document."""
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
