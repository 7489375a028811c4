"""Bodies in JSON, as OpenAI's clients send them."""

from typing import Any

from pydantic import BaseModel, model_validator


class OpenAIBody(BaseModel):
    """Base of request bodies. Unknown fields are ignored, as by OpenAI's own service."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, values: Any) -> Any:
        """OpenAI's clients send null for an option that their caller left open."""
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None}
