"""Live transcription: sessions, the socket, and the job that transcribes the audio."""
