"""Writes texts with a language model: splits recordings, checks answers, renders the result."""
