"""Order in the library: tags, archive, bin, and what is done to many recordings at once."""
