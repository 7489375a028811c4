"""Files to download: recordings and texts in every export, with all that was made of them."""
