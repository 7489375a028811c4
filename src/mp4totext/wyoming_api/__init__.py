"""The Wyoming protocol of voice assistants such as Home Assistant: recognition and speech."""
