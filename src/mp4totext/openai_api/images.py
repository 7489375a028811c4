"""OpenAI's route for images: a request waits for its job and returns the images."""

import base64
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Request
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.auth.identity import Identity
from mp4totext.images import files, queries, service, styles
from mp4totext.images.schemas import AUTO as ANY_PROVIDER
from mp4totext.images.schemas import (
    PICTURES_MAX,
    PROMPT_CHARACTERS_MAX,
    ImageRequestBody,
    ImagesAccepted,
)
from mp4totext.images.styles import STYLES
from mp4totext.jobs.dependencies import Writer, links_of
from mp4totext.kit.http import problems
from mp4totext.kit.request_fields import IdempotencyKey
from mp4totext.kit.text import CleanStr, CleanText
from mp4totext.media.stills import Encoding, encoded, read_still
from mp4totext.openai_api.bodies import OpenAIBody
from mp4totext.openai_api.names import AUTO
from mp4totext.openai_api.refusals import InvalidField
from mp4totext.openai_api.streaming import event_line
from mp4totext.openai_api.waiting import Wait, Waits, accepted_and_ended, succeeded_job
from mp4totext.providers import registry
from mp4totext.providers.image.base import ASPECTS, Aspect
from mp4totext.providers.image.table import IMAGE
from mp4totext.runtime import Runtime

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

# Names that programs written for OpenAI send; here they mean the first vendor that is ready.
_OPENAI_NAMES = re.compile(r"(?:dall-e|gpt-image|chatgpt-image)[a-z0-9.-]*")
_SIZE = re.compile(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})")


class ImagesBody(OpenAIBody):
    prompt: Annotated[CleanText, Field(min_length=1, max_length=PROMPT_CHARACTERS_MAX)]
    model: Annotated[CleanStr, Field(max_length=120)] = Field(
        AUTO,
        description="A provider or a model listed by /api/v1/images/models, or provider:model. "
        "`auto` and OpenAI's model names select the first provider that is ready, or a text card "
        "if none is.",
    )
    n: int = Field(1, ge=1, le=PICTURES_MAX)
    size: Annotated[CleanStr, Field(max_length=20)] = Field(
        "auto",
        description="Size of the picture, such as 1536x864. The nearest aspect ratio that the "
        "model supports is used.",
    )
    style: Annotated[CleanStr, Field(max_length=40)] = Field(
        "",
        description="Name of a style, listed by /api/v1/images/styles. Other values are ignored.",
    )
    seed: int | None = Field(
        None, ge=0, lt=2**31, description="Random seed. Not part of OpenAI's API."
    )
    background: Literal["auto", "opaque", "transparent"] = Field(
        "auto", description="`transparent` is refused: no model here makes such pictures."
    )
    output_format: Encoding = "png"
    response_format: Literal["b64_json", "url"] = "b64_json"
    stream: bool = Field(
        default=False,
        description="Whether the answer is server-sent events: `image_generation.completed` for "
        "each picture. There are no partial pictures.",
    )


class ImageData(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class ImagesAnswer(BaseModel):
    created: int
    data: list[ImageData]
    background: Literal["opaque"] = "opaque"
    output_format: Encoding
    size: str


@router.post(
    "/images/generations",
    response_model=ImagesAnswer,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Make pictures, and wait for them",
)
async def generations(
    body: ImagesBody,
    request: Request,
    user: Writer,
    runtime: RuntimeDep,
    delivered: BackgroundTasks,
    key: IdempotencyKey = None,
) -> ImagesAnswer | StreamingResponse:
    if body.background == "transparent":
        raise InvalidField(
            "background", "No model here makes pictures with a transparent background: send opaque."
        )
    accept = partial(_accepted, request, user, key, body)
    accepted, wait = await accepted_and_ended(request, user, accept)
    shape = partial(_answer, runtime, user, accepted, body, str(request.base_url).rstrip("/"))
    delivered.add_task(wait.delivered)
    answer: ImagesAnswer = await request.app.state.export_slots.run(user.user_id, shape)
    if not body.stream:
        return answer
    return StreamingResponse(
        map(event_line, completed_events(answer)),
        media_type="text/event-stream",
        background=delivered,
    )


def _accepted(
    request: Request, user: Identity, key: str | None, body: ImagesBody
) -> tuple[ImagesAccepted, Wait]:
    runtime: Runtime = request.app.state.runtime
    waits: Waits = request.app.state.openai_waits
    provider, _, model = body.model.partition(":")
    if provider == AUTO or _OPENAI_NAMES.fullmatch(provider):
        ready = registry.available(IMAGE, runtime.settings)
        vendors = [name for name in ready if IMAGE[name].capabilities.models]
        provider = next((n for n in vendors if not IMAGE[n].capabilities.local), vendors[0])
        model = ""
    elif provider not in IMAGE:
        provider, model = ANY_PROVIDER, body.model
    order = ImageRequestBody(
        prompt=body.prompt,
        n=body.n,
        provider=provider,
        model=model or None,
        aspect=_aspect(body.size),
        seed=body.seed,
        style=body.style if body.style in STYLES else styles.DEFAULT,
    )
    caller = waits.caller(request, user, key, "images", order.model_dump(mode="json"))
    with runtime.database.write() as session:
        accepted = service.generate(runtime, session, caller, order)
    wait = Wait(waits=waits, caller=caller, job_id=accepted.task_id, key_made_here=key is None)
    return accepted, wait


def _aspect(size: str) -> Aspect:
    match = _SIZE.fullmatch(size)
    if match is None:
        return "1:1"
    ratio = int(match[1]) / int(match[2])

    def difference(aspect: Aspect) -> float:
        across, down = (int(side) for side in aspect.split(":"))
        shape = across / down
        return max(ratio / shape, shape / ratio)

    return min(sorted(ASPECTS), key=difference)


def _answer(
    runtime: Runtime, user: Identity, accepted: ImagesAccepted, body: ImagesBody, address: str
) -> ImagesAnswer:
    with runtime.database.read() as session:
        job = succeeded_job(session, user, accepted.task_id)
        rows = queries.of_job(session, user_id=user.user_id, job_id=job.id)
        created = int(job.created_at.timestamp())
    answer = partial(
        ImagesAnswer,
        created=created,
        size=f"{rows[0].width}x{rows[0].height}",
        output_format=body.output_format,
    )
    if body.response_format == "url" and not body.stream:
        links = links_of(runtime, user)
        urls = [address + service.image_out(links, row).url for row in rows]
        return answer(output_format="jpeg", data=[ImageData(url=url) for url in urls])
    data = []
    with TemporaryDirectory(dir=runtime.scratch.folder("images")) as folder:
        for row in rows:
            path = runtime.storage.fetch(files.picture_key(row.id), Path(folder) / row.id)
            content = path.read_bytes()
            if body.output_format != "jpeg":
                content = encoded(read_still(path), body.output_format)
            data.append(ImageData(b64_json=base64.b64encode(content).decode()))
    return answer(data=data)


def completed_events(answer: ImagesAnswer) -> Iterator[dict[str, Any]]:  # JSON values
    """The images as events of OpenAI's stream. `usage` counts tokens, so all counts are 0."""
    no_tokens = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    for picture in answer.data:
        yield {
            "type": "image_generation.completed",
            "b64_json": picture.b64_json,
            "created_at": answer.created,
            "size": answer.size,
            "quality": "auto",
            "background": answer.background,
            "output_format": answer.output_format,
            "usage": no_tokens | {"input_tokens_details": {"image_tokens": 0, "text_tokens": 0}},
        }
