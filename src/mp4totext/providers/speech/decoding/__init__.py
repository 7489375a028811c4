"""Parts of speech engines: voice activity, windows, word times, quality checks."""
