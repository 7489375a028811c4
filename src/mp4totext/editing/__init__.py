"""Edits of a transcript: from one Transcript value to the next. Pure: no tables, no HTTP."""
