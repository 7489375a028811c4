"""The subcommands: each parses, calls what the service calls, and prints."""
