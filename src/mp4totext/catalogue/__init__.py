"""The vendors' models as rows that a release ships and an administrator edits and imports."""
