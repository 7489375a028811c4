"""Each option of an HTTP request is available in the command."""

import click
import pytest
from pydantic import BaseModel

from mp4totext.cli.clips import clips
from mp4totext.cli.image import image
from mp4totext.cli.say import say
from mp4totext.cli.transcribe import transcribe
from mp4totext.cli.video import video
from mp4totext.images.schemas import ImageRequestBody
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.videos.clips.schemas import ClipsRequest
from mp4totext.videos.schemas import VideoRequest
from mp4totext.voices.schemas import SayRequest

SERVICE_ONLY = {
    "priority",  # among the jobs of others
    "webhook_url",
    "transcription_id",  # the command has a file
    "version",
    "brand_id",  # brands belong to an account
}
# A field, and the parameters of the command that say it.
ELSEWHERE = {
    "prompt": {"text"},
    "n": {"count"},
    "translation": {"text_language"},
    "translate_to_english": {"translate"},
    "voice": {"voices", "voice_provider", "voice_model"},
    "pictures": {"pictures", "picture_style"},
    "features": {"features"},
    "texts": {"text_provider", "text_model", "text_language"},
}


@pytest.mark.parametrize(
    ("command", "request_body"),
    [
        (image, ImageRequestBody),
        (video, VideoRequest),
        (clips, ClipsRequest),
        (say, SayRequest),
        (transcribe, TranscriptionOptions),
    ],
)
def test_every_field_of_a_request_is_an_option(
    command: click.Command, request_body: type[BaseModel]
) -> None:
    parameters = {str(parameter.name) for parameter in command.params}
    fields = set(request_body.model_fields) - SERVICE_ONLY
    absent = {field: ELSEWHERE.get(field, {field}) for field in fields - parameters}
    assert not {field: names for field, names in absent.items() if not names <= parameters}
