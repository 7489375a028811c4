"""Recordings on local paths: probe, decode, window, download. No database."""
