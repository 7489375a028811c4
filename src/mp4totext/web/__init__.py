"""Serves the page, which is built from ``web/`` at the root of the repository."""
