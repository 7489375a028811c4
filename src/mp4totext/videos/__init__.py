"""Videos made from recordings and their transcripts."""
