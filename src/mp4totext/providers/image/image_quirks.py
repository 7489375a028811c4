"""What vendors of OpenAI's picture route take. Imports no SDK."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageQuirks:
    """Fields besides model, prompt and n."""

    sides: bool = False  # width, height and aspect_ratio in place of size
    fields: Mapping[str, object] = field(default_factory=dict)  # sent with every request
    steps: Mapping[str, int] = field(default_factory=dict)  # by the model
