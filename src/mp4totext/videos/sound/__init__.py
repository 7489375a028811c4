"""The sound of videos: voices in place of speakers or over them, and music."""
