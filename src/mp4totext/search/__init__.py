"""Search in all transcripts: passages with their matches marked, grouped by recording."""
