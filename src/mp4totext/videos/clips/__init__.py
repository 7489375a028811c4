"""Clips: the best passages of a recording, as drafts."""
