"""Providers of voices. None yet."""

from datetime import date

from mp4totext.providers import registry
from mp4totext.providers.registry import Table
from mp4totext.providers.retirement import refuse_retired
from mp4totext.providers.voice.base import TextToSpeech, VoiceCapabilities
from mp4totext.settings import Settings

VOICE: Table[VoiceCapabilities] = {}


def voice_capabilities(name: str, *, today: date) -> VoiceCapabilities:
    """Raises ProviderMisconfigured past the end of the service."""
    capabilities = registry.row(VOICE, name).capabilities
    refuse_retired(name, name, capabilities.retirement, today=today)
    return capabilities


def text_to_speech(name: str, settings: Settings) -> TextToSpeech:
    """Raises ProviderMisconfigured saying what is missing."""
    voice: TextToSpeech = registry.build(VOICE, name, settings)
    return voice
