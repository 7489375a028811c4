"""Frames of videos: the wave, slides, cards, captions, and the crop that follows faces."""
