"""The library: tags, archive, bin, and actions on many recordings at once."""
