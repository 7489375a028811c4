"""New files of a service belong to its user alone: recordings, rows and secrets are in them."""

import os

_OTHERS = 0o077  # what group and others may not do


def keep_new_files_private() -> None:
    """For this process and those it starts: files are 0600, folders 0700."""
    os.umask(_OTHERS)
