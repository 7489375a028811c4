"""How vendors of OpenAI's image route differ. Imports no SDK."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageQuirks:
    """Request fields in addition to model, prompt and n."""

    sides: bool = False  # width, height and aspect_ratio instead of size
    fields: Mapping[str, object] = field(default_factory=dict)  # constant fields of every request
