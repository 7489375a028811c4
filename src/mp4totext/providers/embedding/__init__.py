"""Text embeddings: texts of similar meaning have vectors that are close."""
