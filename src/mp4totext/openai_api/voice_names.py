"""OpenAI's names of models of voices, and what they mean here."""

# Names that programs written for OpenAI send; here they mean the first voice that is ready.
OPENAI_VOICE_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
