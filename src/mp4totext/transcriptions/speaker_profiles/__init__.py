"""Speaker profiles: opt-in, only suggested, and deleted without a trace."""
