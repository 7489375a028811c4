"""The subcommands. Each calls the same services as the API and prints the results."""
