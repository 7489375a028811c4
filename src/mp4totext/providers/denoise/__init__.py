"""Filters that take noise out of recordings before they are transcribed."""
