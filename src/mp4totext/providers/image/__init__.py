"""Pictures from words."""
