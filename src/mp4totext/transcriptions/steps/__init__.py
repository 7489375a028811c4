"""The steps of a transcription, in the order in which Transcribe.run calls them."""
