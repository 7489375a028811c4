"""Image generation: the request, the result, and the interface."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mp4totext.providers.base import Once, run_anew

Aspect: TypeAlias = Literal["16:9", "9:16", "1:1", "4:3", "3:4"]
Seeds: TypeAlias = Literal["none", "best_effort", "exact"]

ASPECTS: frozenset[Aspect] = frozenset({"16:9", "9:16", "1:1", "4:3", "3:4"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModelFacts:
    price: str  # key of its price, without "picture."
    max_pixels: int
    aspects: frozenset[Aspect] = ASPECTS
    step: int = 16  # both sides must be multiples of it
    seeds: Seeds = "none"  # exact: the same seed gives the same bytes
    negative: bool = False  # accepts a negative prompt
    per_call: int = 1  # pictures that one request may ask for
    from_recording: bool = False  # chooses pictures of the recording, without a prompt
    typeset: bool = False  # typesets the prompt as text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCapabilities:
    models: Mapping[str, ImageModelFacts]  # the first is the default
    # Facts of models that only an administrator's catalogue has; None: such models are refused.
    unlisted: ImageModelFacts | None = None
    local: bool = False  # runs on this machine
    at_once: int = 1  # parallel calls of one job


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """The prompt includes the style. Unsupported options were refused before."""

    model: str
    prompt: str
    width: int
    height: int
    aspect: Aspect  # for vendors that accept no size
    negative: str = ""
    seed: int | None = None  # of the first picture; None: the vendor chooses
    count: int = 1
    palette: str = ""  # for typeset pictures
    language: str | None = None  # language of the prompt
    check: Callable[[], None] = lambda: None  # called while waiting; raises if the job is cancelled
    once: Once = run_anew  # for vendors whose work is started first and collected later


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    data: bytes = field(repr=False)  # encoded; the content tells the format
    seed: int | None = None  # the seed that was used; None if the vendor does not return it


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult:
    pictures: tuple[Picture, ...]  # may be fewer than requested: each is charged separately
    model: str
    request_id: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)  # the vendor's own usage figures


class ImageModel(Protocol):
    """One instance for each process; called from several threads.

    Raises ProviderRejected with the code "content_refused" if the vendor's rules forbid a prompt,
    which is then not tried again.
    """

    def generate(self, request: ImageRequest) -> ImageResult: ...


def size_of(aspect: Aspect, facts: ImageModelFacts) -> tuple[int, int]:
    """The largest width and height of a shape within the model's limits.

    The shape is exact where the model's step allows it, otherwise as close as possible.
    """
    across, down = (int(side) for side in aspect.split(":"))
    step = facts.step
    most = math.isqrt(facts.max_pixels * across // down)
    sizes = [
        (width, height)
        for width in range(step, most // step * step + 1, step)
        for height in (max(step, round(width * down / across / step) * step),)
        if width * height <= facts.max_pixels
    ]
    exact = [(w, h) for w, h in sizes if w * down == h * across]
    if exact and exact[-1][0] * exact[-1][1] >= facts.max_pixels * 0.7:
        return exact[-1]
    return sizes[-1]
