"""Texts and understanding made without a model: from the transcript's own sentences."""
