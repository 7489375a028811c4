"""The subcommands. Each parses its options, calls the same services as the API, and prints."""
