"""Texts written by a language model: long recordings, invalid answers, grounding, rendering."""
