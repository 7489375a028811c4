"""Speech from text: what a voice says, heard back, with the time of every word."""
