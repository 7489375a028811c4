"""Speakers of an existing transcript: repeated diarization, and suggested names."""
