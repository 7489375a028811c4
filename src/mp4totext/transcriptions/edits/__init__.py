"""Edits of transcripts by people: each is a change of its own that can be undone."""
