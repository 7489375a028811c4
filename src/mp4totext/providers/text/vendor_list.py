"""The list of models of OpenAI, and of vendors that implement its API."""

from datetime import date
from typing import Any

from mp4totext.providers.openai_sdk import SdkClient
from mp4totext.providers.text.base import LIST_TIMEOUT_S, ListedModel


def listed(client: SdkClient) -> tuple[ListedModel, ...]:
    """Read from the raw response, as not every SDK has the field with a model's end date."""
    with client.translated_errors():
        answer = client.api.models.with_raw_response.list(timeout=LIST_TIMEOUT_S)
        body = answer.http_response.json()
        lines = body.get("data") if isinstance(body, dict) else body  # Together returns a bare list
        if not isinstance(lines, list) or not lines:
            raise ValueError("not a list of models")
        return tuple(sorted(map(_listed_model, lines), key=lambda line: line.name))


def _listed_model(line: Any) -> ListedModel:  # any JSON value
    """Raises ValueError if the value is not a model."""
    match line:
        case {"id": str(name), "shutdown_date": str(day)}:
            return ListedModel(name=name, ends_on=date.fromisoformat(day))
        case {"id": str(name)}:
            return ListedModel(name=name)
    raise ValueError("not a model")
