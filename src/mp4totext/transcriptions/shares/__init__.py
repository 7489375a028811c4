"""Links by which people without an account read and hear one recording."""
