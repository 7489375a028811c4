"""The life of every operation: submit, claim, run, settle, retry, cancel, sweep."""
