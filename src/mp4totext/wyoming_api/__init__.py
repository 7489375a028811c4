"""The Wyoming protocol for voice assistants such as Home Assistant: recognition and speech."""
