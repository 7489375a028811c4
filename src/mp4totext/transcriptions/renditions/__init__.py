"""Renditions for players: peaks, a file that browsers play, a picture."""
