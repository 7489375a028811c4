"""OpenAI's names of voices, and what they mean where OpenAI is not set up."""

from mp4totext.providers import registry
from mp4totext.providers.voice.table import VOICE
from mp4totext.settings import Settings

# OpenAI's voices, as a voice of this machine that is most like each; others are passed on.
LIKE = {
    "alloy": "af_heart", "ash": "am_michael", "ballad": "bm_george", "coral": "af_heart",
    "echo": "am_michael", "fable": "bm_george", "nova": "af_heart", "onyx": "am_michael",
    "sage": "bf_emma", "shimmer": "bf_emma", "verse": "am_michael", "marin": "af_heart",
    "cedar": "am_michael",
}  # fmt: skip
_LOCAL = "kokoro"  # the provider of those voices


def ready_voice(name: str, language: str, settings: Settings) -> str:
    """The voice of this machine that is like OpenAI's, if no ready provider has OpenAI's."""
    like = VOICE[_LOCAL].capabilities.voices.get(LIKE.get(name, ""))
    if like is None or language.partition("-")[0] not in like.languages:
        return name
    ready = registry.available(VOICE, settings)
    having = [provider for provider in ready if name in VOICE[provider].capabilities.voices]
    return name if having or _LOCAL not in ready else LIKE[name]
