"""An API compatible with OpenAI's: transcription, speech, images, models, Realtime."""
