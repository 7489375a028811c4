"""Pictures from words: the request, the answer, and the Protocol."""

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
    price: str  # the key of its price, after "picture."
    max_pixels: int
    aspects: frozenset[Aspect] = ASPECTS
    step: int = 16  # both sides are multiples of it
    seeds: Seeds = "none"  # exact: the same bytes once more
    negative: bool = False  # takes a prompt of what shall not be there
    per_call: int = 1  # pictures one request may ask for
    text_ok: bool = False  # letters in its pictures can be read
    from_recording: bool = False  # chosen from a recording's pictures, without a prompt
    typeset: bool = False  # the prompt is what stands in the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCapabilities:
    models: Mapping[str, ImageModelFacts]  # the first is the default
    # Of models that only an administrator's catalogue has; None: there are none.
    unlisted: ImageModelFacts | None = None
    local: bool = False  # runs on this machine
    at_once: int = 1  # calls that a job makes at the same time


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """The style is part of the prompt. What the model's facts lack was refused before."""

    model: str
    prompt: str
    width: int
    height: int
    aspect: Aspect  # for vendors that take no size
    negative: str = ""
    seed: int | None = None  # of the first picture; None: the vendor's choice
    count: int = 1
    palette: str = ""  # for what is typeset
    language: str | None = None  # the prompt's
    check: Callable[[], None] = lambda: None  # called while waiting; raises when cancelled
    once: Once = run_anew  # for vendors whose work is started first and collected later


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    data: bytes = field(repr=False)  # encoded; the content tells the format
    seed: int | None = None  # the one that was used; None where the vendor does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult:
    pictures: tuple[Picture, ...]  # may be fewer than asked for: each is charged by itself
    model: str
    request_id: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)  # the vendor's own counts


class ImageModel(Protocol):
    """A vendor of pictures; one instance a process, called from threads.

    Raises ProviderRejected with the code "content_refused" when the vendor's rules refuse a prompt:
    the same prompt is not tried again.
    """

    def generate(self, request: ImageRequest) -> ImageResult: ...


def size_of(aspect: Aspect, facts: ImageModelFacts) -> tuple[int, int]:
    """The largest width and height of a shape within the model's pixels, in its steps.

    The shape is met exactly where the steps allow it, else as nearly as they do.
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
