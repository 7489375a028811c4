"""Text to speech, checked by transcribing it again, with the time of every word."""
