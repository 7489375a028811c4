"""The Wyoming protocol of voice assistants, such as Home Assistant: hears commands and speaks."""
