"""One file and one table row per export format."""
