"""OpenAI's names of speech models, and their meaning in this service."""

# Names that programs written for OpenAI send; here they mean the first voice that is ready.
OPENAI_VOICE_MODELS = ("gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", "tts-1", "tts-1-hd")
