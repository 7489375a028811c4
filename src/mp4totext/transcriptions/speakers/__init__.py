"""Who speaks in a transcript that is there already: diarized again, named by suggestion."""
