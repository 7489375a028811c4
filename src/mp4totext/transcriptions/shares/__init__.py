"""Links by which people without an account read and play one recording."""
