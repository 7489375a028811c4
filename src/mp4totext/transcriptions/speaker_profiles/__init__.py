"""Speakers an account chose to have recognised: opt-in, suggested only, deleted without a trace."""
