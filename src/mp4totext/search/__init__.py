"""Search over everything said: passages with the words marked, grouped by recording."""
