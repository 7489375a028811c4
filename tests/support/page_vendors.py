"""Vendors for tests of the page: a language model that translates, and chooses passages, and a
model of pictures. Prints the settings that reach them, one a line, and ends with its input.
"""

import sys

from tests.conformance.picture_apis import KEY
from tests.conformance.text_apis import ModelAnswer, ModelRequest
from tests.support import picture_vendors, text_vendors
from tests.support.scene_models import clip, clips_answer, numbers_in

PICTURES = picture_vendors.BY_NAME["replicate"]
TEXTS = text_vendors.BY_NAME["groq"]


def model(request: ModelRequest) -> ModelAnswer:
    """It takes the first three sentences of a recording, and thinks more of the next three."""
    if text_vendors.schema_of(request) != "ClipsAnswer":
        return text_vendors.compliant_model(request)
    numbers = numbers_in(request)
    return clips_answer(
        clip(numbers[0], numbers[2], title="The first words", score=60),
        clip(numbers[3], numbers[5], title="What came then", score=90),
    )


def main() -> None:
    with (
        picture_vendors.vendor_server(PICTURES) as (pictures, _),
        text_vendors.vendor_server(TEXTS, model) as (texts, _),
    ):
        settings = {
            PICTURES.key: KEY,
            PICTURES.url: pictures.url + PICTURES.suffix,
            **TEXTS.keys,
            TEXTS.url: texts.url + TEXTS.suffix,
        }
        for name, value in settings.items():
            print(f"{name.upper()}={value}")
        print(flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
