"""OpenAI's API on the same services: speech to text, text to speech, models, live transcription."""
