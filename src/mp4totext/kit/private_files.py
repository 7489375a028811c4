"""New files of a service are private to its user: they contain recordings, rows and secrets."""

import os

_OTHERS = 0o077  # permissions of group and others


def keep_new_files_private() -> None:
    """For this process and its children: files are 0600, folders 0700."""
    os.umask(_OTHERS)
