"""Resumable uploads (tus 1.0): a file comes in parts, over many connections and processes."""
