"""What each vendor of language models can do, as data."""

from mp4totext.providers.text import models
from mp4totext.providers.text.base import TextCapabilities

OPENAI = TextCapabilities(models=models.OPENAI)
GEMINI = TextCapabilities(models=models.GEMINI)
GROQ = TextCapabilities(models=models.GROQ, streams_structured=False)  # it refuses the two together
TOGETHER = TextCapabilities(models=models.TOGETHER)
OPENAI_COMPATIBLE = TextCapabilities()
