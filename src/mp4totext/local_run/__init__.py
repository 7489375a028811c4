"""Single jobs on this machine with the service's own operations, for commands and the library."""
