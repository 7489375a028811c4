"""Upload and import, versions and edits, steps, exports."""
