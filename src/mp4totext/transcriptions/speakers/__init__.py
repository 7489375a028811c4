"""Speakers of an existing transcript: diarized again, and suggestions for their names."""
