"""Texts written from transcripts."""
