"""Shares: links through which visitors without an account read and play one recording."""
