"""Downloads: recordings and texts in every export format, with all results."""
