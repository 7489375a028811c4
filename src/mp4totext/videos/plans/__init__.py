"""Plans: the storyboards of videos, made, changed and rendered."""
