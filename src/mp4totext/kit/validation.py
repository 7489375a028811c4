"""Turns pydantic's errors into sentences that say what is accepted."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

# By the kind of error. Translations: messages/*.toml, with the same placeholders.
SENTENCES: Mapping[str, str] = {
    "required": "This is required.",
    "unknown_field": "There is no such field: leave it out.",
    "unknown_parameter": "There is no such parameter. These exist: {names}.",
    "empty": "This may not be empty.",
    "text": "Send text.",
    "text_min": "Send {count} or more characters.",
    "text_max": "Send at most {count} characters.",
    "number": "Send a number.",
    "whole_number": "Send a whole number.",
    "at_least": "Send {limit} or more.",
    "at_most": "Send {limit} or less.",
    "above": "Send a number above {limit}.",
    "below": "Send a number below {limit}.",
    "multiple": "Send a multiple of {limit}.",
    "digits": "Send at most {count} digits.",
    "places": "Send at most {count} digits after the point.",
    "boolean": "Send true or false.",
    "choice": "Choose one of: {choices}.",
    "kind": "Say in {field} which kind it is.",
    "list": "Send a list.",
    "items_min": "Send {count} or more entries.",
    "items_max": "Send at most {count} entries.",
    "object": "Send an object with named fields.",
    "null": "Leave this out.",
    "id": "Send an id that begins with {prefix}.",
    "characters": "Use only these characters: {characters}",
    "form": "This does not have the form that the description of the interface shows.",
    "email": "Send an e-mail address, such as ada@example.org.",
    "address": "Send an address that begins with https:// or http://.",
    "moment": "Send a date and time, such as 2026-05-12T14:05:00Z.",
    "day": "Send a date, such as 2026-05-12.",
    "json": "The body is not JSON.",
    "other": "This is not accepted.",
}

ERRORS_MAX = 50  # in one response, as a body may have thousands of wrong fields
WHERE_CHARACTERS_MAX = 200

_ID = re.compile(r"\^([a-z]{3}_)\[0-9a-z\]\{26\}\$")
_ONE_CLASS = re.compile(r"\^\[((?:[^\]\\])+)\](?:[+*]|\{1,(?:\d+)\})\$")

# What pydantic's error types mean, with the values of their context for the sentence.
_PLAIN = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "none_required": "null",
    "json_invalid": "json",
    "json_type": "json",
    **dict.fromkeys(("string_type", "string_sub_type", "string_unicode", "bytes_type"), "text"),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "whole_number"
    ),
    **dict.fromkeys(
        ("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing"),
        "number",
    ),
    **dict.fromkeys(("bool_type", "bool_parsing"), "boolean"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "list"),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
        "object",
    ),
    **dict.fromkeys(("url_parsing", "url_scheme", "url_syntax_violation", "url_type"), "address"),
    **dict.fromkeys(
        (
            "datetime_type",
            "datetime_parsing",
            "datetime_from_date_parsing",
            "datetime_object_invalid",
            "timezone_aware",
        ),
        "moment",
    ),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "day",
    ),
}
# The sentence, its placeholder, and pydantic's name.
_LIMITS: Mapping[str, tuple[str, str, str]] = {
    "greater_than": ("above", "limit", "gt"),
    "greater_than_equal": ("at_least", "limit", "ge"),
    "less_than": ("below", "limit", "lt"),
    "less_than_equal": ("at_most", "limit", "le"),
    "multiple_of": ("multiple", "limit", "multiple_of"),
    "decimal_max_digits": ("digits", "count", "max_digits"),
    "decimal_max_places": ("places", "count", "decimal_places"),
    "string_too_short": ("text_min", "count", "min_length"),
    "string_too_long": ("text_max", "count", "max_length"),
    "url_too_long": ("text_max", "count", "max_length"),
    "too_short": ("items_min", "count", "min_length"),
    "too_long": ("items_max", "count", "max_length"),
    "unknown_parameter": ("unknown_parameter", "names", "names"),  # known_parameters
}


def message_of(error: ErrorDetails, sentences: Mapping[str, str] = SENTENCES) -> str:
    """One of ``sentences`` with its values. Texts of our own validators are always English."""
    key, values = _meaning(error)
    return values["text"] if key == "own" else sentences[key].format(**values)


def where(error: ErrorDetails) -> str:
    """``body.segments.0.text``: the path of the field, without pydantic's type names."""
    parts = error["loc"]
    if error["type"] == "json_invalid":
        parts = tuple(part for part in parts if not isinstance(part, int))
    return shown_path(part for part in map(str, parts) if not re.search(r"[\[(<]", part))


def shown_path(parts: Iterable[str]) -> str:
    """The path joined by dots, shortened where a client invented a very long name."""
    path = ".".join(parts)
    return path if len(path) <= WHERE_CHARACTERS_MAX else f"{path[:WHERE_CHARACTERS_MAX]}..."


def sentence_of(errors: Iterable[ErrorDetails], sentences: Mapping[str, str] = SENTENCES) -> str:
    """The first error with its field."""
    first = next(iter(errors))
    path = where(first)
    message = message_of(first, sentences)
    return f"{path}: {message}" if path else message


def _meaning(error: ErrorDetails) -> tuple[str, dict[str, Any]]:
    """The key of the sentence with its values; or ``own`` with the text of our validator."""
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case kind if kind in _PLAIN:
            return _PLAIN[kind], {}
        case kind if kind in _LIMITS:
            return _limit(kind, context, of_text=isinstance(error.get("input"), str))
        case "literal_error" | "enum":
            return "choice", {"choices": _choices(context["expected"])}
        case "union_tag_invalid":
            return "choice", {"choices": _choices(context["expected_tags"])}
        case "union_tag_not_found":
            return "kind", {"field": context["discriminator"].strip("'")}
        case "string_pattern_mismatch":
            return _form(context["pattern"])
        case "value_error":
            return _own(str(context.get("error", error["msg"])))
    return "other", {}


def _limit(kind: str, context: dict[str, Any], *, of_text: bool) -> tuple[str, dict[str, Any]]:
    key, placeholder, name = _LIMITS[kind]
    if of_text:  # behind one of our validators pydantic no longer knows that it is text
        key = key.replace("items_", "text_")
    if context[name] == 1 and key in ("text_min", "items_min"):
        return "empty", {}
    return key, {placeholder: context[name]}


def _choices(expected: str) -> str:
    """``'a', 'b' or 'c'`` as a list without quotes."""
    return ", ".join(re.findall(r"'([^']*)'", expected) or re.split(r", | or ", expected))


def _form(pattern: str) -> tuple[str, dict[str, Any]]:
    if of_id := _ID.fullmatch(pattern):
        return "id", {"prefix": of_id[1]}
    if of_class := _ONE_CLASS.fullmatch(pattern):
        return "characters", {"characters": " ".join(re.findall(r".-.|.", of_class[1]))}
    return "form", {}


def _own(text: str) -> tuple[str, dict[str, Any]]:
    if text.startswith("value is not a valid email address"):
        return "email", {}
    text = text.removeprefix("Value error, ").removesuffix(".")
    return "own", {"text": f"{text[:1].upper()}{text[1:]}."}
