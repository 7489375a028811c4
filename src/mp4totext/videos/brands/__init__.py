"""Brands: what the videos of an account have in common."""
