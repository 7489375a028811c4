"""The pipeline's steps, in the order Transcribe.run calls them."""
