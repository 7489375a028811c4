"""What several speech engines share: voice activity, windows, word times, quality checks."""
