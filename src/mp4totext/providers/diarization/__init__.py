"""Diarization: who spoke when."""
