"""Domain-free floor: database, errors, logs, queue, storage, clock, ids."""
