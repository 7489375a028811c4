"""Models of vendors as rows that a release ships and an administrator edits and imports."""
