"""A person's edits of a transcript: each is a change of its own that can be undone."""
