"""The page that people see: built from ``web/`` at the repository's root, served from here."""
