"""Pictures from words: the request, the answer, and the Protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mp4totext.providers.base import Once, run_anew
from mp4totext.providers.retirement import Retirement

Aspect: TypeAlias = Literal["16:9", "9:16", "1:1", "4:3", "3:4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModelFacts:
    aspects: frozenset[Aspect]
    max_pixels: int
    seeds: Literal["none", "best_effort", "exact"] = "none"  # exact: the same bytes once more
    negative: bool = False  # takes a prompt of what shall not be there
    per_call: int = 1  # pictures one request may ask for
    reference_images: int = 0  # pictures it can follow
    text_ok: bool = False  # letters in its pictures can be read
    retirement: Retirement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCapabilities:
    models: Mapping[str, ImageModelFacts]  # the first is the default


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """The style is part of the prompt. What the model's facts lack was refused before."""

    model: str
    prompt: str
    aspect: Aspect  # the provider takes its largest size of it within ``max_pixels``
    negative: str = ""
    seed: int | None = None  # None: the vendor's choice
    count: int = 1
    references: tuple[bytes, ...] = ()  # encoded pictures
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
