"""What players need of a recording: peaks, a file that browsers play, a picture."""
