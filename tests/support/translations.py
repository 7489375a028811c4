"""Builds stored translations without a model."""

from collections.abc import Sequence
from typing import Any

from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.texts.models import WrittenText


def translation_of(
    recording_id: str, user_id: str, language: str, lines: Sequence[dict[str, Any]]
) -> WrittenText:
    """A translation of the first version. ``lines``: one for each segment."""
    return WrittenText(
        id=new_id("txt"),
        user_id=user_id,
        transcription_id=recording_id,
        kind="translate",
        provider="openai",
        prompt_version="translate/1",
        version=1,
        language=language,
        options={},
        created_at=now(),
        finished_at=now(),
        body="\n".join(line["text"] for line in lines),
        data={"lines": list(lines)},
    )
