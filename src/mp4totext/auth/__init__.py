"""Users, passwords, tokens, API keys."""
