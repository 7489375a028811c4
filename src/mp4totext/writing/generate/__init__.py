"""Texts written by a language model: long documents, repair, grounding, rendering."""
