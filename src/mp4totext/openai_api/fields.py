"""The fields of the audio routes and their effects, as the form, /docs and the docs list them."""

from dataclasses import dataclass
from typing import Any, Literal

Effect = Literal["answered", "checked, then ignored"]
Kind = Literal["text", "list", "number", "yes or no", "file"]

_SCHEMAS: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
    "number": {"type": "number"},
    "yes or no": {"type": "boolean"},
    "file": {"type": "string", "format": "binary"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    name: str
    kind: Kind
    effect: Effect
    note: str

    @property
    def schema(self) -> dict[str, Any]:  # of OpenAPI
        return _SCHEMAS[self.kind] | {"description": self.note}


FIELDS = (
    FormField(
        name="file",
        kind="file",
        effect="answered",
        note="A recording in any format, up to MAX_UPLOAD_BYTES.",
    ),
    FormField(
        name="model", kind="text", effect="answered", note="auto, or a name as the docs list them."
    ),
    FormField(
        name="response_format",
        kind="text",
        effect="answered",
        note="json, text, srt, verbose_json, vtt or diarized_json, with every model.",
    ),
    FormField(
        name="stream",
        kind="yes or no",
        effect="answered",
        note="With json, text and diarized_json: deltas as windows of two minutes are finished, "
        "the segments with their speakers, then done.",
    ),
    FormField(
        name="language",
        kind="text",
        effect="answered",
        note="A BCP-47 or ISO 639 code, or an English name. Default: detected.",
    ),
    FormField(
        name="languages",
        kind="list",
        effect="answered",
        note="One is the language. Of several, the language is detected among all.",
    ),
    FormField(
        name="prompt",
        kind="text",
        effect="answered",
        note="Its last 600 characters, for engines that take a prompt; for others it is left out, "
        "with a warning in the answer.",
    ),
    FormField(
        name="keywords",
        kind="list",
        effect="answered",
        note="The vocabulary: up to 200 names and terms; left out as a prompt is.",
    ),
    FormField(
        name="timestamp_granularities",
        kind="list",
        effect="answered",
        note="word and segment, with verbose_json. Default: segments.",
    ),
    FormField(
        name="include",
        kind="list",
        effect="answered",
        note="logprobs, with json: one entry a word, the logarithm of its confidence. Words of "
        "engines without confidences have none.",
    ),
    FormField(
        name="temperature",
        kind="number",
        effect="checked, then ignored",
        note="0 to 1. Engines choose their own.",
    ),
    FormField(
        name="chunking_strategy",
        kind="text",
        effect="checked, then ignored",
        note="auto or server_vad. Recordings are always cut at pauses.",
    ),
    FormField(
        name="known_speaker_names",
        kind="list",
        effect="answered",
        note="Up to 4 names, with diarized_json: speakers that sound like the references get them.",
    ),
    FormField(
        name="known_speaker_references",
        kind="list",
        effect="answered",
        note="A data URL (base64) for each name: 2 to 10 seconds of one voice. They are kept and "
        "deleted with the recording.",
    ),
)
LISTS = frozenset(field.name for field in FIELDS if field.kind == "list")
FORM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["file", "model"],
    "properties": {field.name: field.schema for field in FIELDS},
}
