"""Edits of transcripts by people: each is a separate change that can be undone."""
