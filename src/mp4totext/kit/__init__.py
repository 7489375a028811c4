"""Parts without knowledge of the domain: database, errors, logs, queue, storage, clock, ids."""
