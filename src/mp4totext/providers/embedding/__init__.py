"""Texts as vectors that are near where the texts mean nearly the same."""
